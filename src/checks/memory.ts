import { scaled } from '../host/processes.ts';
import type { Check, ResourceChecks } from './check.ts';
import {
	finding,
	grade,
	growth,
	type Judgement,
	known,
	perSecond,
	tallied,
	tally,
	unknown,
	worse,
} from './measuring.ts';
import { type EdacCounts, type MemoryCounters, readMemory } from './memory-counters.ts';
import { type HasPressure, type PressureSource, pressureOfHost, stalled } from './pressure.ts';
import { counted, percent, short } from './sentence.ts';
import { limits } from './thresholds.ts';

const utilization: Check<MemoryCounters> = {
	name: 'memory.utilization',
	kind: 'utilization',
	title: 'Memory that programs can no longer get',
	unit: '%',
	source:
		'/proc/meminfo: 1 - MemAvailable / MemTotal; before Linux 3.14 MemFree + Buffers + Cached - Shmem for the former',
	limits: ['memory.used', 'memory.least'],
	judge: ({ now: { meminfo } }) => [
		finding(null, () => {
			const total = known(meminfo.get('MemTotal'), '/proc/meminfo has no MemTotal');
			const exact = meminfo.get('MemAvailable');
			const available = exact ?? estimateAvailable(meminfo);
			const value = (1 - available / total) * 100;
			const verdict = available < limits('memory.least').bad * 1024 ? 'bad' : grade(value, limits('memory.used'));
			const about = exact === undefined ? 'about ' : '';
			const left = `${about}${kilobytes(available)} of ${kilobytes(total)} available`;
			return { value, verdict, why: `memory is ${percent(value)} used, ${left}` };
		}),
	],
};

function estimateAvailable(meminfo: Map<string, number>): number {
	const part = (name: string) => known(meminfo.get(name), `/proc/meminfo has neither MemAvailable nor ${name}`);
	return part('MemFree') + part('Buffers') + part('Cached') - part('Shmem');
}

const swap: Check<MemoryCounters> = {
	name: 'memory.swap',
	kind: 'utilization',
	title: 'Swap space in use',
	unit: '%',
	source: '/proc/meminfo: 1 - SwapFree / SwapTotal',
	limits: ['memory.swap'],
	judge: ({ now: { meminfo } }) => [
		finding(null, () => {
			const total = known(meminfo.get('SwapTotal'), '/proc/meminfo has no SwapTotal');
			if (total === 0) return { value: null, verdict: 'ok', why: 'this host has no swap' };
			const free = known(meminfo.get('SwapFree'), '/proc/meminfo has no SwapFree');
			const value = (1 - free / total) * 100;
			const why = `swap is ${percent(value)} used, ${kilobytes(free)} of ${kilobytes(total)} free`;
			return { value, verdict: grade(value, limits('memory.swap')), why };
		}),
	],
};

export const memoryPressure = (from: PressureSource): Check<HasPressure> => ({
	name: 'memory.pressure',
	kind: 'saturation',
	title: 'Time that tasks waited for memory',
	unit: '%',
	source: `${from.file}: growth of the "some" and "full" totals, as a share of the time between two samples`,
	limits: ['memory.pressure-some', 'memory.pressure-full'],
	judge: (span) => [
		finding(null, () => {
			const some = stalled(from, span, 'some');
			const full = stalled(from, span, 'full');
			const verdict = worse(grade(some, limits('memory.pressure-some')), grade(full, limits('memory.pressure-full')));
			const why = `some task waited for memory ${percent(some)} of the time, all at once ${percent(full)}`;
			return { value: some, verdict, why };
		}),
	],
});

const swapping: Check<MemoryCounters> = {
	name: 'memory.swapping',
	kind: 'saturation',
	title: 'Pages written out to swap',
	unit: 'pages/s',
	source: '/proc/vmstat: pswpout a second',
	limits: ['memory.swap-out'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const rate = (name: string) => perSecond(growth(name, before.vmstat.get(name), now.vmstat.get(name)), seconds);
			const value = rate('pswpout');
			const why = `${short(value)} pages a second go out to swap, ${short(rate('pswpin'))} come back`;
			return { value, verdict: grade(value, limits('memory.swap-out')), why };
		}),
	],
};

