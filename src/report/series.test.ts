import { expect, test } from 'vitest';
import { heldUntil, Series } from './series.ts';

function seriesAt(...seconds: number[]): Series {
	const series = new Series();
	for (const second of seconds) series.add(1000 * second, second, 'ok');
	return series;
}

const held = (series: Series) => series.stretches.map((_, index) => heldUntil(series.stretches, index) / 1000);

test('a stretch holds until the next, also where samples come less and less often', () => {
	expect(held(seriesAt(0, 1, 2, 4, 8, 16))).toEqual([1, 2, 4, 8, 16, 16]);
});

test('while nobody looked, nothing is known', () => {
	expect(held(seriesAt(0, 1, 2, 30, 31))).toEqual([1, 2, 2, 31, 31]);
});

test('stretches that were put together hold until the next as well', () => {
	const series = seriesAt(...Array.from({ length: 1000 }, (_, second) => second));
	const gaps = series.stretches.map(({ from }, index) =>
		index === 0 ? 0 : from - 1000 * (held(series)[index - 1] ?? 0),
	);
	expect(new Set(gaps)).toEqual(new Set([0]));
});

test('extremes, the average and the worst verdict are those of all samples', () => {
	const series = new Series();
	for (let n = 0; n < 5000; n++) series.add(n, n === 777 ? -5 : n === 4321 ? null : n, n === 99 ? 'bad' : 'ok');
	expect([series.min, series.max]).toEqual([-5, 4999]);
	expect(series.average).toBeCloseTo((4999 * 2500 - 777 - 5 - 4321) / 4999, 6);
	expect(series.stretches.filter(({ verdict }) => verdict === 'bad')).toHaveLength(1);
	expect(series.verdicts).toEqual({ ok: 4999, unknown: 0, warn: 0, bad: 1 });
});
