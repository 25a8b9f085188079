import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber } from '../../host/host.ts';
import type { Check, Finding } from '../check.ts';
import { finding, grade } from '../measuring.ts';
import { counted, percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { MemoryCounters } from './counters.ts';

/** A pool of huge pages of one size. */
export interface HugePages {
	total: number;
	free: number;
	/** Promised to programs that have not touched them yet. */
	reserved: number;
	/** How many pages the kernel may add when the pool has none left. */
	mayAdd: number;
}

export function readHugePages({ sys }: Host): Map<string, HugePages> {
	const folder = join(sys, 'kernel/mm/hugepages');
	return new Map(
		listFolder(folder).flatMap((name): [string, HugePages][] => {
			const kilobytes = /^hugepages-(\d+)kB$/.exec(name)?.[1];
			const count = (file: string) => readNumber(join(folder, name, file)) ?? 0;
			const total = count('nr_hugepages');
			if (kilobytes === undefined || total === 0) return [];
			const mayAdd = Math.max(0, count('nr_overcommit_hugepages') - count('surplus_hugepages'));
			const pool = { total, free: count('free_hugepages'), reserved: count('resv_hugepages'), mayAdd };
			return [[sizeOf(Number(kilobytes)), pool]];
		}),
	);
}

/** As everybody calls them, "2 MiB" and "1 GiB". */
function sizeOf(kilobytes: number): string {
	const megabytes = kilobytes / 1024;
	if (megabytes >= 1024) return `${megabytes / 1024} GiB`;
	return megabytes >= 1 ? `${megabytes} MiB` : `${kilobytes} KiB`;
}

export const hugePages: Check<MemoryCounters> = {
	name: 'memory.huge-pages',
	kind: 'utilization',
	title: 'Huge pages that are taken or promised, of those set aside',
	unit: '%',
	source:
		'/sys/kernel/mm/hugepages: 1 - (free_hugepages - resv_hugepages) / nr_hugepages, for each size, every 10 s. No reading where none are set aside',
	limits: ['memory.huge-pages'],
	rule: 'Ok when the kernel may add some (nr_overcommit_hugepages).',
	judge: ({ now }) => [...now.hugePages].map(([size, pool]) => judgePool(size, pool)),
};

function judgePool(size: string, { total, free, reserved, mayAdd }: HugePages): Finding {
	return finding(`pages of ${size}`, () => {
		const left = Math.max(0, free - reserved);
		const value = (1 - left / total) * 100;
		const verdict = mayAdd > 0 ? 'ok' : grade(value, limits('memory.huge-pages'));
		const promised = reserved > 0 ? `, ${reserved} more are promised` : '';
		const taken = `${total - free} of ${counted(total, 'huge page')} of ${size} are in use${promised}`;
		const then = verdict === 'ok' ? '' : ': who asks for another gets none (nr_hugepages sets how many there are)';
		return { value, verdict, why: `${taken}, ${percent(value)} in all${then}` };
	});
}