const reclaim: Check<MemoryCounters> = {
	name: 'memory.reclaim',
	kind: 'saturation',
	title: 'Programs that must free memory themselves before they get any',
	unit: 'pages/s',
	source: '/proc/vmstat: pgscan_direct a second, and allocstall (allocations that stalled)',
	rule: 'Warn above 0: direct reclaim is time that a program stands still (sar).',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const rate = (name: string) =>
				perSecond(growth(name, sumOf(before.vmstat, name), sumOf(now.vmstat, name)), seconds);
			const scanned = rate('pgscan_direct');
			const stalls = rate('allocstall');
			const why = `${short(stalls)} allocations a second stalled, ${short(scanned)} pages a second scanned for them`;
			return { value: scanned, verdict: scanned + stalls > 0 ? 'warn' : 'ok', why };
		}),
	],
};

/** Both counters were, or are, split by memory zone: allocstall_normal, pgscan_direct_dma32. */
function sumOf(vmstat: Map<string, number>, name: string): number | undefined {
	const parts = [...vmstat].filter(([key]) => key.startsWith(name) && key !== 'pgscan_direct_throttle');
	return parts.length ? parts.reduce((sum, [, value]) => sum + value, 0) : undefined;
}

const oom: Check<MemoryCounters> = {
	name: 'memory.oom',
	kind: 'errors',
	title: 'Processes killed for want of memory',
	unit: 'kills',
	source: '/proc/vmstat: oom_kill since the first sample (Linux 4.13 and later); kills by a cgroup’s limit count too',
	rule: 'Bad after any (pmie, netdata).',
	judge: (span) => [
		finding(null, () => {
			const count = tally('OOM kills', span, ({ vmstat }) => vmstat.get('oom_kill'));
			return { value: count.since, verdict: count.since > 0 ? 'bad' : 'ok', why: tallied('OOM kill', count) };
		}),
	],
};

const ecc: Check<MemoryCounters> = {
	name: 'memory.ecc',
	kind: 'errors',
	title: 'Memory errors that the hardware found',
	unit: 'errors',
	source: '/sys/devices/system/edac/mc/mc*: ce_count (corrected) and ue_count (uncorrected), since boot',
	rule: 'Since boot, as hardware does not heal: warn after a corrected error, bad after an uncorrected one (netdata).',
	judge: ({ now: { edac } }) =>
		edac
			? [...edac].map(([controller, counts]) => finding(controller, () => judgeController(controller, counts)))
			: [unknown(null, 'no EDAC driver watches the memory here (usual in a virtual machine)')],
};

function judgeController(controller: string, counts: EdacCounts): Judgement {
	const corrected = known(counts.corrected, `${controller} shows no ce_count`);
	const uncorrected = known(counts.uncorrected, `${controller} shows no ue_count`);
	const verdict = uncorrected > 0 ? 'bad' : corrected > 0 ? 'warn' : 'ok';
	const why = `${controller}: ${counted(corrected, 'corrected error')} and ${counted(uncorrected, 'uncorrected error')} since boot`;
	return { value: corrected + uncorrected, verdict, why };
}

const corrupted: Check<MemoryCounters> = {
	name: 'memory.corrupted',
	kind: 'errors',
	title: 'Memory put out of use because it failed',
	unit: 'kB',
	source: '/proc/meminfo: HardwareCorrupted',
	rule: 'Warn above 0: a memory module is failing.',
	judge: ({ now: { meminfo } }) => [
		finding(null, () => {
			const value = known(meminfo.get('HardwareCorrupted'), '/proc/meminfo has no HardwareCorrupted');
			return { value, verdict: value > 0 ? 'warn' : 'ok', why: `${value ? kilobytes(value) : 'no memory'} has failed` };
		}),
	],
};

function kilobytes(amount: number): string {
	return scaled(amount * 1024, 'B');
}

export const memory: ResourceChecks<MemoryCounters> = {
	resource: 'memory',
	sample: readMemory,
	checks: [oom, ecc, corrupted, utilization, swap, memoryPressure(pressureOfHost('memory')), swapping, reclaim],
};
