import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { Unmeasurable } from '../measuring.ts';

/** A line of /proc/PID/stat, or of one of its threads. */
export interface Stat {
	name: string;
	/** Tells a process from a later one that got its pid. */
	startTicks: number;
	cpuTicks: number;
	majorFaults: number;
	residentPages: number;
	/** Time spent waiting for disks, where the kernel counts it. */
	blockedTicks: number;
}

/** Fails with the sentence for the user: a process that has ended is unknown, not idle. */
export function statOf(host: Host, pid: number): Stat {
	const stat = parseStat(readText(join(host.proc, String(pid), 'stat')));
	if (!stat) throw new Error(`process ${pid} has ended`);
	return stat;
}

/** "812 (name) S 1 …". A name may hold spaces and parentheses itself; nothing after it does. */
function parseStat(text: string | undefined): Stat | undefined {
	if (!text) return undefined;
	const end = text.lastIndexOf(')');
	const fields = text.slice(end + 2).split(' ');
	// Ended, and kept only until its parent asks how.
	if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
	return {
		name: printable(Buffer.from(text.slice(text.indexOf('(') + 1, end), 'latin1').toString('utf8')),
		majorFaults: Number(fields[9]),
		cpuTicks: Number(fields[11]) + Number(fields[12]),
		startTicks: Number(fields[19]),
		residentPages: Number(fields[21]),
		blockedTicks: Number(fields[39]),
	};
}

export interface Thread extends Stat {
	/** Nanoseconds in which it could run and had no CPU; undefined where the kernel doesn't count them. */
	waited: number | undefined;
}

/** More threads would cost more to read than all else. */
const mostThreads = 256;

/** Its threads by their number, the oldest of them. The kernel sums up how long threads wait for nobody. */
export function threadsOf(host: Host, pid: number): Map<number, Thread> {
	const folder = join(host.proc, String(pid), 'task');
	const threads = listFolder(folder).slice(0, mostThreads);
	return new Map(
		threads.flatMap((tid): [number, Thread][] => {
			const stat = parseStat(readText(join(folder, tid, 'stat')));
			const waited = /^\d+ (\d+)/.exec(readText(join(folder, tid, 'schedstat')) ?? '')?.[1];
			return stat ? [[Number(tid), { ...stat, waited: waited === undefined ? undefined : Number(waited) }]] : [];
		}),
	);
}

/** The thread in which an amount grew most between two samples, of those that both have. */
export function mostGrown(
	before: Map<number, Thread>,
	now: Map<number, Thread>,
	amount: (thread: Thread) => number | undefined,
): { tid: number; name: string; grew: number } | undefined {
	const grown = [...now].flatMap(([tid, thread]) => {
		const earlier = before.get(tid);
		const [from, to] = [earlier && amount(earlier), amount(thread)];
		if (earlier?.startTicks !== thread.startTicks || from === undefined || to === undefined) return [];
		return [{ tid, name: thread.name, grew: Math.max(0, to - from) }];
	});
	return grown.length ? grown.reduce((a, b) => (b.grew > a.grew ? b : a)) : undefined;
}

/** A pid is given away again: whoever has it now may be another. */
export function sameProcess(pid: number, before: Stat, now: Stat): void {
	if (before.startTicks !== now.startTicks)
		throw new Unmeasurable(`process ${pid} has ended; its pid is another’s now`);
}
