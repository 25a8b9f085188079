import { join } from 'node:path';
import { cgroupOf } from '../../host/cgroup.ts';
import { cpusIn } from '../../host/cpu-list.ts';
import { type Host, readText } from '../../host/host.ts';
import { kernelUnits } from '../../host/processes.ts';
import type { Check, ProcessTarget, ResourceChecks } from '../check.ts';
import { cpuCount, quotaOf } from '../container/cpu.ts';
import { finding, grade, known, perSecond, unanswerable } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { mostGrown, type Stat, sameProcess, statOf, type Thread, threadsOf } from './process.ts';

export interface ProcessCpu {
	pid: number;
	stat: Stat;
	threads: Map<number, Thread>;
	ticksPerSecond: number;
	/** CPUs that it may run on, or use up where its control group has a quota. */
	allowed: number | undefined;
}

function readCpu(host: Host, { pid }: ProcessTarget): ProcessCpu {
	const stat = statOf(host, pid);
	const status = readText(join(host.proc, String(pid), 'status'));
	const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status ?? '')?.[1];
	const files = cgroupOf(host, pid)?.files('cpu');
	const bounds = [...(list ? [cpusIn(list).length] : []), ...(files ? [quotaOf(files) ?? []].flat() : [])];
	return {
		pid,
		stat,
		threads: threadsOf(host, pid),
		ticksPerSecond: kernelUnits(host).ticksPerSecond,
		allowed: bounds.length ? Math.min(...bounds) : undefined,
	};
}

const utilization: Check<ProcessCpu> = {
	name: 'cpu.utilization',
	kind: 'utilization',
	title: 'CPU time in use, of what the process may have',
	unit: '%',
	source:
		'/proc/PID/stat: utime and stime, as a share of the CPUs that it may run on (Cpus_allowed_list in /proc/PID/status) or of the quota of its control group, if that is less; and /proc/PID/task/*/stat',
	limits: ['cpu.busy', 'cpu.hot'],
	rule: 'The second is for one of its threads, as it can use no second CPU.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			sameProcess(now.pid, before.stat, now.stat);
			const allowed = known(now.allowed, 'how many CPUs it may run on is not to be found out');
			const cpus = (ticks: number) => perSecond(ticks / now.ticksPerSecond, seconds);
			const used = cpus(now.stat.cpuTicks - before.stat.cpuTicks);
			const value = Math.min(100, (used / allowed) * 100);
			const verdict = grade(value, limits('cpu.busy'));
			const why = `${now.stat.name} uses ${cpuCount(used)}, ${percent(value)} of the ${cpuCount(allowed)} it may use`;
			const hottest = mostGrown(before.threads, now.threads, ({ cpuTicks }) => cpuTicks);
			const share = hottest ? cpus(hottest.grew) * 100 : 0;
			if (!hottest || share < limits('cpu.hot').warn || verdict !== 'ok') return { value, verdict, why };
			const hot = `its thread ${hottest.name} (${hottest.tid}) is ${percent(share)} busy and can use no second CPU`;
			return { value, verdict: 'warn', why: `${why}; ${hot}` };
		}),
	],
};

const runDelay: Check<ProcessCpu> = {
	name: 'cpu.run-delay',
	kind: 'saturation',
	title: 'Time that a thread of the process waited for a CPU',
	unit: '%',
	source:
		'/proc/PID/task/*/schedstat: growth of the time on a run queue, of the thread that waited most (of the oldest 256)',
	limits: ['cpu.pressure'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			sameProcess(now.pid, before.stat, now.stat);
			const none = 'this kernel does not tell how long threads wait for a CPU (no /proc/PID/schedstat)';
			const worst = known(
				mostGrown(before.threads, now.threads, ({ waited }) => waited),
				none,
			);
			const value = Math.min(100, perSecond(worst.grew, seconds) / 1e7);
			const why = `thread ${worst.name} (${worst.tid}) waited for a CPU ${percent(value)} of the time, more than any other`;
			return { value, verdict: grade(value, limits('cpu.pressure')), why };
		}),
	],
};

const errors = unanswerable(
	{ name: 'cpu.errors', kind: 'errors', title: 'CPU errors that hit the process', unit: 'errors' },
	'faults of a CPU are not counted by process; the host’s checks count them',
);

export const cpu: ResourceChecks<ProcessCpu, ProcessTarget> = {
	resource: 'cpu',
	sample: readCpu,
	checks: [errors, utilization, runDelay],
};
