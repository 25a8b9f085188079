import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Bucket } from '../table/histogram.ts';
import { compareHistograms, type Histograms } from './compare-histograms.ts';

const bucketsOf = (counts: number[]): Bucket[] =>
	counts.map((count, n) => ({ low: n === 0 ? 0 : 2 ** n, high: 2 ** (n + 1) - 1, count }));
const histograms = (seconds: number, byKey: Record<string, number[]>): Histograms => ({
	seconds,
	hasMore: false,
	byKey: new Map(Object.entries(byKey).map(([key, counts]) => [key, bucketsOf(counts)])),
});

test('the same distribution does not differ, however long it was watched', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const counts = random.many(12, () => random.below(1000));
		const thrice = counts.map((count) => 3 * count);
		expect(compareHistograms(histograms(10, { '': counts }), histograms(30, { '': thrice })), `seed ${seed}`).toEqual(
			[],
		);
	}
});

test('which side comes first changes nothing about what differs', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const side = () =>
			histograms(
				10,
				Object.fromEntries(
					random.many(3, () => [random.pick(['vda', 'vdb']), random.many(9, () => random.below(500))]),
				),
			);
		const [a, b] = [side(), side()];
		const there = compareHistograms(a, b).map(({ key, a, b }) => ({ key, a: b, b: a }));
		const byKey = (x: { key: string }, y: { key: string }) => (x.key < y.key ? -1 : 1);
		expect(compareHistograms(b, a).toSorted(byKey), `seed ${seed}`).toEqual(there.toSorted(byKey));
	}
});

test('what got slower comes first, with its percentiles side by side', () => {
	const a = histograms(10, { vda: [0, 0, 100, 900], vdb: [0, 0, 100, 900] });
	const b = histograms(10, { vda: [0, 0, 100, 0, 0, 900], vdb: [0, 0, 100, 0, 0, 0, 0, 900] });
	const changes = compareHistograms(a, b);
	expect(changes.map(({ key }) => key)).toEqual(['vdb', 'vda']);
	expect(changes[1]?.a).toMatchObject({ count: 1000, perSecond: 100, highest: 15 });
	expect(changes[1]?.b).toMatchObject({ count: 1000, perSecond: 100, highest: 63 });
});

test('a percentile of a handful of values is chance', () => {
	expect(compareHistograms(histograms(10, { '': [0, 4, 4] }), histograms(10, { '': [0, 4, 3, 0, 0, 1] }))).toEqual([]);
});

test('a key that had no room on one side is not said to be missing there', () => {
	const few = { ...histograms(1, { vda: [5] }), hasMore: true };
	expect(compareHistograms(few, histograms(1, { vda: [5], vdb: [700] }))).toEqual([]);
});

test('a key that one side has no value of is told', () => {
	expect(compareHistograms(histograms(1, { vda: [5] }), histograms(1, { vda: [5], vdb: [7], vdc: [0] }))).toEqual([
		{ key: 'vdb', a: null, b: expect.objectContaining({ count: 7 }) },
	]);
});
