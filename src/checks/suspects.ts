import { processesIn } from '../host/cgroup.ts';
import { cgroupOfContainer } from '../host/containers.ts';
import { Culprits, type Ranking } from '../host/culprits.ts';
import type { Host } from '../host/host.ts';
import { ProcessTable } from '../host/process-table.ts';
import { SocketCulprits, type SocketRanking } from '../host/socket-culprits.ts';
import type { Target } from '../host/target.ts';
import type { Reading } from './check.ts';
import { hostProcesses } from './host-processes.ts';

/**
 * What is asked about processes for a check, else for its resource and kind, else for its
 * resource; the second only where the first names too few.
 */
const rankings: Record<string, Ranking[]> = {
	cpu: ['cpu'],
	'cpu saturation': ['delay', 'cpu'],
	'cpu.steal': ['cpu'],
	'cpu.quota': ['cpu'],
	// Packets, the kernel’s own objects and set aside pages belong to no process.
	'cpu.interrupts': [],
	'cpu.interrupt-pressure': [],
	'memory.slab': [],
	'memory.huge-pages': [],
	memory: ['memory'],
	'memory.dirty': ['io'],
	'memory saturation': ['growth', 'memory'],
	'memory.swapping': ['faults', 'growth', 'memory'],
	'memory.major-faults': ['faults', 'memory'],
	disk: ['io'],
	'software.task-creation': ['cpu'],
};

/** The same of sockets, as the kernel counts no network traffic by process. */
const socketRankings: Record<string, SocketRanking[]> = {
	'network.utilization': ['unsent', 'unread'],
	'network.drops': ['unsent', 'unread'],
	'network.queueing': ['unsent'],
	'network.ip-discards': ['unsent'],
	'network.retransmits': ['unsent'],
	'network.listen': ['accepting'],
	'network.syn-queue': ['accepting'],
	'network.tcp-buffers': ['unread'],
	'network.udp-buffers': ['datagrams'],
	'network.socket-memory': ['unread', 'unsent'],
	'network.orphans': ['unsent'],
};

/** For error checks it is too late: who caused them has mostly gone by. */
export function isWanted({ kind, verdict }: Reading): boolean {
	return kind !== 'errors' && (verdict === 'warn' || verdict === 'bad');
}

/** The processes whose fault a reading of this target can be: nobody outside of it. */
export class Suspects {
	private readonly culprits: Culprits;
	private readonly sockets: SocketCulprits;
	private wasWanted = false;

	constructor(host: Host, target: () => Target) {
		const isHost = target().kind === 'host';
		const table = isHost ? hostProcesses(host) : new ProcessTable(host, () => pidsOf(host, target()));
		this.culprits = new Culprits(host, table);
		this.sockets = new SocketCulprits(host, table, () => target().pid);
	}

	/** Looks at what these readings are about. Who was left alone so far is looked at all at once. */
	look(wanted: readonly Reading[]): void {
		if (wanted.length > 0) {
			this.culprits.look(new Set(wanted.flatMap(rankingsFor)), { all: !this.wasWanted });
			if (wanted.some(({ check }) => check in socketRankings)) this.sockets.look();
		}
		this.wasWanted = wanted.length > 0;
	}

	/**
	 * At everybody and for every question, when there is no verdict yet to ask about. Three looks
	 * answer all: the first finds the processes, the second those that do something.
	 */
	lookAtAll(): void {
		this.culprits.look(new Set(Object.values(rankings).flat()), { all: true });
		this.sockets.look();
	}

	/** Who is behind a reading, worst first: those it has named itself, then processes. */
	of(reading: Reading, count = 3): string[] {
		const names: string[] = [];
		const add = (name: string) => {
			if (!names.some((other) => pidIn(other) === pidIn(name))) names.push(name);
		};
		for (const ranking of rankingsFor(reading)) this.culprits.top(ranking, count).forEach(add);
		for (const ranking of socketRankings[reading.check] ?? []) this.sockets.top(ranking, count).forEach(add);
		return [...reading.suspects, ...names.slice(0, count)];
	}
}

function rankingsFor({ check, resource, kind }: Reading): readonly Ranking[] {
	return rankings[check] ?? rankings[`${resource} ${kind}`] ?? rankings[resource] ?? [];
}

function pidIn(name: string): string | undefined {
	return /\(pid \d+\)/.exec(name)?.[0];
}

function pidsOf(host: Host, target: Target): number[] {
	if (target.kind === 'process') return [target.pid];
	const group = target.kind === 'container' ? cgroupOfContainer(host, target.container) : undefined;
	const files = group?.files('memory') ?? group?.files('cpu');
	return files ? processesIn(files) : [];
}
