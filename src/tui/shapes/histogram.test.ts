import { describe, expect, test } from 'vitest';
import { Random } from '../../../test/fixtures/random.ts';
import { type Row, rowOf } from '../../output/reader.ts';
import { heatMapKeys, heatMapShape } from './heat-map.ts';
import { histogramShape } from './histogram.ts';
import { lineWidth, textOf } from './line.ts';

const look = { utf8: true, colors: true };
const plain = { utf8: false, colors: false };
const bucket = (low: number, high: number, count: number, key = '') => rowOf([key, low, high, count]);

function texts(rows: Row[], before?: Row[], unit?: string, width = 100): string[] {
	return histogramShape({ rows, before, unit, width, look }).lines.map((line) => textOf(line).trim());
}

describe('a histogram', () => {
	test('shows bounds, counts, shares and bars', () => {
		const [, ...lines] = texts([bucket(0, 1, 1), bucket(2, 3, 3)], undefined, 'us', 60);
		expect(lines).toHaveLength(2);
		expect(lines[0]).toMatch(/^0 +1us +1 +25\.0% █+[▏▎▍▌▋▊▉]?$/);
		expect(lines[1]).toMatch(/^2us +3us +3 +75\.0% █+$/);
		const bars = lines.map((line) => [...line].filter((character) => character === '█').length);
		expect(Math.abs((bars[1] as number) / 3 - (bars[0] as number))).toBeLessThan(1);
	});

	test('says in which bucket its percentiles are, and marks what it estimates', () => {
		const [summary] = texts([bucket(0, 99, 98), bucket(100, 199, 1), bucket(200, 299, 1)], undefined, 'us');
		expect(summary).toBe('total 100  p50 ~51us ≤99us  p90 ~91us ≤99us  p99 ~199us ≤199us  max ≤299us');
	});

	test('estimates nothing where a bucket is one value, or has no end', () => {
		expect(texts([bucket(3, 3, 5)])[0]).toBe('total 5  p50 3  p90 3  p99 3  max 3');
		expect(texts([bucket(1024, Number.MAX_SAFE_INTEGER, 1)], undefined, 'us')[0]).toBe(
			'total 1  p50 ≥1.02ms  p90 ≥1.02ms  p99 ≥1.02ms  max ≥1.02ms',
		);
	});

	test('shows what has changed since the interval before, also where nothing is left', () => {
		const before = [bucket(0, 1, 5), bucket(2, 3, 1), bucket(8, 15, 2)];
		const [summary, ...lines] = texts([bucket(0, 1, 2), bucket(2, 3, 4)], before);
		expect(summary).toContain('total 6 (-2)');
		expect(lines.map((line) => line.split(/ +/).slice(0, 4))).toEqual([
			['0', '1', '2', '-3'],
			['2', '3', '4', '+3'],
			['8', '15', '0', '-2'],
		]);
		expect(textOf(histogramShape({ rows: [], before, unit: undefined, width: 80, look }).header)).toContain('change');
	});

	test('the changes of all buckets are the change of the total', () => {
		for (let seed = 1; seed <= 100; seed++) {
			const random = new Random(seed);
			const rows = () => Array.from({ length: 8 }, (_, n) => bucket(2 ** n, 2 ** (n + 1) - 1, random.below(20)));
			const [summary = '', ...lines] = texts(rows(), rows());
			const changes = lines.map((line) => Number(line.split(/ +/)[3]));
			const total = Number(/\(([+-]?\d+)\)/.exec(summary)?.[1]);
			expect(
				changes.reduce((sum, change) => sum + change, 0),
				`seed ${seed}`,
			).toBe(total);
		}
	});

	test('leaves out empty buckets at its ends, not those between', () => {
		const rows = [0, 0, 5, 0, 1, 0].map((count, n) => bucket(n, n, count));
		expect(
			texts(rows)
				.slice(1)
				.map((line) => line.split(/ +/).slice(0, 3).join(' ')),
		).toEqual(['2 2 5', '3 3 0', '4 4 1']);
	});

	test('of zeros, or of nothing, has no lines', () => {
		expect(texts([bucket(0, 1, 0)])).toEqual([]);
		expect(texts([])).toEqual([]);
	});

	test('with keys has each above its own buckets', () => {
		const rows = [bucket(0, 1, 1, 'vda'), bucket(0, 1, 2, 'vdb'), bucket(2, 3, 1, 'vda')];
		expect(texts(rows).map((line) => line.split(/ +/)[0])).toEqual(['vda', '0', '2', '', 'vdb', '0']);
	});

	test.each([
		['a count', [bucket(0, 1, 1_234_567_890)], '1234567890'],
		['a bound', [bucket(2 ** 39, 2 ** 40 - 1, 1)], '1099511627775'],
	] as const)('never shows a part of a number as if it were the whole: %s', (_, rows, number) => {
		const shown =
			texts([...rows], undefined, undefined, 80)
				.join('\n')
				.match(/[\d.]+\w*/g) ?? [];
		expect(shown.filter((word) => number.startsWith(word) && word !== number && word.length > 4)).toEqual([]);
	});

	test('says the same without colours and without UTF-8', () => {
		const shape = histogramShape({ rows: [bucket(0, 7, 2)], before: [], unit: 'us', width: 80, look: plain });
		expect(shape.lines.map(textOf).join('')).toMatch(/^[\x20-\x7e]*<=7us[\x20-\x7e]*#+$/);
		for (const span of shape.lines.flat()) expect([span.color, span.background]).toEqual([undefined, undefined]);
	});

	test('fits its width, whatever it is', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const width = 10 + random.below(130);
			const rows = () =>
				random.many(12, () =>
					bucket(2 ** random.below(40), 2 ** random.below(60), random.below(1e9), random.pick(['', '漢字 key', 'vda'])),
				);
			const unit = random.pick([undefined, 'us', 'ns', 'ms', 's']);
			const before = random.pick([undefined, rows()]);
			const shape = histogramShape({ rows: rows(), before, unit, width, look: random.pick([look, plain]) });
			for (const line of [shape.header, ...shape.lines]) expect(lineWidth(line), `seed ${seed}`).toBe(width);
		}
	});
});

