import { expect, test } from 'vitest';
import { reading, readingsAfter } from '../../test/fixtures/proc-trees/readings.ts';

const set = (name: string, value: number) => (captured: string) =>
	captured.replace(new RegExp(`^(${name}:? +)\\d+`, 'm'), `$1${value}`);

test('the captured machine has memory to spare and no swap', () => {
	const readings = readingsAfter({});
	expect(reading(readings, 'memory.utilization')).toMatchObject({
		verdict: 'ok',
		why: 'memory is 7.9 % used, 23 GB of 25 GB available',
	});
	expect(reading(readings, 'memory.swap')).toMatchObject({ value: null, verdict: 'ok', why: 'this host has no swap' });
});

test.each([
	[2_468_409, 'warn'],
	[1_234_204, 'bad'],
])('%i kB available of 24684096 is %s', (available, verdict) => {
	const readings = readingsAfter({ 'proc/meminfo': set('MemAvailable', available) });
	expect(reading(readings, 'memory.utilization').verdict).toBe(verdict);
});

test('under 100 MiB is bad however small the host is', () => {
	const readings = readingsAfter({
		'proc/meminfo': (captured) => set('MemAvailable', 102_399)(set('MemTotal', 524_288)(captured)),
	});
	expect(reading(readings, 'memory.utilization')).toMatchObject({ verdict: 'bad' });
});

test('before Linux 3.14 there is an estimate, and it says so', () => {
	const readings = readingsAfter({ 'proc/meminfo': (captured) => captured.replace(/^MemAvailable.*\n/m, '') });
	expect(reading(readings, 'memory.utilization').why).toBe('memory is 7.3 % used, about 23 GB of 25 GB available');
});

test('swap in use', () => {
	const readings = readingsAfter({
		'proc/meminfo': (captured) => set('SwapFree', 100)(set('SwapTotal', 1000)(captured)),
	});
	expect(reading(readings, 'memory.swap')).toMatchObject({ value: 90, verdict: 'bad' });
});

test.each([
	['some', 60_000, 'warn'],
	['some', 900_000, 'warn'],
	['full', 20_000, 'warn'],
	['full', 60_000, 'bad'],
])('%s tasks that wait %i µs in a second are %s', (who, microseconds, verdict) => {
	const readings = readingsAfter({
		'proc/pressure/memory': (captured) => captured.replace(new RegExp(`^(${who}.*total=)0`, 'm'), `$1${microseconds}`),
	});
	expect(reading(readings, 'memory.pressure').verdict).toBe(verdict);
});

test('swapping is judged by pages a second', () => {
	const readings = readingsAfter({ 'proc/vmstat': set('pswpout', 50) }, { seconds: 10 });
	expect(reading(readings, 'memory.swapping')).toMatchObject({
		value: 5,
		verdict: 'warn',
		why: '5 pages a second go out to swap, 0 come back',
	});
});

test('direct reclaim is summed over the zones', () => {
	const readings = readingsAfter({
		'proc/vmstat': (captured) => set('allocstall_normal', 3)(set('allocstall_movable', 1)(captured)),
	});
	expect(reading(readings, 'memory.reclaim')).toMatchObject({
		verdict: 'warn',
		why: '4 allocations a second stalled, 0 pages a second scanned for them',
	});
});

test('an OOM kill stays in sight, and those before are told apart', () => {
	const from = { 'proc/vmstat': set('oom_kill', 4) };
	expect(reading(readingsAfter({}, { from }), 'memory.oom')).toMatchObject({
		value: 0,
		verdict: 'ok',
		why: 'no OOM kills since this console started, 4 since boot',
	});
	expect(reading(readingsAfter({ 'proc/vmstat': set('oom_kill', 5) }, { from }), 'memory.oom')).toMatchObject({
		value: 1,
		verdict: 'bad',
		why: '1 OOM kill since this console started, 5 since boot',
	});
});

test('what the kernel does not count is unknown, with the reason', () => {
	const readings = readingsAfter({}, { from: { 'proc/vmstat': null } });
	expect(reading(readings, 'memory.oom')).toMatchObject({ verdict: 'unknown', why: 'this kernel shows no OOM kills' });
	expect(reading(readings, 'memory.swapping').verdict).toBe('unknown');
	expect(reading(readings, 'memory.reclaim').verdict).toBe('unknown');
	expect(reading(readings, 'memory.ecc').verdict).toBe('unknown');
	expect(reading(readings, 'memory.corrupted').verdict).toBe('unknown');
});

test.each([
	[0, 0, 'ok'],
	[3, 0, 'warn'],
	[0, 1, 'bad'],
])('%i corrected and %i uncorrected errors are %s', (corrected, uncorrected, verdict) => {
	const folder = 'sys/devices/system/edac/mc/mc0';
	const from = { [`${folder}/ce_count`]: `${corrected}\n`, [`${folder}/ue_count`]: `${uncorrected}\n` };
	expect(reading(readingsAfter({}, { from }), 'memory.ecc', 'mc0')).toMatchObject({ verdict });
});

test('memory that failed', () => {
	const readings = readingsAfter({ 'proc/meminfo': (captured) => `${captured}HardwareCorrupted:  4 kB\n` });
	expect(reading(readings, 'memory.corrupted')).toMatchObject({ verdict: 'warn', why: '4.1 kB has failed' });
});
