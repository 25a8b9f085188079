import { scaled } from '../../host/processes.ts';
import type { Check, ContainerTarget, ResourceChecks } from '../check.ts';
import { finding, grade, growth, known, perSecond, unknown } from '../measuring.ts';
import { pressureOfGroup, taskPressure } from '../pressure.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { ended } from './group.ts';
import { type ContainerMemory, readMemory } from './memory-use.ts';
import { oom } from './oom.ts';

const off = 'the memory controller is not on for the control group of this container';

const utilization: Check<ContainerMemory> = {
	name: 'memory.utilization',
	kind: 'utilization',
	title: 'Memory that the container holds, of what it may have',
	unit: '%',
	source:
		'memory.current less inactive_file of memory.stat (as kubelet counts), against the lowest memory.max of its control group and those above (v1: memory.usage_in_bytes, hierarchical_memory_limit), else against MemTotal',
	limits: ['memory.used'],
	judge: ({ now }) => [
		finding(null, () => {
			const { value, why } = shareOfLimit(now);
			return { value, verdict: grade(value, limits('memory.used')), why };
		}),
	],
};

function shareOfLimit({ use, name, hostTotal }: ContainerMemory): { value: number; why: string } {
	const { current, inactiveFile, limit } = known(use, ended(name));
	const total = known(hostTotal, '/proc/meminfo has no MemTotal');
	const held = Math.max(0, known(current, off) - inactiveFile);
	const limited = limit !== undefined && limit < total;
	const value = (held / (limited ? limit : total)) * 100;
	const of = limited ? `its limit of ${scaled(limit, 'B')}` : `the host’s ${scaled(total, 'B')}, as it has no limit`;
	return { value, why: `the container holds ${scaled(held, 'B')}, ${percent(value)} of ${of}` };
}

const swap: Check<ContainerMemory> = {
	name: 'memory.swap',
	kind: 'utilization',
	title: 'Swap space that the container holds, of what it may have',
	unit: '%',
	source:
		'memory.swap.current against memory.swap.max (v1: swap of memory.stat, memory.memsw.limit_in_bytes less memory.limit_in_bytes), else against SwapTotal. No reading on a host without swap, or that does not count it',
	limits: ['memory.swap'],
	judge: ({ now: { use, name, hostSwap } }) => {
		if (hostSwap === 0 || (use && use.swapped === undefined)) return [];
		return [
			finding(null, () => {
				const { swapped = 0, swapLimit } = known(use, ended(name));
				const limited = swapLimit !== undefined && swapLimit < hostSwap;
				const most = limited ? swapLimit : hostSwap;
				if (most === 0) return { value: null, verdict: 'ok', why: 'the container may use no swap' };
				const value = (swapped / most) * 100;
				const of = limited ? `the ${scaled(most, 'B')} that it may have` : `the host’s ${scaled(most, 'B')}`;
				const why = `the container has ${scaled(swapped, 'B')} in swap, ${percent(value)} of ${of}`;
				return { value, verdict: grade(value, limits('memory.swap')), why };
			}),
		];
	},
};

const majorFaults: Check<ContainerMemory> = {
	name: 'memory.major-faults',
	kind: 'saturation',
	title: 'Pages that the container had to wait for until they came from a disk',
	unit: '/s',
	source:
		'memory.stat of its control group: pgmajfault a second (v1: total_pgmajfault); and workingset_refault, pages that were thrown out for want of memory not long ago',
	limits: ['memory.major-faults'],
	rule: 'A container that has just started has some.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const { majorFaults, refaults } = known(now.use, ended(now.name));
			known(majorFaults, off);
			const value = perSecond(growth('major faults', before.use?.majorFaults, majorFaults), seconds);
			const again = refaults === undefined ? 0 : perSecond(growth('refaults', before.use?.refaults, refaults), seconds);
			const why = `the container waits for ${short(value)} pages a second from a disk`;
			const thrownOut = again > 0 ? `, and reads ${short(again)} again that its memory had no room to keep` : '';
			return { value, verdict: grade(value, limits('memory.major-faults')), why: `${why}${thrownOut}` };
		}),
	],
};

const limit: Check<ContainerMemory> = {
	name: 'memory.limit',
	kind: 'saturation',
	title: 'Times that the container ran into its memory limit',
	unit: '/s',
	source: 'memory.events: max and high a second (v1: memory.failcnt)',
	rule: 'Warn above 0 of high (its programs are slowed down), and of max from 90 % utilization. Below that, file pages made room, which costs little.',
	judge: (span) => [
		finding(null, () => {
			const { before, now, seconds } = span;
			known(now.use, ended(now.name));
			const rate = (what: string, count: 'limitHits' | 'highHits') =>
				perSecond(growth(what, known(before.use?.[count], off), known(now.use?.[count], off)), seconds);
			const hits = rate('hits of its limit', 'limitHits');
			const slowed = rate('hits of memory.high', 'highHits');
			const { value: share, why } = shareOfLimit(now);
			const tight = slowed > 0 || (hits > 0 && share >= limits('memory.used').warn);
			const times =
				hits + slowed > 0
					? `the container runs into its limit ${short(hits)} times a second, into memory.high ${short(slowed)} times`
					: 'the container runs into no limit';
			const holds = why.replace('the container', 'it');
			return { value: hits + slowed, verdict: tight ? 'warn' : 'ok', why: `${times}; ${holds}` };
		}),
	],
};

const waiting = taskPressure('memory', pressureOfGroup('memory'));
const pressure: Check<ContainerMemory> = {
	...waiting,
	judge: (span) => (span.now.use ? waiting.judge(span) : [unknown(null, ended(span.now.name))]),
};

export const memory: ResourceChecks<ContainerMemory, ContainerTarget> = {
	resource: 'memory',
	sample: readMemory,
	checks: [oom, utilization, swap, limit, majorFaults, pressure],
};
