import { join } from 'node:path';
import { cgroupOf } from '../../host/cgroup.ts';
import { type Host, readText } from '../../host/host.ts';
import { kernelUnits, scaled } from '../../host/processes.ts';
import type { Check, ProcessTarget, ResourceChecks } from '../check.ts';
import { limitOf, totalOf } from '../container/memory-use.ts';
import { finding, grade, known, perSecond, unanswerable } from '../measuring.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { type Stat, sameProcess, statOf } from './process.ts';

export interface ProcessMemory {
	pid: number;
	stat: Stat;
	residentBytes: number;
	swappedBytes: number;
	/** What its control group may hold, or the host has. */
	limit: number | undefined;
}

function readMemory(host: Host, { pid }: ProcessTarget): ProcessMemory {
	const stat = statOf(host, pid);
	const swapped = /^VmSwap:\s*(\d+) kB/m.exec(readText(join(host.proc, String(pid), 'status')) ?? '')?.[1];
	const files = cgroupOf(host, pid)?.files('memory');
	const bounds = [totalOf(host), files && limitOf(files)].filter((bytes) => bytes !== undefined);
	return {
		pid,
		stat,
		residentBytes: stat.residentPages * kernelUnits(host).pageSize,
		swappedBytes: Number(swapped ?? 0) * 1024,
		limit: bounds.length ? Math.min(...bounds) : undefined,
	};
}

const utilization: Check<ProcessMemory> = {
	name: 'memory.utilization',
	kind: 'utilization',
	title: 'Memory that the process holds, of what it may have',
	unit: '%',
	source:
		'/proc/PID/stat: rss, against the limit of its control group or MemTotal, whichever is less; VmSwap of /proc/PID/status',
	limits: ['memory.used'],
	judge: ({ before, now }) => [
		finding(null, () => {
			sameProcess(now.pid, before.stat, now.stat);
			const limit = known(now.limit, '/proc/meminfo has no MemTotal');
			const value = (now.residentBytes / limit) * 100;
			const swapped = now.swappedBytes > 0 ? `, and has ${scaled(now.swappedBytes, 'B')} in swap` : '';
			const holds = `${now.stat.name} holds ${scaled(now.residentBytes, 'B')}`;
			return {
				value,
				verdict: grade(value, limits('memory.used')),
				why: `${holds}, ${percent(value)} of the ${scaled(limit, 'B')} it may have${swapped}`,
			};
		}),
	],
};

const majorFaults: Check<ProcessMemory> = {
	name: 'memory.major-faults',
	kind: 'saturation',
	title: 'Pages that the process had to wait for until they came from a disk',
	unit: '/s',
	source: '/proc/PID/stat: majflt a second',
	limits: ['memory.major-faults'],
	rule: 'A program that has just started has some.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			sameProcess(now.pid, before.stat, now.stat);
			const value = perSecond(now.stat.majorFaults - before.stat.majorFaults, seconds);
			const why = `${now.stat.name} waits for ${short(value)} pages a second from a disk`;
			return { value, verdict: grade(value, limits('memory.major-faults')), why };
		}),
	],
};

const errors = unanswerable(
	{ name: 'memory.errors', kind: 'errors', title: 'Memory errors that hit the process', unit: 'errors' },
	'nothing is counted by process: one that is killed for want of memory has ended, and the host’s memory.oom counts it',
);

export const memory: ResourceChecks<ProcessMemory, ProcessTarget> = {
	resource: 'memory',
	sample: readMemory,
	checks: [errors, utilization, majorFaults],
};
