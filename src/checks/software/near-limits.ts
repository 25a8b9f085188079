import type { ProcessTable, Tracked } from '../../host/process-table.ts';

export interface Nearness extends Usage {
	name: string;
	pid: number;
	/** In percent. */
	share: number;
}

/** The processes that are nearest a limit of their own, as far as they have been asked. */
export interface NearLimit {
	nearest: readonly Nearness[];
	asked: number;
	processes: number;
}

export interface Usage {
	used: number;
	most: number;
	/** It may be less: to count it exactly would cost too much while it is this far from the limit. */
	atMost?: boolean;
}

const mostKept = 20;

/** Processes as a table holds them. */
export type Processes = Pick<ProcessTable, 'processes'>;

/** Asks processes for what they use of a limit of their own, and keeps in mind who was nearest. */
export class LimitWatch {
	/** Who is worth asking again. */
	nearest: readonly Tracked[] = [];
	private readonly asked = new WeakMap<Tracked, Usage | undefined>();
	private turn: Tracked[] = [];
	private unasked: Tracked[] = [];
	private readonly ask: (process: Tracked) => Usage | undefined;

	constructor(ask: (process: Tracked) => Usage | undefined) {
		this.ask = ask;
	}

	/** So many whose turn it is: first those that have never been asked. */
	next(table: Processes, count: number): Tracked[] {
		const fresh = this.unasked.splice(0, count);
		if (this.turn.length < count) this.turn.push(...table.processes.values());
		return [...fresh, ...this.turn.splice(0, count - fresh.length)];
	}

	look(table: Processes, wanted: readonly Tracked[]): NearLimit {
		for (const process of new Set(wanted)) if (isAlive(table, process)) this.asked.set(process, this.ask(process));
		this.nearest = [...new Set([...this.nearest, ...wanted])]
			.filter((process) => isAlive(table, process) && this.asked.get(process))
			.sort((a, b) => this.shareOf(b) - this.shareOf(a))
			.slice(0, mostKept);
		let known = 0;
		this.unasked = [];
		for (const process of table.processes.values()) {
			if (this.asked.has(process)) known += 1;
			else this.unasked.push(process);
		}
		return {
			nearest: this.nearest.flatMap((process) => this.describe(process) ?? []),
			asked: known,
			processes: table.processes.size,
		};
	}

	private shareOf(process: Tracked): number {
		const usage = this.asked.get(process);
		return usage ? usage.used / usage.most : 0;
	}

	private describe(process: Tracked): Nearness | undefined {
		const usage = this.asked.get(process);
		const { pid, now } = process;
		return usage && { name: now.counters.name, pid, ...usage, share: this.shareOf(process) * 100 };
	}
}

function isAlive({ processes }: Processes, process: Tracked): boolean {
	return processes.get(process.pid) === process;
}
