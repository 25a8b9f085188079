import { join } from 'node:path';
import { type ControlFiles, withAbove, withNested } from '../../host/cgroup.ts';
import { cpusIn } from '../../host/cpu-list.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import type { Check, ContainerTarget, ResourceChecks } from '../check.ts';
import { readQuota, readThrottling, type Throttling, throttledShare } from '../cpu/quota.ts';
import { cpuPressure } from '../cpu/waiting.ts';
import { finding, grade, growth, known, perSecond, unanswerable } from '../measuring.ts';
import { type Pressure, pressureOfGroup, readGroupPressure } from '../pressure.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { filesOf, groupOf, lineOf, tightest } from './group.ts';

export interface ContainerCpu {
	usedSeconds: number | undefined;
	/** In CPUs. */
	quota: number | undefined;
	/** How many CPUs its processes may run on. */
	allowed: number | undefined;
	/** By group. */
	throttling: Map<string, Throttling>;
	pressure: Pressure | undefined;
}

function readCpu(host: Host, target: ContainerTarget): ContainerCpu {
	const group = groupOf(host, target);
	const files = filesOf(group, 'cpu');
	return {
		usedSeconds: readUsed(files, group.files('cpuacct')),
		quota: quotaOf(files),
		allowed: readAllowed(host, group.files('cpuset')),
		throttling: throttlingIn(files),
		pressure: readGroupPressure(group, 'cpu'),
	};
}

function readUsed(files: ControlFiles, accounting: ControlFiles | undefined): number | undefined {
	if (files.version === 2) return scaledBy(1e-6, lineOf(readText(join(files.folder, 'cpu.stat')), 'usage_usec'));
	return accounting && scaledBy(1e-9, readNumber(join(accounting.folder, 'cpuacct.usage')));
}

/** The CPUs that a control group may use up, of its own quota and those above the lowest. */
export function quotaOf(files: ControlFiles): number | undefined {
	return tightest(files, (folder) => readQuota(folder, files.version));
}

/** Not every group has a list of its own, then the next above counts, and at last all that are online. */
function readAllowed(host: Host, cpuset: ControlFiles | undefined): number | undefined {
	const files = (cpuset ? withAbove(cpuset) : []).map((folder) =>
		join(folder, cpuset?.version === 1 ? 'cpuset.effective_cpus' : 'cpuset.cpus.effective'),
	);
	for (const file of [...files, join(host.sys, 'devices/system/cpu/online')]) {
		const list = readText(file)?.trim();
		if (list) return cpusIn(list).length;
	}
	return undefined;
}

/** A quota above holds the container back too, and so does one of a group that it has made in itself. */
function throttlingIn(files: ControlFiles): Map<string, Throttling> {
	const folders = new Set([...withAbove(files), ...withNested(files.folder)]);
	return new Map(
		[...folders].flatMap((folder): [string, Throttling][] => {
			const counts = readThrottling(folder);
			return counts ? [[folder.slice(files.top.length), counts]] : [];
		}),
	);
}

function scaledBy(factor: number, value: number | undefined): number | undefined {
	return value === undefined ? undefined : value * factor;
}

const utilization: Check<ContainerCpu> = {
	name: 'cpu.utilization',
	kind: 'utilization',
	title: 'CPU time in use, of what the container may have',
	unit: '%',
	source:
		'cpu.stat usage_usec (v1: cpuacct.usage), as a share of its quota (cpu.max, v1: cpu.cfs_quota_us) or, if that is more or there is none, of the CPUs that it may run on (cpuset.cpus.effective)',
	limits: ['cpu.busy'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const used = perSecond(growth('the CPU time of its control group', before.usedSeconds, now.usedSeconds), seconds);
			const allowed = known(now.allowed, 'how many CPUs it may run on is not to be found out');
			const quota = now.quota !== undefined && now.quota < allowed ? now.quota : undefined;
			// A quota is handed out by the period, so that a short time can hold one more than it should.
			const value = Math.min(100, (used / (quota ?? allowed)) * 100);
			const of = quota === undefined ? `the ${cpuCount(allowed)} it may run on` : `its quota of ${cpuCount(quota)}`;
			const why = `the container uses ${cpuCount(used)}, ${percent(value)} of ${of}`;
			return { value, verdict: grade(value, limits('cpu.busy')), why };
		}),
	],
};

const quota: Check<ContainerCpu> = {
	name: 'cpu.quota',
	kind: 'saturation',
	title: 'Time that the container was held back by its CPU quota',
	unit: '%',
	source:
		'cpu.stat: nr_throttled as a share of nr_periods between two samples; of its control group and those above and in it the worst',
	limits: ['cpu.throttled'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			if (now.quota === undefined && now.throttling.size === 0)
				return { value: null, verdict: 'ok', why: 'the container has no CPU quota' };
			const groups = [...now.throttling].map(([folder, counts]) => {
				const earlier = before.throttling.get(folder) ?? { periods: 0, throttled: 0, seconds: 0 };
				const stood = growth('throttled time', earlier.seconds, counts.seconds);
				return { share: throttledShare(earlier, counts), stood: perSecond(stood, seconds) };
			});
			const worst = groups.reduce((a, b) => (b.share > a.share ? b : a), { share: 0, stood: perSecond(0, seconds) });
			const of = now.quota === undefined ? 'a quota within it' : `its quota of ${cpuCount(now.quota)}`;
			const why = worst.share
				? `the container was held back by ${of} in ${percent(worst.share)} of the periods, ${digits(worst.stood)} s a second over all CPUs`
				: `the container was not held back by ${of}`;
			return { value: worst.share, verdict: grade(worst.share, limits('cpu.throttled')), why };
		}),
	],
};

/** A quota may be a twentieth of a CPU. */
function digits(amount: number): string {
	return amount < 1 ? String(Number(amount.toFixed(2))) : short(amount);
}

export function cpuCount(amount: number): string {
	return digits(amount) === '1' ? '1 CPU' : `${digits(amount)} CPUs`;
}

const errors = unanswerable(
	{ name: 'cpu.errors', kind: 'errors', title: 'CPU errors that hit the container', unit: 'errors' },
	'faults of a CPU are not counted by container; the host’s checks count them',
);

export const cpu: ResourceChecks<ContainerCpu, ContainerTarget> = {
	resource: 'cpu',
	sample: readCpu,
	checks: [errors, utilization, quota, cpuPressure(pressureOfGroup('cpu'))],
};
