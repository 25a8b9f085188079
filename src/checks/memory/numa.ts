import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, grade, growth, perSecond } from '../measuring.ts';
import { parsePairs } from '../pairs.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { MemoryCounters } from './counters.ts';

/** Pages since boot. */
export interface NodeCounts {
	/** Taken from this node, as was wanted. */
	hits: number;
	/** Wanted from this node and taken from another, as this one had none. */
	lacked: number;
}

const nodeNames = aged(60, ({ sys }) =>
	listFolder(join(sys, 'devices/system/node')).filter((name) => /^node\d+$/.test(name)),
);

export function readNodes(host: Host): Map<string, NodeCounts> {
	const names = nodeNames(host);
	if (names.length < 2) return new Map();
	return new Map(
		names.flatMap((name): [string, NodeCounts][] => {
			const counts = parsePairs(readText(join(host.sys, 'devices/system/node', name, 'numastat')) ?? '');
			const [hits, lacked] = [counts.get('numa_hit'), counts.get('numa_foreign')];
			return hits === undefined || lacked === undefined ? [] : [[name, { hits, lacked }]];
		}),
	);
}

export const numa: Check<MemoryCounters> = {
	name: 'memory.numa',
	kind: 'saturation',
	title: 'Pages that came from a far memory node, as the near one had none left',
	unit: '%',
	source:
		'/sys/devices/system/node/node*/numastat: numa_foreign as a share of it and numa_hit, of the node where it is most; no reading where there is one node',
	limits: ['memory.numa-lacked', 'memory.numa-rate'],
	rule: 'Ok unless both are reached: few pages are no loss.',
	judge: ({ before, now, seconds }) =>
		now.nodes.size < 2
			? []
			: [
					finding(null, () => {
						const nodes = [...now.nodes].map(([name, counts]) => {
							const earlier = before.nodes.get(name);
							const hits = growth(`numa_hit of ${name}`, earlier?.hits, counts.hits);
							const lacked = growth(`numa_foreign of ${name}`, earlier?.lacked, counts.lacked);
							return { name, rate: perSecond(lacked, seconds), share: (lacked / Math.max(1, hits + lacked)) * 100 };
						});
						const { name, rate, share } = nodes.reduce((a, b) => (b.rate > a.rate ? b : a));
						if (rate === 0)
							return { value: 0, verdict: 'ok', why: `none of the ${nodes.length} memory nodes ran short` };
						const why = `${name} had no room for ${short(rate)} pages a second, ${percent(share)} of those wanted from it: they came from a far node`;
						const enough = rate >= limits('memory.numa-rate').warn;
						const verdict = enough ? grade(share, limits('memory.numa-lacked')) : 'ok';
						return { value: share, verdict, why, suspects: verdict === 'ok' ? [] : [name] };
					}),
				],
};
