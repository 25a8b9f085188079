import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { alteredTree, type Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { judge } from '../checklist.ts';

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
	vi.useRealTimers();
});

const readings = (from: Changes) => readingsAfter({}, { from });
const state = (disk: string, state: string): Changes => ({ [`sys/block/${disk}/device/state`]: `${state}\n` });

test.each([
	['sda', 'offline', 'bad'],
	['sda', 'transport-offline', 'bad'],
	['sda', 'blocked', 'warn'],
	['nvme0n1', 'dead', 'bad'],
	['nvme0n1', 'resetting', 'warn'],
])('%s that is %s is %s', (disk, its, verdict) => {
	expect(reading(readings(state(disk, its)), 'disk.state', disk)).toMatchObject({
		verdict,
		why: expect.stringContaining(`${disk} is ${its}: `),
	});
});

test('a volume that is suspended', () => {
	expect(reading(readings({ 'sys/block/dm-0/dm/suspended': '1\n' }), 'disk.state', 'dm-0').verdict).toBe('warn');
});

test('disks that run are told of in one sentence, and where none tells its state nothing is said', () => {
	const running = { ...state('sda', 'running'), ...state('nvme0n1', 'live'), 'sys/block/dm-0/dm/suspended': '0\n' };
	expect(readings(running).filter(({ check }) => check === 'disk.state')).toMatchObject([
		{ device: null, verdict: 'ok', why: 'all 3 disks that tell their state are running' },
	]);
	expect(readings({}).some(({ check }) => check === 'disk.state')).toBe(false);
});

test('a disk that was offline is remembered when it runs again', () => {
	const host = alteredTree(state('sda', 'offline'));
	const before = sampleHost(host, ['disk']);
	writeFileSync(join(host.sys, 'block/sda/device/state'), 'running\n');
	vi.advanceTimersByTime(8000);
	const now = sampleHost(host, ['disk']);
	expect(reading(judge({ before, now, first: before }, ['disk']), 'disk.state', 'sda')).toMatchObject({
		verdict: 'ok',
		why: 'sda is running; it was offline',
	});
});

const multipath = (first: string, second: string): Changes => ({
	'sys/block/dm-0/dm/uuid': 'mpath-360\n',
	'sys/block/dm-0/slaves/sda/size': '1\n',
	'sys/block/dm-0/slaves/sdb/size': '1\n',
	...state('sda', first),
	...state('sdb', second),
});

test.each([
	['running', 'running', 'ok', 'dm-0 has 2 of its 2 paths left'],
	['running', 'offline', 'warn', 'dm-0 has 1 of its 2 paths left (sdb failed)'],
	['offline', 'blocked', 'bad', 'dm-0 has none of its 2 paths left (sda, sdb failed)'],
])('a multipath disk whose paths are %s and %s is %s', (first, second, verdict, why) => {
	expect(reading(readings(multipath(first, second)), 'disk.state', 'dm-0')).toMatchObject({ verdict, why });
});

const array = (files: Record<string, string>, mdstat = ''): Changes => ({
	...Object.fromEntries(Object.entries(files).map(([name, text]) => [`sys/block/md0/md/${name}`, `${text}\n`])),
	'proc/mdstat': `Personalities : [raid1]\nmd0 : active raid1 sdb1[1] sda1[0](F)\n      100 blocks [2/1] [_U]\n${mdstat}\nunused devices: <none>\n`,
});

test.each([
	['', 'md0 misses 1 member'],
	[
		'      [==>..]  recovery = 12.6% (3704/29294) finish=127.5min speed=33440K/sec\n',
		'md0 misses 1 member; recovery at 12.6 %, 128 min to go',
	],
	['      \tresync=DELAYED\n', 'md0 misses 1 member; resync has yet to begin'],
])('an array that misses a member says how far it is', (mdstat, why) => {
	const found = reading(readings(array({ degraded: '1', array_state: 'clean' }, mdstat)), 'disk.raid', 'md0');
	expect(found).toMatchObject({ value: 1, verdict: 'bad', why });
});

test('an array without spare members is broken or not', () => {
	expect(reading(readings(array({ array_state: 'clean' })), 'disk.raid', 'md0').verdict).toBe('ok');
	expect(reading(readings(array({ array_state: 'broken' })), 'disk.raid', 'md0').verdict).toBe('bad');
});

test('btrfs counts errors by device', () => {
	const file = 'sys/fs/btrfs/0f1e2d3c-aaaa/devinfo/1/error_stats';
	const stats = (corrupted: number) =>
		`write_errs 0\nread_errs 2\nflush_errs 0\ncorruption_errs ${corrupted}\ngeneration_errs 0\n`;
	const device = 'btrfs 0f1e2d3c, device 1';
	expect(reading(readings({ [file]: stats(0) }), 'disk.filesystem-errors', device).verdict).toBe('warn');
	const worse = readingsAfter({ [file]: stats(1) }, { from: { [file]: stats(0) } });
	expect(reading(worse, 'disk.filesystem-errors', device)).toMatchObject({
		value: 3,
		verdict: 'bad',
		why: `${device}: 1 btrfs error since this console started, 3 on record (read_errs, corruption_errs)`,
	});
});

test('a file system that closed itself', () => {
	const table = (options: string) => ({ 'proc/1/mountinfo': `22 1 8:1 / / rw - ext4 /dev/sda1 ${options}\n` });
	expect(reading(readings(table('rw')), 'disk.read-only')).toMatchObject({
		verdict: 'ok',
		why: 'none of 1 local file system has become read-only',
	});
	expect(reading(readings(table('ro')), 'disk.read-only', '/')).toMatchObject({
		verdict: 'bad',
		why: '/ (ext4 on /dev/sda1) is read-only, and its mount is for writing',
	});
});