describe('a heat map', () => {
	const interval = (second: number, ...rows: Row[]) => ({ at: second * 1000, rows });
	const three = [
		interval(0, bucket(1, 1, 100), bucket(2, 3, 1)),
		interval(1, bucket(1, 1, 10)),
		interval(2, bucket(4, 7, 3)),
	];
	const shape = (intervals: typeof three, more: object = {}) =>
		heatMapShape({ intervals, unit: undefined, width: 40, height: 20, look: { utf8: true, colors: false }, ...more });

	test('has a column for each interval and a line for each bucket, the low ones at the bottom', () => {
		expect(shape(three).lines.map((line) => textOf(line).trimEnd())).toEqual([
			'    4         ░░░░',
			'    2 ░░░░',
			'    1 ████▒▒▒▒',
			'      -2s     now',
			'count  ░ ≤3  ▒ ≤10  ▓ ≤31  █ ≤100',
		]);
	});

	test('without UTF-8 it has characters, from few to many', () => {
		const lines = shape(three, { look: plain }).lines.map((line) => textOf(line).trimEnd());
		expect(lines.slice(0, 3)).toEqual(['    4         ----', '    2 ....', '    1 @@@@++++']);
		expect(lines.at(-1)).toBe('count  - <=4  * <=21  @ <=100');
	});

	test('in colours its cells say by their characters, too, what their colours say', () => {
		const cells = shape(three, { look })
			.lines.slice(0, 3)
			.flat()
			.filter(({ background }) => background);
		for (const { text, color, background } of cells) {
			expect(text).toMatch(/^[░▒▓█]+$/);
			expect(color).toBe(background);
		}
		expect(new Set(cells.map(({ background }) => background)).size).toBe(4);
	});

	test('shows one key at a time, the busiest first', () => {
		const keyed = [interval(0, bucket(1, 1, 1, 'vda'), bucket(8, 15, 9, 'vdb')), interval(1, bucket(1, 1, 2, 'vda'))];
		expect(heatMapKeys(keyed)).toEqual(['vdb', 'vda']);
		expect(textOf(shape(keyed).header)).toContain('vdb (1 of 2 keys)');
		expect(textOf(shape(keyed).lines[0] ?? [])).toMatch(/^ +8 /);
		expect(textOf(shape(keyed, { key: 'vda' }).header)).toContain('vda (2 of 2 keys)');
		expect(textOf(shape(keyed, { key: 'vda' }).lines[0] ?? [])).toMatch(/^ +1 /);
	});

	test('puts buckets together when there is no room for all, and loses none', () => {
		const rows = Array.from({ length: 20 }, (_, n) => bucket(2 ** n, 2 ** (n + 1) - 1, n + 1));
		for (const height of [3, 5, 8, 12, 22, 40]) {
			const { lines } = shape([interval(0, ...rows)], { height });
			expect(lines.length).toBeLessThanOrEqual(height);
			for (const line of lines.slice(0, -2)) expect(textOf(line)).toMatch(/[░▒▓█]/);
		}
	});

	test('the newest intervals are those in sight', () => {
		const many = Array.from({ length: 100 }, (_, n) => interval(n, bucket(1, 1, n < 80 ? 1 : 50)));
		const { header, lines } = shape(many, { width: 26 });
		expect(textOf(header)).toContain('20 of 100 intervals');
		expect(textOf(lines[0] ?? [])).toBe(`    1 ${'█'.repeat(20)}`);
	});

	test('of nothing has no lines', () => {
		expect(shape([]).lines).toEqual([]);
		expect(shape([interval(0, bucket(0, 1, 0))]).lines).toEqual([]);
	});

	test('fits its width and height, whatever they are', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const [width, height] = [random.below(100), 3 + random.below(20)];
			const intervals = random.many(60, () =>
				interval(
					random.below(1000),
					...random.many(10, () =>
						bucket(2 ** random.below(40), 2 ** 41, random.below(1e6), random.pick(['', '漢字'])),
					),
				),
			);
			const drawn = heatMapShape({ intervals, unit: 'us', width, height, look: random.pick([look, plain]) });
			expect(drawn.lines.length, `seed ${seed}`).toBeLessThanOrEqual(height);
			for (const line of [drawn.header, ...drawn.lines]) expect(lineWidth(line), `seed ${seed}`).toBe(width);
		}
	});
});
