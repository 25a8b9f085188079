import { growth, Unmeasurable } from '../measuring.ts';

/** In the order of /proc/stat. Guest time comes after these and is a part of user and nice already. */
export const timeNames = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
export type CpuTimes = Record<(typeof timeNames)[number], number>;

/** Each kind of time in percent of all that passed. */
export function sharesOf(before: CpuTimes, now: CpuTimes): CpuTimes {
	const shares = { ...now };
	for (const name of timeNames) shares[name] = spent(name, before[name], now[name]);
	const total = totalOf(shares);
	if (total === 0) throw new Unmeasurable('no CPU time passed between the two samples');
	for (const name of timeNames) shares[name] *= 100 / total;
	return shares;
}

/** Idle and iowait step backwards on some kernels (they are guesses, corrected later); that is not a reset. */
function spent(name: (typeof timeNames)[number], before: number, now: number): number {
	if (name === 'idle' || name === 'iowait') return Math.max(0, now - before);
	return growth(`${name} CPU time`, before, now);
}

function totalOf(times: CpuTimes): number {
	return timeNames.reduce((sum, name) => sum + times[name], 0);
}

export function busyOf({ user, nice, system, irq, softirq }: CpuTimes): number {
	return user + nice + system + irq + softirq;
}
