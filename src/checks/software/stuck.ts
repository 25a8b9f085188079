import type { Host } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import type { Tracked } from '../../host/process-table.ts';
import { readShort } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { hostProcesses } from '../host-processes.ts';
import { perHost } from '../kept.ts';
import { finding, grade, known } from '../measuring.ts';
import { counted, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';

/** A process that sleeps, can't be woken, and has not run since. */
export interface Stuck {
	name: string;
	pid: number;
	seconds: number;
	/** The function of the kernel that it waits in; undefined where that is hidden. */
	waitsIn: string | undefined;
}

/** Processes that have ended, by the one that has to ask how. */
export interface Zombies {
	parent: number;
	name: string;
	count: number;
}

export interface HasStuck {
	/** Longest first. Undefined where no process can be seen. */
	stuck: readonly Stuck[] | undefined;
	zombies: readonly Zombies[] | undefined;
}

interface Standing {
	since: number;
	/** How often it has run, and for how long, as far as the kernel tells. */
	ran: string;
}

const standingOf = perHost(() => ({ processes: new Map<Tracked, Standing>() }));

/** From the table of processes, which has to be looked at before. */
export function readStuck(host: Host): HasStuck {
	const table = hostProcesses(host);
	if (table.processes.size === 0) return { stuck: undefined, zombies: undefined };
	const state = standingOf(host);
	const earlier = state.processes;
	state.processes = new Map();
	const stuck: Stuck[] = [];
	const zombies = new Map<number, number>();
	for (const process of table.processes.values()) {
		const { counters, at } = process.now;
		if (counters.state === 'Z') zombies.set(counters.parent, (zombies.get(counters.parent) ?? 0) + 1);
		// Threads of the kernel may sleep so by their nature; those that hang are in its log.
		if (counters.state !== 'D' || counters.isKernel) continue;
		const ran = readShort(`${host.proc}/${process.pid}/schedstat`)?.toString('latin1') ?? String(counters.cpuTicks);
		const before = earlier.get(process);
		const since = before?.ran === ran ? before.since : at;
		state.processes.set(process, { since, ran });
		const seconds = (at - since) / 1000;
		if (seconds > 0) {
			stuck.push({ name: counters.name, pid: process.pid, seconds, waitsIn: waitsIn(host, process.pid) });
		}
	}
	return {
		stuck: stuck.filter(({ waitsIn }) => !isFrozen(waitsIn)).sort((a, b) => b.seconds - a.seconds),
		zombies: [...zombies]
			.map(([parent, count]) => ({ parent, count, name: table.processes.get(parent)?.now.counters.name ?? 'unknown' }))
			.sort((a, b) => b.count - a.count),
	};
}

/** A paused container's processes stand still because somebody wanted it so. */
function isFrozen(waitsIn: string | undefined): boolean {
	return waitsIn?.includes('refrigerator') ?? false;
}

function waitsIn(host: Host, pid: number): string | undefined {
	const channel = readShort(`${host.proc}/${pid}/wchan`)?.toString('latin1');
	if (channel && channel !== '0') return printable(channel);
	// "[<0>] folio_wait_bit_common+0x12d/0x2f0", only for root.
	const top = /^\[<\w+>\] (\w+)/.exec(readShort(`${host.proc}/${pid}/stack`)?.toString('latin1') ?? '')?.[1];
	return top === undefined ? undefined : printable(top);
}

const unseen = 'no process of the host can be seen';

export const uninterruptible: Check<HasStuck> = {
	name: 'software.stuck',
	kind: 'saturation',
	title: 'Processes that wait for the kernel and can’t be woken',
	unit: 's',
	source:
		'/proc/PID/stat: state D, while /proc/PID/schedstat shows that it has not run; how long that of the process that is stuck longest has lasted. Of a process’ threads only the first is looked at; one that slept before is found within eight samples. What it waits in: /proc/PID/wchan',
	limits: ['software.stuck'],
	judge: ({ now }) => [
		finding(null, () => {
			const stuck = known(now.stuck, unseen);
			const [longest] = stuck;
			if (!longest) return { value: 0, verdict: 'ok', why: 'no process is stuck in the kernel' };
			const { name, pid, seconds, waitsIn } = longest;
			const where = waitsIn ? ` in ${waitsIn}` : '';
			const more = stuck.length > 1 ? `, and ${counted(stuck.length - 1, 'other')} with it` : '';
			return {
				value: seconds,
				verdict: grade(seconds, limits('software.stuck')),
				why: `${name} (pid ${pid}) has been stuck${where} for ${short(seconds)} s${more}`,
				suspects: stuck.slice(0, 3).map(describe),
			};
		}),
	],
};

function describe({ name, pid, seconds, waitsIn }: Stuck): string {
	return `${name} (pid ${pid}) waits${waitsIn ? ` in ${waitsIn}` : ''} for ${short(seconds)} s`;
}

export const zombies: Check<HasStuck> = {
	name: 'software.zombies',
	kind: 'utilization',
	title: 'Processes that have ended and whose parent does not ask how',
	unit: 'processes',
	source: '/proc/PID/stat: state Z, by parent; a process that slept before it ended is found within eight samples',
	limits: ['software.zombies'],
	judge: ({ now }) => [
		finding(null, () => {
			const zombies = known(now.zombies, unseen);
			const value = zombies.reduce((sum, { count }) => sum + count, 0);
			const [worst] = zombies;
			const why = worst
				? `${value} ended ${value === 1 ? 'process' : 'processes'} not asked after, ${worst.count} of them by ${worst.name} (pid ${worst.parent})`
				: 'every process that ended was asked how';
			const suspects = zombies
				.slice(0, 3)
				.map(({ name, parent, count }) => `${name} (pid ${parent}) leaves ${counted(count, 'zombie')}`);
			return { value, verdict: grade(value, limits('software.zombies')), why, suspects };
		}),
	],
};
