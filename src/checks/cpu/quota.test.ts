import { describe, expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

/** A group with a quota of half a CPU; null for none. */
type Group = { periods: number; throttled: number; seconds: number } | null;

const version2 = (groups: Record<string, Group>): Changes => ({
	'proc/self/cgroup': '0::/\n',
	'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n',
	'sys/fs/cgroup/cgroup.procs': '',
	...Object.fromEntries(
		Object.entries(groups).flatMap(([name, group]) => [
			[`sys/fs/cgroup/${name}/cpu.max`, group ? '50000 100000\n' : 'max 100000\n'],
			[
				`sys/fs/cgroup/${name}/cpu.stat`,
				`usage_usec 9\nnr_periods ${group?.periods ?? 0}\nnr_throttled ${group?.throttled ?? 0}\nthrottled_usec ${(group?.seconds ?? 0) * 1e6}\n`,
			],
		]),
	),
});

const version1 = (groups: Record<string, Group>): Changes => ({
	'proc/self/cgroup': '1:cpu,cpuacct:/\n',
	'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n',
	'sys/fs/cgroup/cpu/cgroup.procs': '',
	...Object.fromEntries(
		Object.entries(groups).flatMap(([name, group]) => [
			[`sys/fs/cgroup/cpu/${name}/cpu.cfs_quota_us`, group ? '50000\n' : '-1\n'],
			[`sys/fs/cgroup/cpu/${name}/cpu.cfs_period_us`, '100000\n'],
			[
				`sys/fs/cgroup/cpu/${name}/cpu.stat`,
				`nr_periods ${group?.periods ?? 0}\nnr_throttled ${group?.throttled ?? 0}\nthrottled_time ${(group?.seconds ?? 0) * 1e9}\n`,
			],
		]),
	),
});

const at = (periods: number, throttled: number, seconds = 0) => ({ periods, throttled, seconds });

describe.each([
	['version 2', version2],
	['version 1', version1],
])('%s', (_, tree) => {
	const quotaAfter = (before: Record<string, Group>, now: Record<string, Group>) =>
		reading(readingsAfter(tree(now), { from: tree(before) }), 'cpu.quota');

	test('groups without a quota', () => {
		expect(quotaAfter({ a: null, 'a/b': null }, { a: null, 'a/b': null })).toMatchObject({
			value: null,
			verdict: 'ok',
			why: 'no control group has a CPU quota',
		});
	});

	test.each([
		[0, 'ok'],
		[9, 'ok'],
		[10, 'warn'],
		[25, 'bad'],
	])('held back in %i of 100 periods is %s', (throttled, verdict) => {
		expect(quotaAfter({ a: at(50, 7) }, { a: at(150, 7 + throttled) })).toMatchObject({ value: throttled, verdict });
	});

	test('the worst group is told, and those that are as bad are named', () => {
		const before = { web: at(10, 0), 'web/inner': at(10, 0), db: at(10, 0, 1), idle: at(0, 0), free: null };
		const now = { web: at(20, 1), 'web/inner': at(20, 5), db: at(20, 9, 2.5), idle: at(0, 0), free: null };
		expect(quotaAfter(before, now)).toMatchObject({
			value: 90,
			verdict: 'bad',
			why: '/db was held back by its CPU quota in 90 % of the periods, 1.5 s a second over all CPUs (3 of 4 groups with a quota were)',
			suspects: ['/db: 90 % of the periods', '/web/inner: 50 % of the periods', '/web: 10 % of the periods'],
		});
	});

	test('a group that is new, gone or made anew between two samples hides no other', () => {
		const before = { gone: at(10, 0), anew: at(500, 400, 9), web: at(10, 0) };
		const now = { anew: at(10, 10, 1), new: at(10, 10), web: at(20, 3) };
		expect(quotaAfter(before, now)).toMatchObject({
			value: 30,
			verdict: 'bad',
			suspects: ['/web: 30 % of the periods'],
		});
	});
});

test('where control groups can’t be seen it is unknown', () => {
	expect(reading(readingsAfter({}), 'cpu.quota')).toMatchObject({ value: null, verdict: 'unknown' });
});
