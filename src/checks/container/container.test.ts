import { describe, expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import {
	changed,
	containerReadings,
	group,
	groupOf,
	id,
	version1,
	version2,
} from '../../../test/fixtures/proc-trees/containers.ts';
import { reading } from '../../../test/fixtures/proc-trees/readings.ts';

const replaced = (from: string | RegExp, to: string) => (captured: string) => captured.replace(from, to);

describe.each<[string, Changes]>([
	['version 2', version2],
	['version 1', version1],
])('%s, a container that does nothing', (_, tree) => {
	const readings = () => containerReadings(tree);

	test('is ok, and what can’t be known is not', () => {
		expect(reading(readings(), 'cpu.utilization')).toMatchObject({ value: 0, verdict: 'ok' });
		expect(reading(readings(), 'cpu.quota')).toMatchObject({
			value: 0,
			verdict: 'ok',
			why: 'the container was not held back by its quota of 0.2 CPUs',
		});
		expect(reading(readings(), 'memory.oom')).toMatchObject({ value: 0, verdict: 'ok' });
		expect(reading(readings(), 'memory.utilization').why).toBe('the container holds 20 MB, 30 % of its limit of 67 MB');
		expect(reading(readings(), 'disk.utilization', 'vda')).toMatchObject({ value: 0, verdict: 'ok' });
		expect(reading(readings(), 'disk.errors').verdict).toBe('unknown');
		expect(reading(readings(), 'network.drops', 'eth0')).toMatchObject({ value: 0, verdict: 'ok' });
		expect(readings().some(({ check }) => check === 'network.softnet')).toBe(false);
	});
});

test('its CPU time is measured against its quota', () => {
	const used = { [`${group}/cpu.stat`]: replaced('usage_usec 1000000', 'usage_usec 1180000') };
	expect(reading(containerReadings(version2, used), 'cpu.utilization')).toMatchObject({
		value: expect.closeTo(90),
		verdict: 'warn',
		why: 'the container uses 0.18 CPUs, 90 % of its quota of 0.2 CPUs',
	});
	const old = { [`${groupOf('cpuacct')}/cpuacct.usage`]: '1200000000\n' };
	expect(reading(containerReadings(version1, old), 'cpu.utilization')).toMatchObject({ verdict: 'bad' });
});

test.each([
	[
		'without a quota, the CPUs that it may run on',
		{ [`${group}/cpu.max`]: 'max 100000\n' },
		'of the 2 CPUs it may run on',
	],
	['a quota of more than that', { [`${group}/cpu.max`]: '800000 100000\n' }, 'of the 2 CPUs it may run on'],
	['a lower quota above it', { 'sys/fs/cgroup/docker/cpu.max': '10000 100000\n' }, 'of its quota of 0.1 CPUs'],
])('%s', (_, changes, expected) => {
	expect(reading(containerReadings({ ...version2, ...changes }), 'cpu.utilization').why).toContain(expected);
});

test.each([
	[9, 'ok'],
	[10, 'warn'],
	[25, 'bad'],
])('held back in %i of 100 periods is %s', (throttled, verdict) => {
	const later = `nr_periods 200\nnr_throttled ${throttled}\nthrottled_`;
	const now = { [`${group}/cpu.stat`]: `usage_usec 1000000\n${later}usec 500000\n` };
	expect(reading(containerReadings(version2, now), 'cpu.quota')).toMatchObject({ value: throttled, verdict });
	const old = { [`${groupOf('cpu')}/cpu.stat`]: `${later}time 500000000\n` };
	expect(reading(containerReadings(version1, old), 'cpu.quota')).toMatchObject({
		value: throttled,
		why: `the container was held back by its quota of 0.2 CPUs in ${throttled} % of the periods, 0.5 s a second over all CPUs`,
	});
});

test('whoever holds it back counts: a group above, or one within', () => {
	const held = 'usage_usec 1\nnr_periods 40\nnr_throttled 20\nthrottled_usec 1\n';
	const free = 'usage_usec 1\nnr_periods 1\nnr_throttled 0\nthrottled_usec 0\n';
	for (const folder of ['sys/fs/cgroup/docker', `${group}/within`]) {
		const found = containerReadings({ ...version2, [`${folder}/cpu.stat`]: free }, { [`${folder}/cpu.stat`]: held });
		expect(reading(found, 'cpu.quota'), folder).toMatchObject({ verdict: 'bad' });
	}
});

test('pressure is its own, and version 1 has none', () => {
	const waited = { [`${group}/cpu.pressure`]: replaced(/some (.*)total=0/, 'some $1total=600000') };
	expect(reading(containerReadings(version2, waited), 'cpu.pressure')).toMatchObject({ value: 60, verdict: 'bad' });
	expect(reading(containerReadings(version1), 'cpu.pressure')).toMatchObject({
		value: null,
		verdict: 'unknown',
		why: 'the kernel does not count how long this container waits: there is no cpu.pressure (cgroup v1, or PSI off)',
	});
});

describe('memory', () => {
	test.each([
		['version 2', version2, { [`${group}/memory.events`]: replaced('oom_kill 0', 'oom_kill 2') }],
		['version 1', version1, { [`${groupOf('memory')}/memory.oom_control`]: replaced('oom_kill 0', 'oom_kill 2') }],
		[
			'version 1, in a group within',
			{ ...version1, [`${groupOf('memory')}/within/memory.oom_control`]: 'oom_kill 1\n' },
			{ [`${groupOf('memory')}/within/memory.oom_control`]: 'oom_kill 3\n' },
		],
	])('an OOM kill is an error (%s)', (_, from, changes) => {
		expect(reading(containerReadings(from, changes), 'memory.oom')).toMatchObject({ value: 2, verdict: 'bad' });
	});

	test('without a limit, it is the host’s', () => {
		const unlimited: Changes[] = [
			{ ...version2, [`${group}/memory.max`]: 'max\n' },
			{ ...version1, [`${groupOf('memory')}/memory.limit_in_bytes`]: '9223372036854771712\n' },
		];
		for (const tree of unlimited) {
			expect(reading(containerReadings(tree), 'memory.utilization').why).toBe(
				'the container holds 20 MB, 0.1 % of the host’s 25 GB, as it has no limit',
			);
		}
	});

	test('a limit above it counts', () => {
		const tree = { ...version2, 'sys/fs/cgroup/docker/memory.max': '21000000\n' };
		expect(reading(containerReadings(tree), 'memory.utilization')).toMatchObject({ verdict: 'bad' });
	});

	test('hits of the limit matter when nothing is left to give back', () => {
		const hits = { [`${group}/memory.events`]: replaced('max 0', 'max 40') };
		expect(reading(containerReadings(version2, hits), 'memory.limit')).toMatchObject({ value: 40, verdict: 'ok' });
		const full = { ...version2, [`${group}/memory.current`]: '75000000\n' };
		expect(reading(containerReadings(full, hits), 'memory.limit')).toMatchObject({
			verdict: 'warn',
			why: 'the container runs into its limit 40 times a second, into memory.high 0 times; it holds 65 MB, 97 % of its limit of 67 MB',
		});
		const slowed = { [`${group}/memory.events`]: replaced('high 0', 'high 1') };
		expect(reading(containerReadings(version2, slowed), 'memory.limit').verdict).toBe('warn');
	});

	const killed = (name: string, pid: number, path = `/docker/${id}`) =>
		`6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=${path},task_memcg=${path},task=${name},pid=${pid},uid=0\n`;

	test('whom it killed is told by the kernel’s log, and of whom it killed elsewhere nothing', () => {
		const tree = { ...version2, 'dev/kmsg': killed('before', 7) };
		const found = containerReadings(tree, {
			'dev/kmsg': killed('before', 7) + killed('java', 812) + killed('other', 9, '/docker/other'),
			[`${group}/memory.events`]: replaced('oom_kill 0', 'oom_kill 1'),
		});
		expect(reading(found, 'memory.oom')).toMatchObject({
			verdict: 'bad',
			why: 'the container: 1 OOM kill since this console started, 1 since it started; the last was java (pid 812)',
			suspects: ['java (pid 812): OOM kill'],
		});
	});

	test('a container that ended by it is told of as well', () => {
		const found = containerReadings(version2, {
			'dev/kmsg': killed('java', 812),
			'proc/900/cgroup': null,
			'proc/900/stat': null,
			'proc/vmstat': 'oom_kill 1\n',
		});
		expect(reading(found, 'memory.oom')).toMatchObject({
			verdict: 'bad',
			why: 'container:web has ended, and for want of memory the kernel had killed java (pid 812) in it',
		});
	});

	const hostSwap = { 'proc/meminfo': 'MemTotal: 24684096 kB\nSwapTotal: 1000000 kB\n' };

	test.each([
		['its own limit', { 'memory.swap.current': '45000000\n', 'memory.swap.max': '50000000\n' }, 90, 'bad'],
		['no limit', { 'memory.swap.current': '512000000\n', 'memory.swap.max': 'max\n' }, 50, 'ok'],
		['none allowed', { 'memory.swap.current': '0\n', 'memory.swap.max': '0\n' }, null, 'ok'],
	])('swap, with %s (version 2)', (_, files, value, verdict) => {
		const own = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${group}/${name}`, text]));
		expect(reading(containerReadings({ ...version2, ...hostSwap, ...own }), 'memory.swap')).toMatchObject({
			value,
			verdict,
		});
	});

	test('swap (version 1)', () => {
		const tree = {
			...version1,
			...hostSwap,
			[`${groupOf('memory')}/memory.memsw.limit_in_bytes`]: `${67108864 + 50_000_000}\n`,
			[`${groupOf('memory')}/memory.stat`]: 'total_inactive_file 10000000\ntotal_swap 40000000\n',
		};
		expect(reading(containerReadings(tree), 'memory.swap')).toMatchObject({
			value: 80,
			verdict: 'warn',
			why: 'the container has 40 MB in swap, 80 % of the 50 MB that it may have',
		});
	});

	test('a host without swap, or that does not count it, has no reading', () => {
		const own = { [`${group}/memory.swap.current`]: '0\n', [`${group}/memory.swap.max`]: 'max\n' };
		for (const tree of [
			{ ...version2, ...own },
			{ ...version2, ...hostSwap },
		]) {
			expect(containerReadings(tree).some(({ check }) => check === 'memory.swap')).toBe(false);
		}
	});

	test.each([
		['version 2', version2, `${group}/memory.stat`, ''],
		['version 1', version1, `${groupOf('memory')}/memory.stat`, 'total_'],
	])('pages that come from a disk (%s)', (_, tree, file, prefix) => {
		const stat = (faults: number, refaults: number) => ({
			[file]: `${prefix}pgmajfault ${faults}\n${prefix}workingset_refault_anon 0\n${prefix}workingset_refault_file ${refaults}\n`,
		});
		const found = containerReadings({ ...tree, ...stat(5, 0) }, stat(155, 300));
		expect(reading(found, 'memory.major-faults')).toMatchObject({
			value: 150,
			verdict: 'bad',
			why: 'the container waits for 150 pages a second from a disk, and reads 300 again that its memory had no room to keep',
		});
	});

	test('where its controller is off, nobody knows', () => {
		const tree = changed(version2, { [`${group}/memory.current`]: null, [`${group}/memory.events`]: null });
		const readings = containerReadings(tree);
		for (const check of ['memory.oom', 'memory.utilization', 'memory.limit']) {
			expect(reading(readings, check).verdict, check).toBe('unknown');
		}
	});
});

describe('disks', () => {
	const field = (name: number, add: number) => (captured: string) =>
		captured.replace(/^( +254 +0 vda )(.*)$/m, (_, head, rest) => {
			const fields = rest.split(' ').map(Number);
			fields[name] += add;
			return head + fields.join(' ');
		});
	const worked = (sectors: number, busyMs: number) => (captured: string) =>
		field(9, busyMs)(field(6, sectors)(captured));

	test.each([
		[
			'version 2',
			version2,
			{ [`${group}/io.stat`]: replaced('wbytes=0 rios=1 wios=0', 'wbytes=409600 rios=1 wios=100') },
		],
		[
			'version 1',
			version1,
			{
				[`${groupOf('blkio')}/blkio.throttle.io_service_bytes_recursive`]: replaced('Write 0', 'Write 409600'),
				[`${groupOf('blkio')}/blkio.throttle.io_serviced_recursive`]: replaced('Write 0', 'Write 100'),
			},
		],
	])('it has its share of the time that the disk is busy (%s)', (_, tree, changes) => {
		const readings = containerReadings(tree, { ...changes, 'proc/diskstats': worked(1600, 1000) });
		expect(reading(readings, 'disk.utilization', 'vda')).toMatchObject({
			value: 50,
			verdict: 'ok',
			why: 'vda: the container has 0 reads/s of 0 B/s, 100 writes/s of 410 kB/s; the disk is 100 % busy, 50 % of that for it',
		});
	});

	test('a disk that it keeps busy alone', () => {
		const io = { [`${group}/io.stat`]: replaced('wbytes=0', 'wbytes=409600'), 'proc/diskstats': worked(800, 990) };
		// A virtual disk serves many requests at once.
		expect(reading(containerReadings(version2, io), 'disk.utilization', 'vda')).toMatchObject({
			value: 99,
			verdict: 'warn',
		});
	});

	test('where version 1 counts nothing, its processes do', () => {
		const nothing = {
			...version1,
			[`${groupOf('blkio')}/blkio.throttle.io_service_bytes_recursive`]: 'Total 0\n',
			[`${groupOf('blkio')}/blkio.throttle.io_serviced_recursive`]: 'Total 0\n',
			'proc/900/io': 'read_bytes: 0\nwrite_bytes: 1000\n',
		};
		const wrote = { 'proc/900/io': 'read_bytes: 0\nwrite_bytes: 5001000\n' };
		const calm = containerReadings(nothing, wrote);
		expect(calm.some(({ check }) => check === 'disk.utilization')).toBe(false);
		expect(reading(calm, 'disk.traffic')).toMatchObject({
			value: 5e6,
			verdict: 'ok',
			why: 'the container’s processes read 0 B/s and write 5.0 MB/s; the busiest disk, vda, is 0 % busy',
		});
		const busy = containerReadings(nothing, { ...wrote, 'proc/diskstats': worked(800, 990) });
		expect(reading(busy, 'disk.traffic').verdict).toBe('warn');
		const closed = containerReadings({ ...nothing, 'proc/900/io': '' });
		expect(reading(closed, 'disk.traffic')).toMatchObject({ value: null, verdict: 'unknown' });
	});

	test('where its controller is off, nobody knows', () => {
		const tree = changed(version2, { [`${group}/io.stat`]: null });
		expect(reading(containerReadings(tree), 'disk.utilization')).toMatchObject({ value: null, verdict: 'unknown' });
	});
});

describe('a container that ends', () => {
	test('is unknown, with the reason', () => {
		const readings = containerReadings(version2, { 'proc/900/cgroup': null, 'proc/900/stat': null });
		for (const { check, verdict, value, why } of readings) {
			expect({ verdict, value }, check).toEqual({ verdict: 'unknown', value: null });
			expect(why, check).toBe('container:web has no process any more: it has ended');
		}
	});

	test('with an OOM kill of the host beside it, warns', () => {
		const ended = { 'proc/900/cgroup': null, 'proc/900/stat': null, 'proc/vmstat': 'oom_kill 1\n' };
		expect(reading(containerReadings(version2, ended), 'memory.oom')).toMatchObject({
			value: 1,
			verdict: 'warn',
			why: 'container:web has ended, and since this console started the host counted 1 OOM kill: dmesg tells whose',
		});
	});

	test('and starts again is found by its id, with its counters as they begin', () => {
		const restarted = {
			'proc/900/cgroup': null,
			'proc/950/cgroup': `0::/docker/${id}\n`,
			'proc/950/stat': `950 (sh) S 1 ${'0 '.repeat(17)}9000 0`,
			'proc/950/net/dev': '',
			'proc/vmstat': 'oom_kill 1\n',
			[`${group}/cpu.stat`]: 'usage_usec 5\nnr_periods 1\nnr_throttled 0\nthrottled_usec 0\n',
		};
		const readings = containerReadings(version2, restarted);
		expect(reading(readings, 'memory.utilization').verdict).toBe('ok');
		expect(reading(readings, 'cpu.utilization').why).toBe('the CPU time of its control group: the counter was reset');
		expect(reading(readings, 'memory.oom').why).toMatch(/^container:web was started anew, and .* counted 1 OOM kill/);
		expect(reading(readings, 'network.drops').why).toBe('it was started anew just now');
	});
});
