import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Column } from '../catalog/tool.ts';
import type { Reading } from '../checks/check.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { widthOf } from '../table/fit.ts';
import { histogramHeader, histogramLines } from './histogram-lines.ts';
import { tableLines } from './pane/table-lines.ts';
import { valueText } from './value-text.ts';

const bucket = (low: number, high: number, count: number, key = '') => rowOf([key, low, high, count]);

describe('a histogram', () => {
	test('shows bounds, counts, shares and bars', () => {
		const lines = histogramLines([bucket(0, 1, 1), bucket(2, 3, 3)], 'us', 60);
		expect(lines).toHaveLength(2);
		expect(lines[0]?.trim()).toMatch(/^0 +1(\.00)?us +1 +25% █+$/);
		expect(lines[1]?.trim()).toMatch(/^2(\.00)?us +3(\.00)?us +3 +75% █+$/);
		const bars = lines.map((line) => [...line].filter((character) => character === '█').length);
		expect(bars[1]).toBe(3 * (bars[0] as number));
	});

	test('leaves out empty buckets at its ends, not those between', () => {
		const rows = [0, 0, 5, 0, 1, 0].map((count, n) => bucket(n, n, count));
		expect(histogramLines(rows, undefined, 60).map((line) => line.trim().split(/ +/).slice(0, 3).join(' '))).toEqual([
			'2 2 5',
			'3 3 0',
			'4 4 1',
		]);
	});

	test('of zeros, or of nothing, has no lines', () => {
		expect(histogramLines([bucket(0, 1, 0)], 'us', 60)).toEqual([]);
		expect(histogramLines([], 'us', 60)).toEqual([]);
	});

	test('with keys has each above its own buckets', () => {
		const rows = [bucket(0, 1, 1, 'vda'), bucket(0, 1, 2, 'vdb'), bucket(2, 3, 1, 'vda')];
		const lines = histogramLines(rows, 'us', 60).map((line) => line.trim().split(/ +/)[0]);
		expect(lines).toEqual(['vda', '0', expect.stringMatching(/^2/), 'vdb', '0']);
	});

	test.each([
		['a count', [bucket(0, 1, 1_234_567_890)], undefined, '1234567890'],
		['a bound', [bucket(2 ** 39, 2 ** 40 - 1, 1)], undefined, '1099511627775'],
		['an open end', [bucket(1024, Number.MAX_SAFE_INTEGER, 1)], undefined, undefined],
	] as const)('never shows a part of a number as if it were the whole: %s', (_, rows, unit, number) => {
		const [line = ''] = histogramLines([...rows], unit, 80);
		if (number !== undefined) {
			// However it is written, its first digits alone are not it.
			const shown = line.match(/[\d.]+\w*/g) ?? [];
			expect(shown.filter((word) => number.startsWith(word) && word !== number && word.length > 4)).toEqual([]);
		} else expect(line).not.toContain('90071992 ');
	});

	test('fits its width, whatever it is', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const width = 20 + random.below(120);
			const rows = random.many(12, () =>
				bucket(2 ** random.below(40), 2 ** random.below(60), random.below(1e9), random.pick(['', '漢字 key', 'vda'])),
			);
			const unit = random.pick([undefined, 'us', 'ns', 'ms', 's']);
			for (const line of [histogramHeader(width), ...histogramLines(rows, unit, width)]) {
				expect(widthOf(line), `seed ${seed}`).toBe(width);
			}
		}
	});
});

describe('a table', () => {
	const columns: Column[] = [
		{ name: 'pid', type: 'int' },
		{ name: 'command', type: 'text' },
		{ name: 'size', type: 'bytes' },
	];

	test('has numbers right, words left, and a mark on the column it is sorted by', () => {
		const rows = [rowOf([12, 'bash', 2048]), rowOf([3, '漢字', null])];
		expect(tableLines(columns, rows, 30, { by: 'size', reverse: false })).toEqual({
			header: 'pid  command  size▼           ',
			rows: [' 12  bash      2.0K           ', '  3  漢字         -           '],
		});
	});

	test.each([
		['size', false, 'size▼'],
		['size', true, 'size▲'],
		['command', false, 'command▲'],
		['command', true, 'command▼'],
	])('by %s, reversed: %s, is marked %s: the arrow points to where values grow smaller', (by, reverse, mark) => {
		const { header } = tableLines(columns, [], 40, { by, reverse });
		// ▼ is "largest first": numbers fall downwards; ▲ is "a to z".
		expect(header).toContain(mark);
	});

	test('fits its width, whatever is in it', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const width = 10 + random.below(100);
			const cell = (): Cell => random.pick([null, 'é', '漢字'.repeat(random.below(30)), 'x'.repeat(random.below(60))]);
			const rows = random.many(8, () => rowOf([random.below(1e9), cell(), random.below(1e9)]));
			const { header, rows: lines } = tableLines(columns, rows, width, { by: 'pid', reverse: false });
			for (const line of [header, ...lines]) expect(widthOf(line), `seed ${seed}`).toBe(width);
		}
	});
});

test.each([
	[null, '%', '-'],
	[0, '%', '0%'],
	[7.26, '%', '7.3%'],
	[99.9, 'percent', '100%'],
	[12_345, '/s', '12k/s'],
	[3, '1/s', '3/s'],
	[0.25, 'ms', '0.3'],
	[-2, '', '-2'],
])('%s in %j reads %s', (value, unit, text) => {
	const reading: Reading = {
		check: 'cpu.utilization',
		resource: 'cpu',
		kind: 'utilization',
		device: null,
		verdict: 'ok',
		why: '',
		suspects: [],
		value,
		unit,
	};
	expect(valueText(reading)).toBe(text);
});
