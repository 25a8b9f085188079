import { expect, test } from 'vitest';
import { alteredTree, type Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading } from '../../../test/fixtures/proc-trees/readings.ts';
import type { ProcessTarget, Reading } from '../check.ts';
import { judge, takeSample } from '../checklist.ts';

const target: ProcessTarget = { kind: 'process', name: 'pid:812', pid: 812 };

interface Counts {
	majorFaults?: number;
	cpuTicks?: number;
	startTicks?: number;
	pages?: number;
	blockedTicks?: number;
}

/** A line of /proc/PID/stat, of 52 fields. */
function stat(pid: number, name: string, counts: Counts = {}): string {
	const fields = new Array(50).fill(0);
	fields[9] = counts.majorFaults ?? 0;
	fields[11] = counts.cpuTicks ?? 0;
	fields[19] = counts.startTicks ?? 5000;
	fields[21] = counts.pages ?? 1000;
	fields[39] = counts.blockedTicks ?? 0;
	return `${pid} (${name}) S ${fields.slice(1).join(' ')}`;
}

const tree: Changes = {
	'proc/812/stat': stat(812, 'data base)'),
	'proc/812/status': 'Name:\tdata base)\nVmSwap:\t  1000 kB\nCpus_allowed_list:\t0-3\n',
	'proc/812/io': 'read_bytes: 0\nwrite_bytes: 0\n',
	'proc/812/task/812/stat': stat(812, 'data base)'),
	'proc/812/task/812/schedstat': '0 0 0\n',
	'proc/812/task/813/stat': stat(813, 'worker'),
	'proc/812/task/813/schedstat': '0 0 0\n',
	'proc/812/net/dev': '  eth0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n',
};

function readings(changes: Changes, from = tree): Reading[] {
	const before = { ...takeSample(alteredTree(from), target), at: 0 };
	const now = { ...takeSample(alteredTree({ ...from, ...changes }), target), at: 1000 };
	return judge({ before, now, first: before });
}

test('what it uses is a share of the CPUs that it may run on', () => {
	const used = { 'proc/812/stat': stat(812, 'data base)', { cpuTicks: 360 }) };
	expect(reading(readings(used), 'cpu.utilization')).toMatchObject({
		value: 90,
		verdict: 'warn',
		why: 'data base) uses 3.6 CPUs, 90 % of the 4 CPUs it may use',
	});
});

test('one thread that has a whole CPU is found in a low average', () => {
	const hot = {
		'proc/812/stat': stat(812, 'data base)', { cpuTicks: 100 }),
		'proc/812/task/813/stat': stat(813, 'worker', { cpuTicks: 98 }),
	};
	expect(reading(readings(hot), 'cpu.utilization')).toMatchObject({
		value: 25,
		verdict: 'warn',
		why: 'data base) uses 1 CPU, 25 % of the 4 CPUs it may use; its thread worker (813) is 98 % busy and can use no second CPU',
	});
});

test.each([
	[190_000_000, 'ok'],
	[200_000_000, 'warn'],
	[500_000_000, 'bad'],
])('a thread that waits %i ns of a second for a CPU is %s', (waited, verdict) => {
	const found = reading(readings({ 'proc/812/task/813/schedstat': `9 ${waited} 3\n` }), 'cpu.run-delay');
	expect(found).toMatchObject({ verdict, why: expect.stringContaining('thread worker (813) waited for a CPU') });
});

test('without schedstat nobody knows who waits', () => {
	const without = { ...tree, 'proc/812/task/812/schedstat': '', 'proc/812/task/813/schedstat': '' };
	expect(reading(readings({}, without), 'cpu.run-delay')).toMatchObject({ value: null, verdict: 'unknown' });
});

test('what it holds is a share of the host’s memory, or of what its group may hold', () => {
	expect(reading(readings({}), 'memory.utilization').why).toBe(
		'data base) holds 4.1 MB, 0 % of the 25 GB it may have, and has 1.0 MB in swap',
	);
	const limited = {
		...tree,
		'proc/self/cgroup': '0::/\n',
		'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n',
		'proc/812/cgroup': '0::/web.service\n',
		'sys/fs/cgroup/web.service/memory.max': '4200000\n',
	};
	expect(reading(readings({}, limited), 'memory.utilization')).toMatchObject({ verdict: 'bad' });
});

test('pages that it waits for', () => {
	const faulting = { 'proc/812/stat': stat(812, 'data base)', { majorFaults: 10 }) };
	expect(reading(readings(faulting), 'memory.major-faults')).toMatchObject({ value: 10, verdict: 'warn' });
});

test('what it writes, and that it may not be known', () => {
	const wrote = { 'proc/812/io': 'read_bytes: 0\nwrite_bytes: 5000000\n' };
	expect(reading(readings(wrote), 'disk.traffic')).toMatchObject({
		value: 5e6,
		verdict: 'ok',
		why: 'data base) reads 0 B/s and writes 5.0 MB/s; the busiest disk, vda, is 0 % busy',
	});
	expect(reading(readings({ 'proc/812/io': '' }), 'disk.traffic')).toMatchObject({ value: null, verdict: 'unknown' });
});

test('how long it waits for disks, where the kernel counts', () => {
	const waited = { 'proc/812/task/813/stat': stat(813, 'worker', { blockedTicks: 40 }) };
	expect(reading(readings(waited), 'disk.waiting')).toMatchObject({ value: 40, verdict: 'bad' });
	const off = { ...tree, 'proc/sys/kernel/task_delayacct': '0\n' };
	expect(reading(readings(waited, off), 'disk.waiting')).toMatchObject({
		value: null,
		verdict: 'unknown',
		why: 'the kernel does not count it: kernel.task_delayacct is 0',
	});
});

test('its network is that of its namespace', () => {
	expect(reading(readings({}), 'network.utilization', 'eth0').verdict).toBe('unknown');
	expect(reading(readings({}), 'network.drops', 'eth0')).toMatchObject({ value: 0, verdict: 'ok' });
});

test('a pid that was given to another process is no answer', () => {
	const another = readings({ 'proc/812/stat': stat(812, 'other', { startTicks: 9000, cpuTicks: 1 }) });
	const counted = another.filter(({ resource }) => resource !== 'network');
	expect(counted.filter(({ verdict }) => verdict !== 'unknown')).toEqual([]);
	expect(reading(another, 'cpu.utilization').why).toBe('process 812 has ended; its pid is another’s now');
	expect(reading(another, 'network.drops').why).toBe('it was started anew just now');
});

test('one that only waits to be asked how it ended has ended', () => {
	const zombie = { 'proc/812/stat': stat(812, 'data base)').replace(') S', ') Z') };
	for (const { verdict, why } of readings(zombie)) {
		expect({ verdict, why }).toEqual({ verdict: 'unknown', why: 'process 812 has ended' });
	}
});
