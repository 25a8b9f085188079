import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { alteredTree } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { judge } from '../checklist.ts';

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
	vi.useRealTimers();
});

/** Reads that take so many milliseconds each, second by second; what is said of the last of them. */
function readsTake(times: { ms: number; reads?: number; seconds: number }[]) {
	const host = alteredTree({ 'sys/block/sda/queue/rotational': '0\n' });
	let [total, spent] = [1000, 1000];
	const sample = () => {
		writeFileSync(join(host.proc, 'diskstats'), `   8       0 sda ${total} 0 0 ${spent} 0 0 0 0 0 0 0\n`);
		vi.advanceTimersByTime(1000);
		return sampleHost(host, ['disk']);
	};
	let before = sample();
	let now = before;
	for (const { ms, reads = 100, seconds } of times) {
		for (let second = 0; second < seconds; second++) {
			total += reads;
			spent += reads * ms;
			before = now;
			now = sample();
		}
	}
	return reading(judge({ before, now, first: before }, ['disk']), 'disk.latency', 'sda');
}

test('slower than it was, though fast enough for a disk of its kind', () => {
	expect(
		readsTake([
			{ ms: 1, seconds: 70 },
			{ ms: 8, seconds: 1 },
		]),
	).toMatchObject({
		value: 8,
		verdict: 'warn',
		why: 'sda: reads take 8 ms, 8 times as long as usual',
	});
});

test.each([
	[
		'it has no past yet',
		[
			{ ms: 1, seconds: 30 },
			{ ms: 8, seconds: 1 },
		],
	],
	['it always was like that', [{ ms: 8, seconds: 71 }]],
	[
		'it is only four times as slow',
		[
			{ ms: 2, seconds: 70 },
			{ ms: 8, seconds: 1 },
		],
	],
	[
		'slow is still very fast',
		[
			{ ms: 0.1, seconds: 70 },
			{ ms: 2, seconds: 1 },
		],
	],
	[
		'a few requests say little',
		[
			{ ms: 1, seconds: 70 },
			{ ms: 8, reads: 4, seconds: 1 },
		],
	],
])('nothing is said of its past when %s', (_, times) => {
	expect(readsTake(times).verdict).toBe('ok');
});
