import { join } from 'node:path';
import type { ControlFiles } from '../../host/cgroup.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { lineOf } from '../container/group.ts';
import { groupsUnseen, limitedGroups } from '../limited-groups.ts';
import { finding, grade, growth, known, perSecond } from '../measuring.ts';
import { counted, percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';

/** What the kernel counts for a group with a quota. */
export interface Throttling {
	periods: number;
	throttled: number;
	/** Summed over the CPUs. */
	seconds: number;
}

/** By control group; undefined when none can be seen. */
export interface HasQuotas {
	quotas: Map<string, Throttling> | undefined;
}

/** In CPUs; undefined for a group without a quota of its own. */
export function readQuota(folder: string, version: ControlFiles['version']): number | undefined {
	return version === 1 ? readOldQuota(folder) : readNewQuota(folder);
}

/** "max 100000" or "20000 100000": microseconds in each period. */
function readNewQuota(folder: string): number | undefined {
	const [, quota, period] = /^(\d+) (\d+)/.exec(readText(join(folder, 'cpu.max')) ?? '') ?? [];
	return quota && period ? Number(quota) / Number(period) : undefined;
}

function readOldQuota(folder: string): number | undefined {
	const quota = readNumber(join(folder, 'cpu.cfs_quota_us')) ?? -1;
	const period = readNumber(join(folder, 'cpu.cfs_period_us')) ?? 0;
	return quota > 0 && period > 0 ? quota / period : undefined;
}

/** Undefined for a group that never had a quota. */
export function readThrottling(folder: string): Throttling | undefined {
	const stat = readText(join(folder, 'cpu.stat'));
	const periods = lineOf(stat, 'nr_periods');
	const throttled = lineOf(stat, 'nr_throttled');
	const microseconds = lineOf(stat, 'throttled_usec');
	const nanoseconds = lineOf(stat, 'throttled_time');
	if (!periods || throttled === undefined) return undefined;
	if (microseconds !== undefined) return { periods, throttled, seconds: microseconds / 1e6 };
	return nanoseconds === undefined ? undefined : { periods, throttled, seconds: nanoseconds / 1e9 };
}

const groupsWithQuota = limitedGroups('cpu', (folder, version) => readQuota(folder, version) !== undefined);

export function readQuotas(host: Host): HasQuotas['quotas'] {
	const none = { periods: 0, throttled: 0, seconds: 0 };
	const groups = groupsWithQuota(host);
	return groups && new Map(groups.map(({ name, folder }) => [name, readThrottling(folder) ?? none]));
}

/** In how many of its periods a group was stopped. */
export function throttledShare(before: Throttling, now: Throttling): number {
	const periods = growth('nr_periods', before.periods, now.periods);
	const throttled = growth('nr_throttled', before.throttled, now.throttled);
	return periods ? (throttled / periods) * 100 : 0;
}

const namedGroups = 3;

export const quotas: Check<HasQuotas> = {
	name: 'cpu.quota',
	kind: 'saturation',
	title: 'Control groups held back by their CPU quota',
	unit: '%',
	source:
		'cpu.stat: nr_throttled as a share of nr_periods between two samples, of the control group with a quota where it is most (200 at most are read)',
	limits: ['cpu.throttled'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const groups = [...known(now.quotas, groupsUnseen)];
			if (groups.length === 0) return { value: null, verdict: 'ok', why: 'no control group has a CPU quota' };
			const held = groups
				.flatMap(([name, counts]) => {
					const earlier = before.quotas?.get(name);
					// One that was made anew under its old name counts from zero.
					if (!earlier || counts.periods < earlier.periods || counts.seconds < earlier.seconds) return [];
					const stood = perSecond(counts.seconds - earlier.seconds, seconds);
					return [{ name, stood, share: throttledShare(earlier, counts) }];
				})
				.filter(({ share }) => share > 0)
				.sort((a, b) => b.share - a.share);
			const [most] = held;
			if (!most) {
				const why = `no control group of ${groups.length} with a CPU quota was held back by it`;
				return { value: 0, verdict: 'ok', why };
			}
			const why = `${most.name} was held back by its CPU quota in ${percent(most.share)} of the periods, ${short(most.stood)} s a second over all CPUs (${held.length} of ${counted(groups.length, 'group')} with a quota ${held.length === 1 ? 'was' : 'were'})`;
			const suspects = held
				.filter(({ share }) => share >= limits('cpu.throttled').warn)
				.slice(0, namedGroups)
				.map(({ name, share }) => `${name}: ${percent(share)} of the periods`);
			return { value: most.share, verdict: grade(most.share, limits('cpu.throttled')), why, suspects };
		}),
	],
};
