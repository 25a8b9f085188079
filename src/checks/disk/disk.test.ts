import { expect, test } from 'vitest';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

/** reads, ms reading, writes, ms writing, in flight, ms busy, ms queued. */
interface Traffic {
	reads?: number;
	readMs?: number;
	writes?: number;
	writeMs?: number;
	inFlight?: number;
	busyMs?: number;
	queuedMs?: number;
}

const line = (name: string, traffic: Traffic, more = '') => {
	const { reads = 0, readMs = 0, writes = 0, writeMs = 0, inFlight = 0, busyMs = 0, queuedMs = 0 } = traffic;
	return `   8       0 ${name} ${1000 + reads} 0 ${8 * reads} ${readMs} ${writes} 0 ${8 * writes} ${writeMs} ${inFlight} ${busyMs} ${queuedMs}${more}\n`;
};

const hdd = { 'sys/block/sda/queue/rotational': '1\n', 'proc/diskstats': line('sda', {}) };
const ssd = { ...hdd, 'sys/block/sda/queue/rotational': '0\n', 'sys/block/sda/queue/nr_requests': '64\n' };
const nvme = { 'sys/block/nvme0n1/queue/rotational': '0\n', 'proc/diskstats': line('nvme0n1', {}) };

test('only whole disks that did something are judged', () => {
	const readings = readingsAfter({
		'proc/diskstats': (captured) => captured + line('vda1', { reads: 5 }) + line('ram0', { reads: 5 }),
	});
	const devices = readings.filter(({ check }) => check === 'disk.utilization').map(({ device }) => device);
	expect(devices).toEqual(['vda']);
});

test('a busy spinning disk is bad', () => {
	const traffic = { reads: 40, readMs: 3000, writes: 60, writeMs: 6200, busyMs: 990, queuedMs: 9200 };
	const readings = readingsAfter({ 'proc/diskstats': line('sda', traffic) }, { from: hdd });
	expect(reading(readings, 'disk.utilization', 'sda')).toMatchObject({
		value: 99,
		verdict: 'bad',
		why: 'sda is 99 % busy (40 reads/s of 164 kB/s, 60 writes/s of 246 kB/s)',
	});
	expect(reading(readings, 'disk.queue', 'sda')).toMatchObject({
		value: 9.2,
		verdict: 'bad',
		why: 'sda: 9.2 requests wait, 92 ms each',
	});
	expect(reading(readings, 'disk.latency', 'sda')).toMatchObject({
		verdict: 'bad',
		why: 'sda: reads take 75 ms, writes take 103 ms',
	});
});

test('a busy disk that serves requests side by side is a warning at most, and says why', () => {
	for (const [device, from] of [
		['sda', ssd],
		['nvme0n1', nvme],
	] as const) {
		const changes = { 'proc/diskstats': line(device, { reads: 9000, busyMs: 1000, readMs: 900 }) };
		const found = reading(readingsAfter(changes, { from }), 'disk.utilization', device);
		expect(found).toMatchObject({ value: 100, verdict: 'warn' });
		expect(found.why).toMatch(/; it serves many requests at once, so it may still have room$/);
	}
});

test('a virtual disk that calls itself rotational is taken for one that serves requests side by side', () => {
	const busy = (captured: string) => captured.replace(' 23332 76381 ', ' 24332 77381 ');
	expect(reading(readingsAfter({ 'proc/diskstats': busy }), 'disk.utilization', 'vda').verdict).toBe('warn');
});

test.each([
	['hdd', hdd, 'sda', 3000, 'warn'],
	['ssd', ssd, 'sda', 3000, 'ok'],
	['ssd', ssd, 'sda', 12_000, 'warn'],
	['ssd', ssd, 'sda', 52_000, 'bad'],
])('%s: the queue has a limit of its own', (_class, from, device, queuedMs, verdict) => {
	const readings = readingsAfter({ 'proc/diskstats': line(device, { queuedMs }) }, { from });
	expect(reading(readings, 'disk.queue', device).verdict).toBe(verdict);
});

