import { describe, expect, test } from 'vitest';
import type { Column, OutputClass } from '../catalog/tool.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { alignedLines, ndjsonPrinter, type RowPrinter, tablePrinter } from './print-rows.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'int' },
	{ name: 'command', type: 'text' },
	{ name: 'size', type: 'bytes' },
];

type Make = (columns: Column[], outputClass: OutputClass, write: (text: string) => void) => RowPrinter;

/** What is written for rows, and for `begin` where a new interval starts. */
function printed(make: Make, outputClass: OutputClass, rows: (Cell[] | 'begin')[], { end = true } = {}) {
	let text = '';
	const printer = make(columns, outputClass, (more) => {
		text += more;
	});
	for (const row of rows) {
		if (row === 'begin') printer.begin();
		else printer.row(rowOf(row));
	}
	if (end) printer.end();
	return text;
}

describe('ndjson', () => {
	test('is one object a row, with typed values', () => {
		const text = printed(ndjsonPrinter, 'event-stream', ['begin', [1, 'a "b"\t', 2048], [2, 'é', null]]);
		expect(text.endsWith('\n')).toBe(true);
		expect(
			text
				.trim()
				.split('\n')
				.map((line) => JSON.parse(line)),
		).toEqual([
			{ pid: 1, command: 'a "b"\t', size: 2048 },
			{ pid: 2, command: 'é', size: null },
		]);
	});

	test.each(['interval-table', 'histogram'] as const)('of a %s tells which interval a row is of', (outputClass) => {
		const text = printed(ndjsonPrinter, outputClass, ['begin', [1, 'a', 1], [2, 'b', 1], 'begin', [1, 'a', 2]]);
		expect(
			text
				.trim()
				.split('\n')
				.map((line) => JSON.parse(line).interval),
		).toEqual([1, 1, 2]);
	});

	test('is written row by row', () => {
		expect(printed(ndjsonPrinter, 'event-stream', [[1, 'a', 1]], { end: false })).not.toBe('');
	});
});

describe('a table', () => {
	test('of events has a header once, and each row as it comes', () => {
		const text = printed(
			tablePrinter,
			'event-stream',
			[
				[1, 'sh', 2048],
				[12345, 'a long command line', null],
			],
			{ end: false },
		);
		const lines = text.split('\n');
		expect(lines).toHaveLength(4);
		expect(lines[0]).toMatch(/^ +pid {2}command +size$/);
		expect(lines[1]).toMatch(/^ +1 {2}sh +2\.0K$/);
		expect(lines[2]).toMatch(/^ +12345 {2}a long command line +-$/);
	});

	test('of an interval is written when the interval is over, its columns as wide as its values', () => {
		const rows: (Cell[] | 'begin')[] = ['begin', [1, 'sh', 10], [234, 'bash', 2048], 'begin', [7, 'x', 1]];
		const first = 'pid  command  size\n  1  sh         10\n234  bash     2.0K\n\n';
		expect(printed(tablePrinter, 'interval-table', rows, { end: false })).toBe(first);
		expect(printed(tablePrinter, 'interval-table', rows)).toBe(`${first}pid  command  size\n  7  x           1\n\n`);
	});

	test('of nothing is nothing', () => {
		expect(printed(tablePrinter, 'interval-table', ['begin'])).toBe('');
		expect(printed(tablePrinter, 'event-stream', [])).toBe('');
	});

	test('of plain lines has no header', () => {
		let text = '';
		const printer = tablePrinter([{ name: 'line', type: 'text' }], 'text', (more) => {
			text += more;
		});
		printer.row(rowOf(['  as it is']));
		expect(text).toBe('  as it is\n');
	});

	test('has no blanks at the ends of its lines', () => {
		const lines = alignedLines(columns.slice(0, 2), [rowOf([1, 'a']), rowOf([2, 'abcdef'])]);
		expect(lines).toEqual(['pid  command', '  1  a', '  2  abcdef']);
	});

	test('keeps its columns under each other where characters are two columns wide', () => {
		const names: Column[] = [
			{ name: 'name', type: 'text' },
			{ name: 'pid', type: 'int' },
		];
		const [, wide = '', plain = ''] = alignedLines(names, [rowOf(['漢字漢字', 1]), rowOf(['abcdefgh', 2])]);
		// Four wide characters are as wide as eight plain ones.
		expect(wide.replaceAll(/[漢字]/g, 'xx').length).toBe(plain.length);
	});
});
