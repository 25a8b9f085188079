import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Column } from '../catalog/tool.ts';
import type { Reading } from '../checks/check.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { widthOf } from '../table/fit.ts';
import { tableLines } from './pane/table-lines.ts';
import { valueText } from './value-text.ts';

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

	test('shows no part of a number: where one does not fit, there is a mark that it goes on', () => {
		const wide = { by: undefined, reverse: false };
		const rows = [rowOf([12, 'bash', 1000]), rowOf([3, 'sh', 1000])];
		const [first] = tableLines(columns, rows, 17, wide).rows;
		expect(first).toBe(' 12  bash     ›  ');
		expect(tableLines(columns, rows, 18, wide).rows[0]).toBe(' 12  bash     1000');
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
