import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readNumber } from '../../host/host.ts';
import type { Tracked } from '../../host/process-table.ts';
import type { Check } from '../check.ts';
import { hostProcesses } from '../host-processes.ts';
import { aged, perHost } from '../kept.ts';
import { finding, grade, known } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { namedIn } from './files.ts';
import { LimitWatch, type NearLimit, type Usage } from './near-limits.ts';

export interface Maps {
	/** vm.max_map_count. */
	most: number | undefined;
	/** Of those that are large enough to have so many. */
	large: NearLimit;
}

export interface HasMaps {
	maps: Maps;
}

const readMost = aged(10, (host) => readNumber(join(host.proc, 'sys/vm/max_map_count')));

/** Each map has a page at least: who holds less address space can't be near the limit. */
const nearEnough = 0.5;

/** Reading a long list of maps takes its time, and may take this share of it. */
const mostOfTheTime = 0.02;

const stateOf = perHost((host) => ({
	due: 0,
	processes: new Map<number, Tracked>(),
	watch: new LimitWatch((process) => usageOf(host, process, readMost(host))),
}));

/** Most lists are short, and of several that have never been asked more than one can be. */
const budgetMilliseconds = 2;

/** Looks at one process and the one that was nearest, and at others while there is time. */
export function readMaps(host: Host): Maps {
	const table = hostProcesses(host);
	const state = stateOf(host);
	const most = readMost(host);
	if (most !== undefined) {
		const least = most * nearEnough * table.units.pageSize;
		const large = [...table.processes.values()].filter(({ now }) => now.counters.addressBytes >= least);
		state.processes = new Map(large.map((process) => [process.pid, process]));
	}
	const begin = performance.now();
	const isDue = begin >= state.due;
	const [nearest] = state.watch.nearest;
	let large = state.watch.look(state, isDue ? [...state.watch.next(state, 1), ...(nearest ? [nearest] : [])] : []);
	while (isDue && large.asked < large.processes && performance.now() - begin < budgetMilliseconds)
		large = state.watch.look(state, state.watch.next(state, 1));
	if (isDue) state.due = begin + (performance.now() - begin) / mostOfTheTime;
	return { most, large };
}

const chunk = Buffer.allocUnsafe(64 * 1024);
const newline = 0x0a;

function usageOf(host: Host, { pid }: Tracked, most: number | undefined): Usage | undefined {
	if (most === undefined) return undefined;
	let file: number | undefined;
	try {
		file = openSync(`${host.proc}/${pid}/maps`, 'r');
		let used = 0;
		for (let length = readSync(file, chunk); length > 0 && used < most; length = readSync(file, chunk)) {
			for (let at = chunk.indexOf(newline); at >= 0 && at < length; at = chunk.indexOf(newline, at + 1)) used += 1;
		}
		return { used, most };
	} catch {
		return undefined;
	} finally {
		if (file !== undefined) closeSync(file);
	}
}

export const maps: Check<HasMaps> = {
	name: 'software.maps',
	kind: 'utilization',
	title: 'Memory maps of a process, of those that it may have',
	unit: '%',
	source:
		'/proc/PID/maps: lines, as a share of vm.max_map_count, of the process that is nearest it. Only those are asked whose address space is large enough for half of them; the nearest and another one a sample, more where lists are short and less often where they are long',
	limits: ['software.maps'],
	judge: ({ now: { maps } }) => [
		finding(null, () => {
			const most = known(maps.most, 'vm.max_map_count can’t be read');
			const { nearest, asked, processes } = maps.large;
			if (processes === 0)
				return {
					value: null,
					verdict: 'ok',
					why: `no process is large enough to come near vm.max_map_count (${most})`,
				};
			const so = `of ${processes} processes that are large enough for many maps only ${asked} have been asked so far`;
			const { name, pid, used, share } = known(nearest[0], `${so}; their maps can be read by root alone`);
			const verdict = grade(share, limits('software.maps'));
			const why = `${name} (pid ${pid}) has ${used} maps, ${percent(share)} of vm.max_map_count (${most})`;
			if (verdict === 'ok') known(asked < processes ? undefined : asked, so);
			return { value: share, verdict, why, suspects: namedIn(maps.large, limits('software.maps').warn, 'maps') };
		}),
	],
};
