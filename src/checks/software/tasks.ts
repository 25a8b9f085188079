import { join } from 'node:path';
import { type Host, readNumber, readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, grade, known, perSecond } from '../measuring.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';

/** The kernel calls threads tasks, those of processes with only one among them. */
export interface Tasks {
	/** "2/345" in /proc/loadavg: those that exist. */
	existing: number | undefined;
	/** The number that was given out last. */
	lastPid: number | undefined;
	pidMax: number | undefined;
	threadsMax: number | undefined;
}

export interface HasTasks {
	tasks: Tasks;
}

const taskLimits = aged(10, (host) => ({
	pidMax: readNumber(join(host.proc, 'sys/kernel/pid_max')),
	threadsMax: readNumber(join(host.proc, 'sys/kernel/threads-max')),
}));

export function readTasks(host: Host): Tasks {
	const [, existing, lastPid] = /\/(\d+) (\d+)/.exec(readText(join(host.proc, 'loadavg')) ?? '') ?? [];
	return {
		existing: existing === undefined ? undefined : Number(existing),
		lastPid: lastPid === undefined ? undefined : Number(lastPid),
		...taskLimits(host),
	};
}

const untold = '/proc/loadavg does not tell how many threads there are';

export const tasks: Check<HasTasks> = {
	name: 'software.tasks',
	kind: 'utilization',
	title: 'Threads and processes, of those that the host may have',
	unit: '%',
	source:
		'/proc/loadavg: threads that exist, as a share of kernel.pid_max or kernel.threads-max, whichever is lower; each thread takes a number',
	limits: ['software.tasks'],
	judge: ({ now: { tasks } }) => [
		finding(null, () => {
			const existing = known(tasks.existing, untold);
			const pidMax = known(tasks.pidMax, 'kernel.pid_max can’t be read');
			const threadsMax = tasks.threadsMax ?? Number.POSITIVE_INFINITY;
			const most = Math.min(pidMax, threadsMax);
			const value = (existing / most) * 100;
			const limit = threadsMax < pidMax ? 'kernel.threads-max' : 'kernel.pid_max';
			const why = `${existing} threads exist, ${percent(value)} of the ${most} that ${limit} allows`;
			return { value, verdict: grade(value, limits('software.tasks')), why };
		}),
	],
};

export const creation: Check<HasTasks> = {
	name: 'software.task-creation',
	kind: 'saturation',
	title: 'Threads and processes that are started',
	unit: '/s',
	source: '/proc/loadavg: growth of the last number that was given to a task; at kernel.pid_max it begins anew',
	limits: ['software.task-creation'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const from = known(before.tasks.lastPid, untold);
			const to = known(now.tasks.lastPid, untold);
			const pidMax = known(now.tasks.pidMax, 'kernel.pid_max can’t be read');
			const value = perSecond((to - from + pidMax) % pidMax, seconds);
			const verdict = grade(value, limits('software.task-creation'));
			const why = `${short(value)} threads or processes start each second`;
			if (verdict === 'ok') return { value, verdict, why };
			return { value, verdict, why: `${why}: short-lived ones use CPUs and show in no list (execsnoop names them)` };
		}),
	],
};
