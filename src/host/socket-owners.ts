import { readlinkSync } from 'node:fs';
import { listFolder } from './folder.ts';
import type { Host } from './host.ts';
import type { ProcessTable, Tracked } from './process-table.ts';

/** Each look may take so long; on a large host it goes on in the next one. */
const budgetMilliseconds = 15;

/** Which process has a socket open: only the links in /proc/PID/fd tell. */
export class SocketOwners {
	private readonly owners = new Map<string, Tracked>();
	private turn: Tracked[] = [];
	private readonly host: Host;
	private readonly table: ProcessTable;

	constructor(host: Host, table: ProcessTable) {
		this.host = host;
		this.table = table;
	}

	/** Looks for the owners of these, as far as they are not known. */
	look(inodes: readonly string[]): void {
		const missing = new Set(inodes.filter((inode) => this.of(inode) === undefined));
		const end = performance.now() + budgetMilliseconds;
		let isWholeRound = false;
		while (missing.size > 0 && performance.now() < end) {
			const process = this.turn.pop();
			if (process) this.search(process, missing);
			else if (isWholeRound) return;
			else {
				this.turn = this.mostLikelyLast();
				isWholeRound = true;
			}
		}
	}

	of(inode: string): Tracked | undefined {
		const owner = this.owners.get(inode);
		return owner && this.table.processes.get(owner.pid) === owner ? owner : undefined;
	}

	/** Those that do something, and then the youngest. */
	private mostLikelyLast(): Tracked[] {
		const active = new Set(this.table.active());
		return [...this.table.processes.values()].sort((a, b) => Number(active.has(a)) - Number(active.has(b)));
	}

	private search(process: Tracked, missing: Set<string>): void {
		if (process.now.counters.isKernel) return;
		const folder = `${this.host.proc}/${process.pid}/fd`;
		for (const file of listFolder(folder)) {
			const inode = inodeOf(`${folder}/${file}`);
			if (inode === undefined || !missing.delete(inode)) continue;
			this.owners.set(inode, process);
		}
	}
}

function inodeOf(link: string): string | undefined {
	try {
		return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1];
	} catch {
		return undefined;
	}
}
