import { expect, test } from 'vitest';
import { type Point, remember, secondsLeft } from './trend.ts';

/** What is left, every ten seconds, and now. */
function left(...values: number[]): { past: Point[]; now: Point } {
	const points = values.map((each, i) => ({ at: i * 10, left: each }));
	return { past: points.slice(0, -1), now: points.at(-1) as Point };
}

function told(...values: number[]): number | undefined {
	const { past, now } = left(...values);
	return secondsLeft(past, now);
}

const steadily = (from: number, each: number, times: number) =>
	Array.from({ length: times }, (_, i) => from - each * i);

test('a steady loss tells when nothing is left', () => {
	expect(told(...steadily(1000, 50, 6))).toBeCloseTo((750 / 50) * 10);
});

test('nothing lost, or something gained, is no trend', () => {
	expect(told(500, 500, 500, 500, 500, 500)).toBeUndefined();
	expect(told(500, 510, 520, 530, 540, 550)).toBeUndefined();
});

test('a single burst is none either, however large', () => {
	expect(told(1000, 1000, 1000, 1000, 1000, 1000, 200)).toBeUndefined();
	expect(told(1000, 200, 200, 200, 200, 200, 200)).toBeUndefined();
});

test('it takes forty seconds', () => {
	expect(told(...steadily(1000, 100, 4))).toBeUndefined();
	expect(told(...steadily(1000, 100, 5))).toBeCloseTo(60);
});

test('it reaches no further ahead than twelve times what was watched', () => {
	expect(told(...steadily(10_000, 100, 6))).toBeUndefined();
	expect(told(...steadily(10_000, 100, 20))).toBeDefined();
});

test('what comes and goes is no trend', () => {
	expect(told(1000, 800, 1000, 800, 1000, 800, 1000, 800)).toBeUndefined();
});

test('a loss that has ended is soon no trend any more', () => {
	const ended = [...steadily(1000, 50, 10), ...Array.from({ length: 12 }, () => 550)];
	expect(told(...ended)).toBeUndefined();
});

test('points are kept every ten seconds, and not for ever', () => {
	let points: readonly Point[] = [];
	for (let at = 0; at < 6000; at += 5) points = remember(points, { at, left: 1 });
	expect(points.length).toBe(300);
	expect(points.at(-1)?.at).toBe(5990);
	expect((points[1]?.at ?? 0) - (points[0]?.at ?? 0)).toBe(10);
});
