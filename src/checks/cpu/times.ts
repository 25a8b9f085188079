import { growth, Unmeasurable } from '../measuring.ts';

/** In the order of /proc/stat. Guest time comes after these and is a part of user and nice already. */
export const timeNames = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
export type CpuTimes = Record<(typeof timeNames)[number], number>;

/** Each kind of time in percent of all that passed. Written out, as hundreds of CPUs ask each second. */
export function sharesOf(before: CpuTimes, now: CpuTimes): CpuTimes {
	const user = growth('user CPU time', before.user, now.user);
	const nice = growth('nice CPU time', before.nice, now.nice);
	const system = growth('system CPU time', before.system, now.system);
	// These two step backwards on some kernels (they are guesses, corrected later); that is not a reset.
	const idle = Math.max(0, now.idle - before.idle);
	const iowait = Math.max(0, now.iowait - before.iowait);
	const irq = growth('irq CPU time', before.irq, now.irq);
	const softirq = growth('softirq CPU time', before.softirq, now.softirq);
	const steal = growth('steal CPU time', before.steal, now.steal);
	const total = user + nice + system + idle + iowait + irq + softirq + steal;
	if (total === 0) throw new Unmeasurable('no CPU time passed between the two samples');
	const share = 100 / total;
	return {
		user: user * share,
		nice: nice * share,
		system: system * share,
		idle: idle * share,
		iowait: iowait * share,
		irq: irq * share,
		softirq: softirq * share,
		steal: steal * share,
	};
}

export function busyOf({ user, nice, system, irq, softirq }: CpuTimes): number {
	return user + nice + system + irq + softirq;
}
