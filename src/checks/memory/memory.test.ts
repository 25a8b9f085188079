import { expect, test } from 'vitest';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

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

test('pages that only come back are a warning, and both ways is thrashing', () => {
	const back = readingsAfter({ 'proc/vmstat': set('pswpin', 800) });
	expect(reading(back, 'memory.swapping')).toMatchObject({ value: 0, verdict: 'warn' });
	const both = readingsAfter({ 'proc/vmstat': (captured) => set('pswpin', 800)(set('pswpout', 900)(captured)) });
	expect(reading(both, 'memory.swapping')).toMatchObject({
		value: 900,
		verdict: 'bad',
		why: '900 pages a second go out to swap, 800 come back: programs work with more memory than there is (thrashing)',
	});
});

test('major faults, and how many of the pages had been there already', () => {
	const counters = (faults: number, again: number) => (captured: string) =>
		`${captured.replace(/^(pgmajfault|workingset_refault).*\n/gm, '')}pgmajfault ${faults}\nworkingset_refault_anon ${again}\nworkingset_refault_file ${again}\n`;
	const from = { 'proc/vmstat': counters(100, 5) };
	const after = (faults: number, again: number) =>
		reading(readingsAfter({ 'proc/vmstat': counters(faults, again) }, { from }), 'memory.major-faults');
	expect(after(600, 205)).toMatchObject({
		value: 500,
		verdict: 'warn',
		why: 'programs wait for 500 pages a second from a disk, and 400 are read again that memory had no room to keep',
	});
	expect(after(599, 5)).toMatchObject({
		verdict: 'ok',
		why: 'programs wait for 499 pages a second from a disk',
	});
});

test('stalled allocations are a warning, and many are bad', () => {
	const stalled = (count: number) =>
		reading(readingsAfter({ 'proc/vmstat': set('allocstall_normal', count) }), 'memory.reclaim');
	expect(stalled(99).verdict).toBe('warn');
	expect(stalled(100).verdict).toBe('bad');
});

const scans = (looked: number, taken: number) => (captured: string) =>
	`${captured.replace(/^(pgscan|pgsteal).*\n/gm, '')}pgscan_kswapd ${looked}\npgscan_direct 0\npgsteal_kswapd ${taken}\npgsteal_direct 0\n`;

test.each([
	[999, 0, 'ok', 'the kernel looks at 999 pages a second to take back and can take 0 % of them'],
	[2000, 1100, 'ok', 'the kernel looks at 2000 pages a second to take back and can take 55 % of them'],
	[
		2000,
		1000,
		'warn',
		'the kernel looks at 2000 pages a second to take back and can take 50 % of them: the others are in use',
	],
	[
		2000,
		100,
		'bad',
		'the kernel looks at 2000 pages a second to take back and can take 5 % of them: the others are in use',
	],
	[2000, 2100, 'ok', 'the kernel looks at 2000 pages a second to take back and can take 100 % of them'],
	[0, 0, 'ok', 'the kernel looks for no memory to take back'],
])('of %i pages looked at %i taken is %s', (looked, taken, verdict, why) => {
	const readings = readingsAfter({ 'proc/vmstat': scans(looked, taken) }, { from: { 'proc/vmstat': scans(0, 0) } });
	expect(reading(readings, 'memory.scanning')).toMatchObject({ verdict, why });
});

test.each([
	[500, 200, 70, 'ok', '7.2 MB of written data wait for the disks, 70 % of what may wait'],
	[
		500,
		260,
		76,
		'warn',
		'7.2 MB of written data wait for the disks, 76 % of what may wait: the kernel slows down who writes',
	],
	[
		900,
		60,
		96,
		'bad',
		'7.2 MB of written data wait for the disks, 96 % of what may wait: the kernel slows down who writes',
	],
])('%i dirty pages and %i on their way are %i %%: %s', (dirty, writeback, value, verdict, why) => {
	const readings = readingsAfter({
		'proc/vmstat': (captured) => `${captured}nr_dirty ${dirty}\nnr_writeback ${writeback}\nnr_dirty_threshold 1000\n`,
		'proc/meminfo': (captured) => `${captured}Dirty: 5000 kB\nWriteback: 2000 kB\n`,
	});
	expect(reading(readings, 'memory.dirty')).toMatchObject({ value, verdict, why });
});

test('promised memory counts only where the kernel refuses more than its limit', () => {
	const promised = (captured: string) => `${captured}CommitLimit: 1000000 kB\nCommitted_AS: 950000 kB\n`;
	const under = (mode: string) => readingsAfter({ 'proc/meminfo': promised, 'proc/sys/vm/overcommit_memory': mode });
	for (const mode of ['0\n', '1\n']) expect(under(mode).some(({ check }) => check === 'memory.commit')).toBe(false);
	expect(reading(under('2\n'), 'memory.commit')).toMatchObject({
		value: 95,
		verdict: 'warn',
		why: 'programs were promised 973 MB, 95 % of the 1.0 GB that vm.overcommit_memory=2 allows: past it programs get no more, however much is free',
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

test('a module with errors is named by its label', () => {
	const folder = 'sys/devices/system/edac/mc/mc0';
	const from = {
		[`${folder}/ce_count`]: '5\n',
		[`${folder}/ue_count`]: '0\n',
		[`${folder}/dimm0/dimm_ce_count`]: '0\n',
		[`${folder}/dimm0/dimm_label`]: 'CPU_SrcID#0_MC#0_Chan#0_DIMM#0\n',
		[`${folder}/dimm3/dimm_ce_count`]: '5\n',
		[`${folder}/dimm3/dimm_label`]: 'CPU_SrcID#0_MC#0_Chan#1_DIMM#1\n',
	};
	expect(reading(readingsAfter({}, { from }), 'memory.ecc', 'mc0').suspects).toEqual([
		'CPU_SrcID#0_MC#0_Chan#1_DIMM#1: 5 errors',
	]);
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
