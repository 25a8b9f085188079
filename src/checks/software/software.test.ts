import { expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { livingTree, statLine } from '../../../test/fixtures/proc-trees/processes.ts';
import { reading, readingsAfter, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { judge } from '../checklist.ts';

const setting = (name: string, value: number | string): Changes => ({ [`proc/sys/${name}`]: `${value}\n` });

const tasks = (existing: number, lastPid: number): Changes => ({
	'proc/loadavg': `0.10 0.20 0.30 2/${existing} ${lastPid}\n`,
	...setting('kernel/pid_max', 32768),
	...setting('kernel/threads-max', 100_000),
});

test.each([
	[29_000, 'ok'],
	[29_492, 'warn'],
	[31_130, 'bad'],
])('%i threads of 32768 are %s', (existing, verdict) => {
	expect(reading(readingsAfter(tasks(existing, 1)), 'software.tasks').verdict).toBe(verdict);
});

test('the lower of the two limits counts', () => {
	const changes = { ...tasks(900, 1), ...setting('kernel/threads-max', 1000) };
	expect(reading(readingsAfter(changes), 'software.tasks')).toMatchObject({
		verdict: 'warn',
		why: '900 threads exist, 90 % of the 1000 that kernel.threads-max allows',
	});
});

test('numbers of tasks begin anew at the highest', () => {
	const readings = readingsAfter(tasks(10, 500), { from: tasks(10, 32_700) });
	expect(reading(readings, 'software.task-creation')).toMatchObject({ value: 568, verdict: 'ok' });
});

test('a burst of short-lived processes', () => {
	const readings = readingsAfter(tasks(10, 5000), { from: tasks(10, 1000) });
	expect(reading(readings, 'software.task-creation')).toMatchObject({ value: 4000, verdict: 'warn' });
});

const pids = (current: number, most: string, refused: number): Changes => ({
	'proc/self/cgroup': '0::/\n',
	'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n',
	'sys/fs/cgroup/cgroup.procs': '',
	'sys/fs/cgroup/docker/a/pids.current': '1\n',
	'sys/fs/cgroup/docker/a/pids.max': '100\n',
	[`sys/fs/cgroup/docker/${'b1'.repeat(32)}/pids.current`]: `${current}\n`,
	[`sys/fs/cgroup/docker/${'b1'.repeat(32)}/pids.max`]: `${most}\n`,
	[`sys/fs/cgroup/docker/${'b1'.repeat(32)}/pids.events`]: `max ${refused}\n`,
});

test.each([
	[79, 'ok', []],
	[80, 'warn', ['/docker/b1b1b1b1b1b1: 80 of 100 threads']],
	[95, 'bad', ['/docker/b1b1b1b1b1b1: 95 of 100 threads']],
])('%i threads in a control group that may have 100 are %s', (current, verdict, suspects) => {
	const found = reading(readingsAfter(pids(current, '100', 0)), 'software.group-tasks');
	expect(found).toMatchObject({ value: current, verdict, suspects });
	expect(found.why).toContain('/docker/b1b1b1b1b1b1 has');
});

test('a group without a limit is near none', () => {
	expect(reading(readingsAfter(pids(5000, 'max', 0)), 'software.group-tasks')).toMatchObject({ value: 1 });
});

test('a refused thread is counted from the first sample on', () => {
	const readings = readingsAfter(pids(5, '100', 9), { from: pids(5, '100', 7) });
	expect(reading(readings, 'software.refused-tasks')).toMatchObject({
		value: 2,
		verdict: 'bad',
		suspects: ['/docker/b1b1b1b1b1b1: 2 refusals'],
	});
	expect(reading(readingsAfter({}, { from: pids(5, '100', 7) }), 'software.refused-tasks').verdict).toBe('ok');
});

test('without control groups both are unknown', () => {
	const readings = readingsAfter({});
	expect(reading(readings, 'software.group-tasks').verdict).toBe('unknown');
	expect(reading(readings, 'software.refused-tasks').verdict).toBe('unknown');
});

test.each([
	['700\t0\t1000', 70, 'warn'],
	['900\t0\t1000', 90, 'bad'],
	// systemd's "no limit" is no number that anything could be a share of.
	['700\t0\t9223372036854775807', null, 'ok'],
])('open files %j', (text, value, verdict) => {
	const found = reading(readingsAfter(setting('fs/file-nr', text)), 'software.files');
	expect(found).toMatchObject({ value, verdict });
});

test('epoll is ok where its limit is out of reach, and unknown elsewhere', () => {
	const files = (most: number) => ({
		...setting('fs/file-nr', '700\t0\t9223372036854775807'),
		...setting('fs/epoll/max_user_watches', most),
	});
	expect(reading(readingsAfter(files(5_000_000)), 'software.epoll').verdict).toBe('ok');
	expect(reading(readingsAfter(files(1000)), 'software.epoll')).toMatchObject({ value: null, verdict: 'unknown' });
});

test('requests of asynchronous I/O', () => {
	const readings = readingsAfter({ ...setting('fs/aio-nr', 64_000), ...setting('fs/aio-max-nr', 65_536) });
	expect(reading(readings, 'software.aio').verdict).toBe('bad');
	expect(readingsAfter({}).filter(({ check }) => check === 'software.aio')).toEqual([]);
});

const process = (pid: number, stat: string, fdSize: number, open: number): Changes => ({
	[`proc/${pid}/stat`]: stat,
	[`proc/${pid}/status`]: `Name:\tx\nUid:\t1000\t1000\nFDSize:\t${fdSize}\n`,
	[`proc/${pid}/limits`]:
		'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            100                  4096                 files     \n',
	...Object.fromEntries(Array.from({ length: open }, (_, i) => [`proc/${pid}/fd/${i}`, ''])),
});

test('before Linux 6.2 open files are counted only where there may be many', () => {
	const from = {
		...process(812, statLine(812, 'full'), 128, 96),
		...process(813, statLine(813, 'few'), 32, 5),
	};
	expect(reading(readingsAfter({}, { from }), 'software.process-files')).toMatchObject({
		value: 96,
		verdict: 'bad',
		suspects: ['full (pid 812) has 96 of 100 files open'],
	});
	const few = readingsAfter({}, { from: process(813, statLine(813, 'few'), 32, 5) });
	expect(reading(few, 'software.process-files').why).toMatch(/^few \(pid 813\) has at most 32 of the 100/);
});

test('who holds less address space than the maps would take is not asked', () => {
	const maps = (address: number, lines: number) => ({
		...setting('vm/max_map_count', 1000),
		'proc/812/stat': statLine(812, 'java', { address }),
		'proc/812/maps': '7f00-7f01 rw-p 00000000 00:00 0 \n'.repeat(lines),
	});
	const ask = (from: Changes) => reading(readingsAfter({}, { from }), 'software.maps');
	expect(ask(maps(1e6, 900))).toMatchObject({ value: null, verdict: 'ok' });
	expect(ask(maps(1e9, 900))).toMatchObject({
		value: 90,
		verdict: 'warn',
		why: 'java (pid 812) has 900 maps, 90 % of vm.max_map_count (1000)',
		suspects: ['java (pid 812) has 900 of 1000 maps'],
	});
	expect(ask(maps(1e9, 5))).toMatchObject({ value: 0.5, verdict: 'ok' });
});

const zombies = (count: number): Changes => ({
	'proc/812/stat': statLine(812, 'careless'),
	...Object.fromEntries(
		Array.from({ length: count }, (_, i) => [
			`proc/${900 + i}/stat`,
			statLine(900 + i, 'gone', { state: 'Z', parent: 812 }),
		]),
	),
});

test.each([
	[0, 'ok'],
	[49, 'ok'],
	[50, 'warn'],
])('%i zombies are %s', (count, verdict) => {
	const found = reading(readingsAfter(zombies(count)), 'software.zombies');
	expect(found).toMatchObject({ value: count, verdict });
	if (count > 0) expect(found.suspects).toEqual([`careless (pid 812) leaves ${count} zombies`]);
});

test('a process that can’t be woken is stuck while it does not run; frozen ones and threads of the kernel are not', () => {
	const { host, process, write, wait } = livingTree();
	const kernelThread = 0x00200000;
	const blocked = (ran: string) => {
		process(812, 'dd', { state: 'D' });
		write('812/schedstat', ran);
		write('812/wchan', 'folio_wait_bit_common');
		process(813, 'paused', { state: 'D' });
		write('813/wchan', '__refrigerator');
		process(814, 'kworker', { state: 'D', flags: kernelThread });
	};
	const stuck = () => {
		const sample = sampleHost(host, ['software']);
		return reading(judge({ before: sample, now: sample, first: sample }), 'software.stuck');
	};
	blocked('1 2 3');
	expect(stuck()).toMatchObject({ value: 0, verdict: 'ok', why: 'no process is stuck in the kernel' });
	wait(5);
	expect(stuck()).toMatchObject({
		value: 5,
		verdict: 'warn',
		why: 'dd (pid 812) has been stuck in folio_wait_bit_common for 5 s',
		suspects: ['dd (pid 812) waits in folio_wait_bit_common for 5 s'],
	});
	wait(25);
	expect(stuck().verdict).toBe('bad');
	blocked('1 2 4');
	wait(1);
	expect(stuck(), 'it has run meanwhile').toMatchObject({ value: 0, verdict: 'ok' });
});

const source = 'sys/devices/system/clocksource/clocksource0/current_clocksource';

test('a clock source that changed, or is slow', () => {
	const changed = readingsAfter({ [source]: 'hpet\n' }, { from: { [source]: 'tsc\n' } });
	expect(reading(changed, 'software.clock-source')).toMatchObject({
		verdict: 'warn',
		why: 'the clock source was tsc and is hpet now',
	});
	const slow = readingsAfter({}, { from: { [source]: 'acpi_pm\n' } });
	expect(reading(slow, 'software.clock-source').verdict).toBe('warn');
	const quick = readingsAfter({}, { from: { [source]: 'tsc\n' } });
	expect(reading(quick, 'software.clock-source').verdict).toBe('ok');
});

test('a clock that follows a server, as far as files tell', () => {
	const run = 'proc/1/root/run/systemd/timesync';
	const after = (from: Changes) => reading(readingsAfter({}, { from }), 'software.clock-sync');
	expect(after({}).verdict).toBe('unknown');
	expect(after({ [`${run}/synchronized`]: '' }).verdict).toBe('ok');
	expect(after({ [`${run}/other`]: '' })).toMatchObject({ verdict: 'warn' });
});

test('randomness runs out on old kernels only', () => {
	const random = (size: number, left: number): Changes => ({
		...setting('kernel/random/poolsize', size),
		...setting('kernel/random/entropy_avail', left),
	});
	expect(reading(readingsAfter(random(4096, 100)), 'software.entropy').verdict).toBe('warn');
	expect(readingsAfter(random(256, 100)).filter(({ check }) => check === 'software.entropy')).toEqual([]);
});

test('locks are unknown, with the tools that tell', () => {
	const found = reading(readingsAfter({}), 'software.locks');
	expect(found).toMatchObject({ value: null, verdict: 'unknown' });
	expect(found.why).toMatch(/futexctn.*klockstat.*offcputime/);
});

test('hung tasks', () => {
	const hung = (count: number) => setting('kernel/hung_task_detect_count', count);
	expect(reading(readingsAfter(hung(3), { from: hung(1) }), 'software.hung-tasks')).toMatchObject({
		value: 2,
		verdict: 'bad',
	});
});
