import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { scaled } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, grade, growth, known, perSecond, unknown } from '../measuring.ts';
import { parsePairs } from '../pairs.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';

/** Bytes between memory and the processors behind one cache. */
export interface CacheTraffic {
	total: number;
	/** Of memory that is the processor's own. */
	local: number | undefined;
}

export interface MemoryTraffic {
	/** Counted by the processors, where resctrl is mounted: by cache, "mon_L3_00". */
	caches: ReadonlyMap<string, CacheTraffic>;
	/** Of pages that the kernel looks at to bring them nearer; undefined where there is one node, or it does not. */
	looks: { all: number; local: number } | undefined;
	/** Counters of the hardware outside of its cores, which perf can read. */
	uncore: boolean;
}

export function readMemoryTraffic(host: Host): MemoryTraffic {
	return { caches: readCaches(host), looks: readLooks(host), uncore: hasUncore(host) };
}

function readCaches(host: Host): ReadonlyMap<string, CacheTraffic> {
	const folder = join(host.sys, 'fs/resctrl/mon_data');
	return new Map(
		listFolder(folder).flatMap((cache) => {
			const total = readNumber(join(folder, cache, 'mbm_total_bytes'));
			const local = readNumber(join(folder, cache, 'mbm_local_bytes'));
			return total === undefined ? [] : [[printable(cache), { total, local }] as const];
		}),
	);
}

const hasNodes = aged(
	60,
	(host) => listFolder(join(host.sys, 'devices/system/node')).filter((name) => /^node\d/.test(name)).length > 1,
);

function readLooks(host: Host): MemoryTraffic['looks'] {
	if (!hasNodes(host) || !readNumber(join(host.proc, 'sys/kernel/numa_balancing'))) return undefined;
	const counts = parsePairs(readText(join(host.proc, 'vmstat')) ?? '');
	const [all, local] = [counts.get('numa_hint_faults'), counts.get('numa_hint_faults_local')];
	return all === undefined || local === undefined ? undefined : { all, local };
}

const hasUncore = aged(60, (host) =>
	listFolder(join(host.sys, 'bus/event_source/devices')).some((name) =>
		/^(uncore_|amd_(df|l3|umc)|arm_cmn|hisi_|nvidia_)/.test(name),
	),
);

export const remoteAccess: Check<{ memory: MemoryTraffic }> = {
	name: 'interconnect.remote-memory',
	kind: 'utilization',
	title: 'Accesses of memory that belongs to another processor',
	unit: '%',
	source:
		'/proc/vmstat: numa_hint_faults that are not numa_hint_faults_local, as a share of all, which samples what programs touch; no reading with one memory node or without kernel.numa_balancing',
	limits: ['interconnect.looks', 'interconnect.remote-memory'],
	judge: ({ before, now, seconds }) => {
		const { looks } = now.memory;
		if (!looks) return [];
		const judgement = finding(null, () => {
			const earlier = known(before.memory.looks, 'this needs a second sample');
			const all = growth('numa_hint_faults', earlier.all, looks.all);
			const remote = all - growth('numa_hint_faults_local', earlier.local, looks.local);
			const value = all > 0 ? Math.max(0, (remote / all) * 100) : 0;
			const rate = perSecond(all, seconds);
			const enough = rate >= limits('interconnect.looks').warn;
			const why = `${percent(value)} of ${short(rate)} sampled accesses a second were to memory of another processor`;
			return { value, verdict: enough ? grade(value, limits('interconnect.remote-memory')) : 'ok', why };
		});
		return [judgement];
	},
};

export const memoryTraffic: Check<{ memory: MemoryTraffic }> = {
	name: 'interconnect.memory-traffic',
	kind: 'utilization',
	title: 'Traffic between processors and memory',
	unit: 'B/s',
	source:
		'/sys/fs/resctrl/mon_data/*/mbm_total_bytes and mbm_local_bytes a second, where resctrl is mounted; no other file counts it',
	rule: 'Always unknown: the kernel does not tell how much the hardware can carry. Where the rate is counted it is said.',
	judge: ({ before, now, seconds }) => {
		const { caches, uncore } = now.memory;
		if (caches.size === 0) return [unknown(null, notCounted(uncore))];
		return [...caches].map(([cache, { total, local }]) =>
			finding(cache, () => {
				const earlier = before.memory.caches.get(cache);
				const rate = perSecond(growth(`bytes of ${cache}`, earlier?.total, total), seconds);
				const own = local === undefined ? undefined : perSecond(growth('local bytes', earlier?.local, local), seconds);
				const remote = own === undefined ? '' : `, ${scaled(Math.max(0, rate - own), 'B/s')} of it of other processors`;
				const why = `${cache} moves ${scaled(rate, 'B/s')} from and to memory${remote}; how much it could, nothing tells`;
				return { value: null, verdict: 'unknown', why };
			}),
		);
	},
};

function notCounted(uncore: boolean): string {
	const kernel = 'the kernel does not count what goes between processors and memory';
	return uncore
		? `${kernel}; the hardware does: run perf-stat, or perf list for its uncore events, or mount resctrl`
		: `${kernel}, and this machine shows no hardware counters that do (uncore), as most virtual machines`;
}
