import { listFolder } from './folder.ts';
import type { Host } from './host.ts';
import type { ProcessTable, Tracked } from './process-table.ts';
import { type KernelUnits, type ProcessIo, readIo, readShort, scaled } from './processes.ts';

/** What processes are compared by. */
export type Ranking = 'cpu' | 'delay' | 'memory' | 'growth' | 'io' | 'faults';

interface Use {
	amount: number;
	/** Said only of the few that are named. */
	does: () => string;
}

interface Timed<T> {
	at: number;
	value: T;
}

/** Counters that cost as much again to read, and so are read only of processes that do something. */
class Details<T> {
	private before = new Map<Tracked, Timed<T>>();
	private now = new Map<Tracked, Timed<T>>();
	private readonly read: (process: Tracked) => T | undefined;
	private readonly beginning: T;

	constructor(beginning: T, read: (process: Tracked) => T | undefined) {
		this.beginning = beginning;
		this.read = read;
	}

	look(processes: readonly Tracked[]): void {
		const at = performance.now();
		this.before = this.now;
		this.now = new Map();
		for (const process of processes) {
			const value = this.read(process);
			if (value !== undefined) this.now.set(process, { at, value });
		}
	}

	/** A process that began since the last look has done all of it since then. */
	between(process: Tracked): { before: T; now: T; seconds: number } | undefined {
		const now = this.now.get(process);
		const before = this.before.get(process) ?? (process.isNew ? this.atBeginning(process) : undefined);
		if (!now || !before || now.at <= before.at) return undefined;
		return { before: before.value, now: now.value, seconds: (now.at - before.at) / 1000 };
	}

	private atBeginning({ before }: Tracked): Timed<T> | undefined {
		return before && { at: before.at, value: this.beginning };
	}
}

/** More would cost more than the checks that ask for them. */
const mostDetailed = 200;
const mostThreads = 64;

/** Who is behind a verdict: processes by what they use, worst first. */
export class Culprits {
	private readonly table: ProcessTable;
	private readonly io: Details<ProcessIo>;
	private readonly waited: Details<number>;
	private readonly ranked = new Map<Ranking, { process: Tracked; use: Use }[]>();

	constructor(host: Host, table: ProcessTable) {
		this.table = table;
		this.io = new Details({ readBytes: 0, writtenBytes: 0 }, ({ pid }) => readIo(host, pid));
		this.waited = new Details(0, (process) => readWaited(host, process));
	}

	/** For these questions. With all, no process is left for a later look. */
	look(rankings: ReadonlySet<Ranking>, { all = false } = {}): void {
		this.table.look({ all });
		this.ranked.clear();
		if (!rankings.has('io') && !rankings.has('delay')) return;
		const active = this.mostActive();
		if (rankings.has('io')) this.io.look(active);
		if (rankings.has('delay')) this.waited.look(active);
	}

	/** "postgres (pid 812) writes 61 MB/s" */
	top(ranking: Ranking, count: number): string[] {
		const ranked = this.ranked.get(ranking) ?? this.rank(ranking);
		this.ranked.set(ranking, ranked);
		return ranked
			.slice(0, count)
			.map(({ process: { pid, now }, use }) => `${now.counters.name} (pid ${pid}) ${use.does()}`);
	}

	private rank(ranking: Ranking): { process: Tracked; use: Use }[] {
		const processes = isOfState(ranking) ? [...this.table.processes.values()] : this.table.active();
		return processes
			.flatMap((process) => {
				const use = this.use(ranking, process);
				return use && use.amount > 0 ? [{ process, use }] : [];
			})
			.sort((a, b) => b.use.amount - a.use.amount);
	}

	/** Those that use most CPU first; those that wait for a disk use little, and are wanted all the same. */
	private mostActive(): Tracked[] {
		const rank = ({ now, before }: Tracked) =>
			now.counters.state === 'D' ? Number.POSITIVE_INFINITY : now.counters.cpuTicks - (before?.counters.cpuTicks ?? 0);
		return this.table
			.active()
			.sort((a, b) => rank(b) - rank(a))
			.slice(0, mostDetailed);
	}

