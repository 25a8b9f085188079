import { expect, test } from 'vitest';
import type { Check, Finding } from '../check.ts';
import type { DiskCounters } from './counters.ts';
import { filling, inodes, space } from './space.ts';
import type { Share, Space } from './spaces.ts';

const share = (used: number, left: number, secondsLeft?: number): Share => ({ used, left, secondsLeft, past: [] });
const fileSystem = {
	point: '/data',
	type: 'xfs',
	source: '/dev/sdb1',
	readOnly: false,
	closed: undefined,
	wasClosed: false,
	behindNetwork: false,
};

function found(check: Check<DiskCounters>, spaces: Partial<Space>[], failed: [string, string][] = []): Finding[] {
	const measured = spaces.map((each): [string, Space] => [
		'/data',
		{ fileSystem, bytes: share(1, 1), files: undefined, ...each },
	]);
	const answer = { measured: new Map(measured), failed: new Map(failed) };
	return judged(check, { fileSystems: [fileSystem], spaces: { answer, failure: undefined } });
}

function judged(check: Check<DiskCounters>, counters: Pick<DiskCounters, 'fileSystems' | 'spaces'>): Finding[] {
	const now = counters as DiskCounters;
	return check.judge({ before: now, now, first: now, seconds: 1 });
}

test.each([
	[89, 'ok'],
	[90, 'warn'],
	[97, 'bad'],
	[100, 'bad'],
])('a file system that is %i %% full is %s', (used, verdict) => {
	expect(found(space, [{ bytes: share(used * 1e9, (100 - used) * 1e9) }])).toMatchObject([
		{ device: '/data', value: used, verdict, why: expect.stringMatching(/ of 100 GB left \(xfs on \/dev\/sdb1\)$/) },
	]);
});

test.each([
	[share(89, 11), 'ok'],
	[share(95, 5), 'warn'],
	[share(100, 0), 'bad'],
])('inodes', (files, verdict) => {
	expect(found(inodes, [{ files }])).toMatchObject([{ device: '/data', verdict }]);
});

test('a file system that makes inodes as it needs them is not asked for them', () => {
	expect(found(inodes, [{}])).toEqual([]);
});

test.each([
	[10 * 3600, 'ok', '10 h'],
	[7 * 3600, 'warn', '7 h'],
	[3600, 'bad', '60 min'],
	[50, 'bad', '50 s'],
])('%i s until it is full is %s', (seconds, verdict, time) => {
	expect(found(filling, [{ bytes: share(1, 1, seconds) }])).toMatchObject([
		{ verdict, why: `/data runs out of space in ${time} if it goes on like this` },
	]);
});

test('running out of inodes, and of nothing', () => {
	expect(found(filling, [{ files: share(1, 1, 60) }])).toMatchObject([
		{ verdict: 'bad', why: '/data runs out of inodes in 60 s if it goes on like this' },
	]);
	expect(found(filling, [{}])).toMatchObject([{ device: null, verdict: 'ok' }]);
});

test('what could not be asked is unknown, and so is all before the first answer', () => {
	expect(found(space, [], [['/dead', 'it does not answer']])).toMatchObject([
		{ device: '/dead', verdict: 'unknown', why: '/dead: it does not answer' },
	]);
	const nothingYet = { fileSystems: [], spaces: { answer: undefined, failure: undefined } };
	expect(judged(space, nothingYet)).toMatchObject([{ device: null, verdict: 'unknown' }]);
	expect(judged(filling, nothingYet)).toMatchObject([{ device: null, verdict: 'unknown' }]);
	expect(judged(space, { ...nothingYet, fileSystems: undefined })).toMatchObject([{ verdict: 'unknown' }]);
});
