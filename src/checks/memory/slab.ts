import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { scaled } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { perHost } from '../kept.ts';
import { finding, grade, known, worse } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { kilobytes } from './amounts.ts';
import type { MemoryCounters } from './counters.ts';

/** Objects of one kind that the kernel holds. */
export interface Cache {
	name: string;
	bytes: number;
}

const namedCaches = 3;
/** The kernel holds a lock while it writes the list, which can be long. */
const secondsBetween = 30;

const lastListOf = perHost<{ at: number; caches: readonly Cache[] }>(() => ({
	at: Number.NEGATIVE_INFINITY,
	caches: [],
}));

/** None as long as the kernel's own memory is no matter. */
export function largestCaches(host: Host, meminfo: Map<string, number>): readonly Cache[] {
	const share = shareOf(meminfo);
	if (share === undefined || share < limits('memory.slab').warn) return [];
	const last = lastListOf(host);
	const now = performance.now();
	if (now - last.at >= secondsBetween * 1000) {
		last.caches = readCaches(host);
		last.at = now;
	}
	return last.caches;
}

function shareOf(meminfo: Map<string, number>): number | undefined {
	const [held, total] = [meminfo.get('SUnreclaim'), meminfo.get('MemTotal')];
	return held === undefined || !total ? undefined : (held / total) * 100;
}

/** "name ACTIVE OBJECTS SIZE …". Those that the kernel gives back when memory is short are not to blame. */
function readCaches(host: Host): Cache[] {
	const lines = (readText(join(host.proc, 'slabinfo')) ?? '').matchAll(/^(\S+) +\d+ +(\d+) +(\d+) /gm);
	return [...lines]
		.map(([, name = '', objects, size]) => ({ name, bytes: Number(objects) * Number(size) }))
		.sort((a, b) => b.bytes - a.bytes)
		.slice(0, 4 * namedCaches)
		.filter(({ name }) => !isGivenBack(host, name))
		.slice(0, namedCaches);
}

function isGivenBack({ sys }: Host, cache: string): boolean {
	return readText(join(sys, 'kernel/slab', cache, 'reclaim_account'))?.trim() === '1';
}

export const slab: Check<MemoryCounters> = {
	name: 'memory.slab',
	kind: 'utilization',
	title: 'Memory that the kernel holds for itself and can’t give back',
	unit: '%',
	source:
		'/proc/meminfo: SUnreclaim / MemTotal, and by how much it grew since the first sample; what it is for from /proc/slabinfo, once it is much',
	limits: ['memory.slab', 'memory.slab-growth'],
	judge: ({ first, now: { meminfo, caches } }) => [
		finding(null, () => {
			const value = known(shareOf(meminfo), '/proc/meminfo has no SUnreclaim');
			const total = meminfo.get('MemTotal') ?? 1;
			const held = meminfo.get('SUnreclaim') ?? 0;
			const grown = held - (first.meminfo.get('SUnreclaim') ?? held);
			const growth = grade((grown / total) * 100, limits('memory.slab-growth'));
			const verdict = worse(grade(value, limits('memory.slab')), growth);
			const since = growth === 'ok' ? '' : `, ${kilobytes(grown)} more than when this console started`;
			const why = `the kernel holds ${kilobytes(held)} that it can’t give back, ${percent(value)} of memory${since}`;
			const suspects = verdict === 'ok' ? [] : caches.map(({ name, bytes }) => `${name}: ${scaled(bytes, 'B')}`);
			return { value, verdict, why, suspects };
		}),
	],
};
