import type { Check } from '../check.ts';
import { finding, grade, known } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { kilobytes } from './amounts.ts';
import type { MemoryCounters } from './counters.ts';

export const utilization: Check<MemoryCounters> = {
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

export const swap: Check<MemoryCounters> = {
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

export const commit: Check<MemoryCounters> = {
	name: 'memory.commit',
	kind: 'utilization',
	title: 'Memory that programs were promised, of what may be promised',
	unit: '%',
	source:
		'/proc/meminfo: Committed_AS / CommitLimit. No reading unless vm.overcommit_memory is 2: only then is the limit one',
	limits: ['memory.commit'],
	judge: ({ now: { meminfo, commitIsLimited } }) =>
		commitIsLimited
			? [
					finding(null, () => {
						const promised = known(meminfo.get('Committed_AS'), '/proc/meminfo has no Committed_AS');
						const limit = known(meminfo.get('CommitLimit'), '/proc/meminfo has no CommitLimit');
						const value = (promised / limit) * 100;
						const of = `${percent(value)} of the ${kilobytes(limit)} that vm.overcommit_memory=2 allows`;
						const verdict = grade(value, limits('memory.commit'));
						const then = verdict === 'ok' ? '' : ': past it programs get no more, however much is free';
						return { value, verdict, why: `programs were promised ${kilobytes(promised)}, ${of}${then}` };
					}),
				]
			: [],
};
