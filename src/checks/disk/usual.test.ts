import { expect, test } from 'vitest';
import { Usual } from './usual.ts';

const fed = (...values: [value: number, times: number][]) => {
	const usual = new Usual();
	for (const [value, times] of values) for (let i = 0; i < times; i++) usual.add(value, 1);
	return usual.value;
};

test('nothing is usual before a minute has passed', () => {
	expect(fed([2, 59])).toBeUndefined();
	expect(fed([2, 60])).toBe(2);
});

test('it is the mean at first', () => {
	expect(fed([1, 60], [3, 60])).toBeCloseTo(2);
});

test('what is slow for two minutes is not usual after half an hour of the other', () => {
	expect(fed([1, 1800], [10, 120])).toBeLessThan(2);
});

test('it follows in hours', () => {
	expect(fed([1, 1800], [10, 7200])).toBeGreaterThan(9);
});
