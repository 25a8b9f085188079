import type { Check } from '../check.ts';
import { finding, grade, known } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { kilobytes } from './amounts.ts';
import type { MemoryCounters } from './counters.ts';

export const dirty: Check<MemoryCounters> = {
	name: 'memory.dirty',
	kind: 'saturation',
	title: 'Written data that waits for the disks, of what may wait',
	unit: '%',
	source: '/proc/vmstat: nr_dirty + nr_writeback, against nr_dirty_threshold (vm.dirty_ratio of what is available)',
	limits: ['memory.dirty'],
	judge: ({ now: { meminfo, vmstat } }) => [
		finding(null, () => {
			const pages = (name: string) => known(vmstat.get(name), `/proc/vmstat has no ${name}`);
			const value = ((pages('nr_dirty') + pages('nr_writeback')) / Math.max(1, pages('nr_dirty_threshold'))) * 100;
			const amount = kilobytes((meminfo.get('Dirty') ?? 0) + (meminfo.get('Writeback') ?? 0));
			const verdict = grade(value, limits('memory.dirty'));
			const then = verdict === 'ok' ? '' : ': the kernel slows down who writes';
			return {
				value,
				verdict,
				why: `${amount} of written data wait for the disks, ${percent(value)} of what may wait${then}`,
			};
		}),
	],
};
