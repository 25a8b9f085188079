import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { chartLines, chartShape, type Series } from './chart.ts';
import { lineWidth, textOf } from './shapes/line.ts';

const look = { utf8: true, colors: true };
const colorless = { utf8: true, colors: false };
const ascii = { utf8: false, colors: false };
const rising: Series = { title: 'read', values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };
const flat: Series = { title: 'write', values: [4, 4, 4, 4, 4, 4, 4, 4, 4, 4] };
const usual = { series: [rising, flat], step: 1, unit: 'us', width: 70, height: 16, look };
const texts = (more: Partial<typeof usual>) => chartShape({ ...usual, ...more }).map(textOf);

/** Columns of the plot, left to right, in which something is drawn in a line's colour. */
function drawnColumns(values: (number | null)[]): boolean[] {
	const lines = chartLines(values, 80, 12).slice(0, -2);
	const plot = lines.map((line) => line.slice(line.indexOf('⡇') + 1));
	return Array.from({ length: 60 }, (_, column) => plot.some((line) => /[⠁-⣿]/.test(line[column] ?? ' ')));
}

describe('a chart', () => {
	test('has a legend with the newest values, an axis of values and one of time', () => {
		const lines = texts({});
		expect(lines[0]?.trim()).toBe('─ read 10us  ─ write 4us');
		expect(lines.join('\n')).toMatch(/\b10 {2,}⡇|\b10⡇|\b1\d ? ⡇/);
		expect(lines.at(-1)).toMatch(/-9s .* now *$/);
	});

	test('tells lines apart by colour, and where there is none by a chart for each', () => {
		const colors = new Set(
			chartShape(usual)
				.flat()
				.map(({ color }) => color),
		);
		expect([...colors]).toEqual(expect.arrayContaining(['cyan', 'yellow']));
		const lines = texts({ look: colorless, height: 24 });
		expect(lines.filter((line) => line.includes('─')).map((line) => line.trim())).toEqual([
			'─ read 10us',
			'─ write 4us',
		]);
		for (const span of chartShape({ ...usual, look: colorless }).flat()) expect(span.color).toBeUndefined();
	});

	test('without UTF-8 it is a row of characters for each line', () => {
		expect(texts({ look: ascii }).map((line) => line.trim())).toEqual([
			'read  _.--=+**#@  1us to 10us',
			'write  __________  4us to 4us',
		]);
	});

	test('shows four lines at most', () => {
		const many = Array.from({ length: 9 }, (_, n) => ({ ...rising, title: `disk${n}` }));
		expect(texts({ series: many })[0]?.match(/disk\d/g)).toEqual(['disk0', 'disk1', 'disk2', 'disk3']);
	});

	test('what was not measured is a gap, and no 0', () => {
		const whole = drawnColumns([5, 5, 5, 5, 5, 5, 5, 5]);
		const gap = drawnColumns([5, 5, null, null, null, null, 5, 5]);
		expect(gap.filter(Boolean).length).toBeLessThan(whole.filter(Boolean).length - 10);
		expect(gap.slice(0, 3)).toEqual([true, true, true]);
		expect(drawnColumns([null, null, 5, null, null]).filter(Boolean).length).toBe(1);
	});

	test('of less than two values says so', () => {
		for (const values of [[], [null, null], [3], [null, 3]])
			expect(texts({ series: [{ title: 'x', values }] }).map((line) => line.trim())).toEqual([
				'A chart needs two values.',
			]);
	});

	test('lines of different length end at the same now', () => {
		const lines = texts({ series: [rising, { title: 'new', values: [1, 9] }], height: 12 });
		expect(lines.at(-1)).toMatch(/-9s/);
	});

	test.each([
		[[0, 0, 0]],
		[[1e15, -1e15, 3]],
		[[-5, -4]],
		[[0.001, 0.002]],
		[[Number.NaN, 1, Number.POSITIVE_INFINITY, 2]],
	])('of %j can be drawn', (values) => {
		expect(chartLines(values, 60, 10).join('')).toMatch(/[⠁-⣿]/);
	});

	test('fits its width and height, whatever they are', () => {
		for (let seed = 1; seed <= 30; seed++) {
			const random = new Random(seed);
			const series = random.many(5, () => ({
				title: random.pick(['漢字 disk', 'x', 'a very long name of a series of values']),
				values: random.many(80, () => random.pick([null, 0, random.below(1e6)])),
			}));
			const [width, height] = [random.below(120), 1 + random.below(25)];
			const lines = chartShape({ series, step: 1, width, height, look: random.pick([look, colorless, ascii]) });
			expect(lines.length, `seed ${seed}`).toBeLessThanOrEqual(height);
			for (const line of lines) expect(lineWidth(line), `seed ${seed}`).toBe(width);
		}
	});
});