test.each([
	['hdd', hdd, 'sda', 'ok'],
	['ssd', ssd, 'sda', 'warn'],
	['nvme', nvme, 'nvme0n1', 'bad'],
] as const)('what is slow differs: %s', (kind, from, device, verdict) => {
	const readMs = kind === 'nvme' ? 2000 : 1500;
	const readings = readingsAfter({ 'proc/diskstats': line(device, { reads: 100, readMs }) }, { from });
	expect(reading(readings, 'disk.latency', device).verdict).toBe(verdict);
});

test('requests that never finish are seen although no latency was measured', () => {
	const from = { ...hdd, 'proc/diskstats': line('sda', { inFlight: 3 }) };
	const readings = readingsAfter({ 'proc/diskstats': line('sda', { inFlight: 3, busyMs: 1000 }) }, { from });
	expect(reading(readings, 'disk.latency', 'sda')).toMatchObject({
		value: 1000,
		verdict: 'bad',
		why: 'sda: none of its 3 requests finished in 1 s',
	});
});

test('an idle disk has no latency, and that is fine', () => {
	const readings = readingsAfter({}, { from: hdd });
	expect(reading(readings, 'disk.latency', 'sda')).toMatchObject({ value: null, verdict: 'ok' });
});

test.each([
	[11, ''],
	[15, ' 1 2 3 4'],
	[17, ' 1 2 3 4 5 6'],
])('diskstats of %i fields', (_count, more) => {
	const from = { ...hdd, 'proc/diskstats': line('sda', {}, more) };
	const readings = readingsAfter({ 'proc/diskstats': line('sda', { busyMs: 300 }, more) }, { from });
	expect(reading(readings, 'disk.utilization', 'sda').value).toBe(30);
});

test('a counter that was reset makes the sample unknown', () => {
	const from = { ...hdd, 'proc/diskstats': line('sda', { busyMs: 5000 }) };
	const readings = readingsAfter({ 'proc/diskstats': line('sda', { busyMs: 10 }) }, { from });
	expect(reading(readings, 'disk.utilization', 'sda')).toMatchObject({
		verdict: 'unknown',
		why: 'sda: the counter was reset',
	});
});

test('a host without disks says so', () => {
	const readings = readingsAfter({ 'proc/diskstats': '' });
	expect(reading(readings, 'disk.utilization')).toMatchObject({ verdict: 'unknown' });
});

test('SCSI errors are counted in hexadecimal, from the first sample on', () => {
	const counter = 'sys/block/sda/device/ioerr_cnt';
	const readings = readingsAfter({ [counter]: '0x12\n' }, { from: { ...hdd, [counter]: '0x10\n' } });
	expect(reading(readings, 'disk.errors', 'sda')).toMatchObject({
		value: 2,
		verdict: 'warn',
		why: 'sda: 2 failed requests since this console started, 18 since boot',
	});
});

test('a disk without an error counter is unknown', () => {
	expect(reading(readingsAfter({}), 'disk.errors', 'vda')).toMatchObject({ value: null, verdict: 'unknown' });
});

test('errors on record in ext4 are a warning, new ones are bad', () => {
	const counter = 'sys/fs/ext4/vda/errors_count';
	const from = { [counter]: '2\n' };
	expect(reading(readingsAfter({}, { from }), 'disk.filesystem-errors', 'vda').verdict).toBe('warn');
	expect(reading(readingsAfter({ [counter]: '3\n' }, { from }), 'disk.filesystem-errors', 'vda')).toMatchObject({
		verdict: 'bad',
		why: 'vda: 1 ext4 error since this console started, 3 on record',
	});
});

test('an array that misses a member', () => {
	const from = { 'sys/block/md0/md/degraded': '1\n', 'proc/diskstats': line('md0', {}) };
	expect(reading(readingsAfter({}, { from }), 'disk.raid', 'md0')).toMatchObject({ value: 1, verdict: 'bad' });
});
