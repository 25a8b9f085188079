import type { Host } from './host.ts';
import { type KernelUnits, kernelUnits, listPids, type ProcessCounters, readProcess } from './processes.ts';

/** What was seen of a process, and when, in monotonic milliseconds. */
export interface Look {
	at: number;
	counters: ProcessCounters;
}

export interface Tracked {
	readonly pid: number;
	now: Look;
	/** The look before; of a process that began meanwhile, the nothing that it began with. */
	before: Look | undefined;
	/** How much memory it held up to two minutes ago, or when it was first seen. */
	past: Look;
	nextPast: Look;
	/** It began since the look before. */
	isNew: boolean;
	/** It did something between its last two looks, or is new: then it is looked at each time. */
	active: boolean;
}

/** A process that sleeps is looked at once in so many looks. */
const restLooks = 8;
/** Two who look in the same moment see the same. */
const freshFor = 100;
const pastEvery = 60_000;

/**
 * All processes, looked at again and again at a price that thousands of them don't
 * raise much: those that did something since the last look each time, the others
 * in turn. So each has a time of its own that its counters are measured over.
 */
export class ProcessTable {
	readonly processes = new Map<number, Tracked>();
	readonly units: KernelUnits;
	/** When it was last looked at, in monotonic milliseconds. */
	lookedAt: number | undefined;
	private looks = 0;
	private readonly host: Host;
	private readonly list: () => readonly number[];

	/** Of all processes, or those that are listed. */
	constructor(host: Host, list: () => readonly number[] = () => listPids(host)) {
		this.host = host;
		this.list = list;
		this.units = kernelUnits(host);
	}

	/** With all, none is left for later. */
	look({ all = false } = {}): void {
		const at = performance.now();
		const pids = this.list();
		this.forgetEnded(pids);
		for (const pid of pids) {
			const tracked = this.processes.get(pid);
			if (!tracked) this.meet(pid, at);
			else if (all || tracked.active || (pid + this.looks) % restLooks === 0) this.lookAgain(tracked, at);
		}
		this.looks += 1;
		this.lookedAt = at;
	}

	/** Those that did something since the look before: of others there is nothing new to tell. */
	active(): Tracked[] {
		const since = (this.lookedAt ?? 0) - freshFor;
		return [...this.processes.values()].filter(({ active, now }) => active && now.at >= since);
	}

	private forgetEnded(pids: readonly number[]): void {
		if (this.processes.size === 0) return;
		const alive = new Set(pids);
		for (const pid of this.processes.keys()) if (!alive.has(pid)) this.processes.delete(pid);
	}

	private meet(pid: number, at: number): void {
		const counters = readProcess(this.host, pid);
		if (!counters) return;
		const now = { at, counters };
		const isNew = this.lookedAt !== undefined;
		const before = isNew ? { at: this.lookedAt ?? at, counters: { ...counters, ...nothing } } : undefined;
		const past = before ?? now;
		this.processes.set(pid, { pid, now, before, past, nextPast: past, isNew, active: isNew || isBusy(counters) });
	}

	private lookAgain(tracked: Tracked, at: number): void {
		const { now: last } = tracked;
		if (at - last.at < freshFor) return;
		const counters = readProcess(this.host, tracked.pid);
		if (!counters || counters.startTicks !== last.counters.startTicks) {
			this.processes.delete(tracked.pid);
			if (counters) this.meet(tracked.pid, at);
			return;
		}
		tracked.isNew = false;
		tracked.active = hasActed(last.counters, counters);
		tracked.before = last;
		tracked.now = { at, counters };
		if (at - tracked.nextPast.at < pastEvery) return;
		tracked.past = tracked.nextPast;
		tracked.nextPast = tracked.now;
	}
}

const nothing = { cpuTicks: 0, majorFaults: 0, residentPages: 0 };

function hasActed(before: ProcessCounters, now: ProcessCounters): boolean {
	return now.cpuTicks !== before.cpuTicks || now.majorFaults !== before.majorFaults || isBusy(now);
}

function isBusy({ state }: ProcessCounters): boolean {
	return state === 'R' || state === 'D';
}
