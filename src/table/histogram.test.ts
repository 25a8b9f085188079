import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { rowOf } from '../output/reader.ts';
import { type Bucket, highest, histogramsOf, quantile, totalOf, trimmed } from './histogram.ts';

/** Powers of two as tools print them: 0-1, 2-3, 4-7 … */
function bucketsOf(values: number[]): Bucket[] {
	const buckets = Array.from({ length: 40 }, (_, n) => ({
		low: n === 0 ? 0 : 2 ** n,
		high: 2 ** (n + 1) - 1,
		count: 0,
	}));
	for (const value of values) {
		const bucket = buckets.find(({ low, high }) => value >= low && value <= high);
		if (bucket) bucket.count++;
	}
	return buckets;
}

test('a percentile is in the bucket in which the sorted values have it', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const values = [1, ...random.many(200, () => random.below(2 ** random.below(30)))].sort((a, b) => a - b);
		for (const of of [0.5, 0.9, 0.99, 1]) {
			const naive = values[Math.ceil(of * values.length) - 1] as number;
			const found = quantile(bucketsOf(values), of);
			expect(found?.bucket.low, `seed ${seed}`).toBeLessThanOrEqual(naive);
			expect(found?.bucket.high, `seed ${seed}`).toBeGreaterThanOrEqual(naive);
			expect(found?.estimate).toBeGreaterThanOrEqual(found?.bucket.low as number);
			expect(found?.estimate).toBeLessThanOrEqual(found?.bucket.high as number);
		}
	}
});

test('percentiles rise', () => {
	for (let seed = 1; seed <= 100; seed++) {
		const random = new Random(seed);
		const buckets = bucketsOf([1, ...random.many(100, () => random.below(1e6))]);
		const estimates = [0.1, 0.5, 0.9, 0.99, 1].map((of) => quantile(buckets, of)?.estimate as number);
		expect(
			estimates.toSorted((a, b) => a - b),
			`seed ${seed}`,
		).toEqual(estimates);
	}
});

test('a percentile is spread evenly over its bucket', () => {
	expect(quantile([{ low: 0, high: 100, count: 10 }], 0.5)?.estimate).toBe(50);
	expect(quantile([{ low: 8, high: 8, count: 3 }], 0.99)?.estimate).toBe(8);
});

test('nobody knows a percentile in a bucket without an end, nor of no values', () => {
	const open = { low: 1024, high: Number.MAX_SAFE_INTEGER, count: 1 };
	expect(quantile([open], 0.5)).toEqual({ estimate: undefined, bucket: open });
	expect(quantile([{ low: 0, high: 1, count: 0 }], 0.5)).toBeUndefined();
	expect(quantile([], 0.5)).toBeUndefined();
	expect(highest([])).toBeUndefined();
});

test('rows become a histogram for each key, its buckets from low to high', () => {
	const rows = [rowOf(['b', 2, 3, 5]), rowOf(['a', 0, 1, 1]), rowOf(['b', 0, 1, 4])];
	expect([...histogramsOf(rows)]).toEqual([
		[
			'b',
			[
				{ low: 0, high: 1, count: 4 },
				{ low: 2, high: 3, count: 5 },
			],
		],
		['a', [{ low: 0, high: 1, count: 1 }]],
	]);
	expect(totalOf(histogramsOf(rows).get('b') ?? [])).toBe(9);
});

test('trimmed loses no value and keeps what lies between', () => {
	for (let seed = 1; seed <= 100; seed++) {
		const random = new Random(seed);
		const buckets = random.many(12, () => ({ low: 0, high: 0, count: random.below(3) }));
		const kept = trimmed(buckets);
		expect(totalOf(kept), `seed ${seed}`).toBe(totalOf(buckets));
		if (kept.length > 0) expect([kept[0]?.count, kept.at(-1)?.count]).not.toContain(0);
		expect(buckets.join('|')).toContain(kept.join('|'));
	}
});
