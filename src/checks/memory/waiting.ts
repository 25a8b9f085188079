import type { Check, Span } from '../check.ts';
import { finding, grade, growth, perSecond, worse } from '../measuring.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { MemoryCounters } from './counters.ts';

export const swapping: Check<MemoryCounters> = {
	name: 'memory.swapping',
	kind: 'saturation',
	title: 'Pages written out to swap and read back',
	unit: 'pages/s',
	source: '/proc/vmstat: pswpout and pswpin a second; the value is what goes out',
	limits: ['memory.swap-out', 'memory.swap-in'],
	rule: 'Pages that come back without any going out are what is left of an earlier shortage, and no more than a warning.',
	judge: (span) => [
		finding(null, () => {
			const out = rate(span, 'pswpout');
			const back = rate(span, 'pswpin');
			const verdict = worse(grade(out, limits('memory.swap-out')), grade(back, limits('memory.swap-in')));
			const thrashing = out >= limits('memory.swap-out').bad && back >= limits('memory.swap-in').warn;
			const means = thrashing ? ': programs work with more memory than there is (thrashing)' : '';
			const why = `${short(out)} pages a second go out to swap, ${short(back)} come back${means}`;
			return { value: out, verdict, why };
		}),
	],
};

export const majorFaults: Check<MemoryCounters> = {
	name: 'memory.major-faults',
	kind: 'saturation',
	title: 'Pages that programs had to wait for until they came from a disk',
	unit: '/s',
	source:
		'/proc/vmstat: pgmajfault a second; and workingset_refault, pages that were thrown out for want of memory not long ago',
	limits: ['memory.host-major-faults'],
	rule: 'Programs that have just started have some.',
	judge: (span) => [
		finding(null, () => {
			const value = rate(span, 'pgmajfault');
			const why = `programs wait for ${short(value)} pages a second from a disk`;
			return {
				value,
				verdict: grade(value, limits('memory.host-major-faults')),
				why: `${why}${thrownOut(span)}`,
			};
		}),
	],
};

/** Where this much comes back, memory is what lacks, and not a program's first look at its files. */
function thrownOut(span: Span<MemoryCounters>): string {
	if (sumOf(span.now.vmstat, 'workingset_refault') === undefined) return '';
	const again = rate(span, 'workingset_refault');
	return again > 0 ? `, and ${short(again)} are read again that memory had no room to keep` : '';
}

export const reclaim: Check<MemoryCounters> = {
	name: 'memory.reclaim',
	kind: 'saturation',
	title: 'Programs that must free memory themselves before they get any',
	unit: 'pages/s',
	source: '/proc/vmstat: pgscan_direct a second, and allocstall (allocations that stalled)',
	limits: ['memory.stalls'],
	rule: 'Warn above 0 pages: direct reclaim is time that a program stands still (sar).',
	judge: (span) => [
		finding(null, () => {
			const scanned = rate(span, 'pgscan_direct');
			const stalls = rate(span, 'allocstall');
			const why = `${short(stalls)} allocations a second stalled, ${short(scanned)} pages a second scanned for them`;
			const any = scanned + stalls > 0 ? 'warn' : 'ok';
			return { value: scanned, verdict: worse(any, grade(stalls, limits('memory.stalls'))), why };
		}),
	],
};

export const scanning: Check<MemoryCounters> = {
	name: 'memory.scanning',
	kind: 'saturation',
	title: 'Pages looked at for memory, and given back nothing',
	unit: '%',
	source:
		'/proc/vmstat: 1 - (pgsteal_kswapd + pgsteal_direct) / (pgscan_kswapd + pgscan_direct) between two samples, and those looked at a second',
	limits: ['memory.scan-wasted', 'memory.scan-rate'],
	rule: 'Ok unless both are reached: with few pages the kernel has no work, whatever comes of it.',
	judge: (span) => [
		finding(null, () => {
			const scanned = rate(span, 'pgscan_kswapd') + rate(span, 'pgscan_direct');
			const freed = rate(span, 'pgsteal_kswapd') + rate(span, 'pgsteal_direct');
			if (scanned === 0) return { value: 0, verdict: 'ok', why: 'the kernel looks for no memory to take back' };
			const value = Math.max(0, 100 - (freed / scanned) * 100);
			const why = `the kernel looks at ${short(scanned)} pages a second to take back and can take ${percent(100 - value)} of them`;
			const verdict = scanned < limits('memory.scan-rate').warn ? 'ok' : grade(value, limits('memory.scan-wasted'));
			return { value, verdict, why: verdict === 'ok' ? why : `${why}: the others are in use` };
		}),
	],
};

function rate({ before, now, seconds }: Span<MemoryCounters>, name: string): number {
	return perSecond(growth(name, sumOf(before.vmstat, name), sumOf(now.vmstat, name)), seconds);
}

/** Kernels have split some of these by memory zone or by kind of page: allocstall_normal, pgscan_direct_dma32, workingset_refault_file. */
function sumOf(vmstat: Map<string, number>, name: string): number | undefined {
	const whole = vmstat.get(name);
	if (whole !== undefined) return whole;
	const parts = [...vmstat].filter(([key]) => key.startsWith(`${name}_`) && !key.endsWith('_throttle'));
	return parts.length ? parts.reduce((sum, [, value]) => sum + value, 0) : undefined;
}
