import { expect, test } from 'vitest';
import { Random } from '../../../test/fixtures/random.ts';
import { bar } from './bar.ts';
import { sparkline } from './sparkline.ts';

const utf8 = { utf8: true, colors: true };
const ascii = { utf8: false, colors: false };

test('values from the least to the largest', () => {
	expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 10, utf8)).toBe('▁▂▃▄▅▆▇█');
	expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 10, ascii)).toBe('_.-=+*#@');
	expect(sparkline([5, 5], 10, utf8)).toBe('▁▁');
});

test('only the newest have room; what is unknown is blank, and no 0', () => {
	expect(sparkline([7, null, 0, Number.NaN], 3, utf8)).toBe(' ▁ ');
	expect(sparkline([], 3, utf8)).toBe('');
	expect(sparkline([1, 2], 0, utf8)).toBe('');
});

test('a larger value never has a lower character', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const values = random.many(40, () => random.below(2000) - 1000);
		const marks = [...sparkline(values, 100, utf8)];
		expect(marks).toHaveLength(values.length);
		values.forEach((value, a) => {
			values.forEach((other, b) => {
				if (value > other) expect((marks[a] as string) >= (marks[b] as string), `seed ${seed}`).toBe(true);
			});
		});
	}
});

test('a bar is as long as its share, and never longer than its room', () => {
	expect(bar(5, 10, 8, utf8)).toBe('████');
	expect(bar(1, 16, 8, utf8)).toBe('▌');
	expect(bar(1, 1e9, 8, utf8)).toBe('▏');
	expect(bar(1, 1e9, 8, ascii)).toBe('#');
	expect(bar(20, 10, 4, ascii)).toBe('####');
	expect([bar(0, 10, 8, utf8), bar(1, 0, 8, utf8), bar(1, 10, 0, utf8), bar(Number.NaN, 1, 5, utf8)]).toEqual([
		'',
		'',
		'',
		'',
	]);
});