	private use(ranking: Ranking, process: Tracked): Use | undefined {
		if (ranking === 'io') return ioUse(this.io.between(process));
		if (ranking === 'delay') return delayUse(process, this.waited.between(process));
		return uses[ranking](process, this.table.units);
	}
}

/** Everybody does less than this now and then. */
const leastGrowth = 1_000_000;
const leastDelay = 0.01;

/** A process that sleeps holds its memory all the same. */
function isOfState(ranking: Ranking): boolean {
	return ranking === 'memory' || ranking === 'growth';
}

const uses = {
	cpu(process: Tracked, { ticksPerSecond }: KernelUnits): Use | undefined {
		const ticks = rateOf(process, 'cpuTicks');
		if (ticks === undefined) return undefined;
		const percent = Math.round((ticks / ticksPerSecond) * 100);
		return { amount: percent, does: () => `uses ${percent} % of a CPU` };
	},
	memory({ now }: Tracked, { pageSize }: KernelUnits): Use {
		const bytes = now.counters.residentPages * pageSize;
		return { amount: bytes, does: () => `holds ${scaled(bytes, 'B')}` };
	},
	growth({ now, past }: Tracked, { pageSize }: KernelUnits): Use | undefined {
		const bytes = (now.counters.residentPages - past.counters.residentPages) * pageSize;
		if (bytes < leastGrowth) return undefined;
		const does = () => {
			const seconds = Math.ceil((now.at - past.at) / 1000);
			const holds = scaled(now.counters.residentPages * pageSize, 'B');
			return `has grown by ${scaled(bytes, 'B')} in ${seconds} s and holds ${holds}`;
		};
		return { amount: bytes, does };
	},
	faults(process: Tracked): Use | undefined {
		const faults = rateOf(process, 'majorFaults');
		if (faults === undefined) return undefined;
		return { amount: faults, does: () => `waits for ${Math.ceil(faults)} pages a second from disk` };
	},
};

function rateOf({ now, before }: Tracked, counter: 'cpuTicks' | 'majorFaults'): number | undefined {
	if (!before || now.at <= before.at) return undefined;
	return ((now.counters[counter] - before.counters[counter]) * 1000) / (now.at - before.at);
}

type Between<T> = { before: T; now: T; seconds: number } | undefined;

function ioUse(io: Between<ProcessIo>): Use | undefined {
	if (!io) return undefined;
	const reads = Math.max(0, io.now.readBytes - io.before.readBytes) / io.seconds;
	const writes = Math.max(0, io.now.writtenBytes - io.before.writtenBytes) / io.seconds;
	const does = () => {
		const parts = [
			...(writes > 0 ? [`writes ${scaled(writes, 'B/s')}`] : []),
			...(reads > 0 ? [`reads ${scaled(reads, 'B/s')}`] : []),
		];
		return (reads > writes ? parts.reverse() : parts).join(', ');
	};
	return { amount: reads + writes, does };
}

function delayUse({ now: { counters } }: Tracked, waited: Between<number>): Use | undefined {
	if (!waited) return undefined;
	const share = (waited.now - waited.before) / (waited.seconds * 1e9);
	if (share < leastDelay) return undefined;
	const does = () =>
		counters.threads === 1
			? `waits for a CPU ${Math.min(100, Math.round(share * 100))} % of the time`
			: `has ${share.toFixed(1)} of its ${counters.threads} threads waiting for a CPU`;
	return { amount: share, does };
}

/** In nanoseconds, summed over its threads. Undefined where the kernel does not count it. */
function readWaited(host: Host, { pid, now: { counters } }: Tracked): number | undefined {
	const folder = `${host.proc}/${pid}`;
	if (counters.threads === 1) return waitedIn(`${folder}/schedstat`);
	let sum: number | undefined;
	for (const thread of listFolder(`${folder}/task`).slice(0, mostThreads)) {
		const waited = waitedIn(`${folder}/task/${thread}/schedstat`);
		if (waited !== undefined) sum = (sum ?? 0) + waited;
	}
	return sum;
}

function waitedIn(file: string): number | undefined {
	const waited = readShort(file)?.toString('latin1').split(' ', 2)[1];
	return waited === undefined ? undefined : Number(waited);
}
