import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Column, OutputClass } from '../catalog/tool.ts';
import { type Cell, type Row, rowOf } from '../output/reader.ts';
import { Table } from './table.ts';
import { viewOf } from './view.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'int' },
	{ name: 'command', type: 'text' },
	{ name: 'size', type: 'bytes' },
];

function tableOf(rows: Cell[][], outputClass: OutputClass = 'event-stream') {
	const table = new Table(columns, outputClass);
	for (const row of rows) table.add(rowOf(row));
	return table;
}

const contentsOf = (table: Table) => ({ columns, rows: table.rows() });

const cellsOf = (rows: readonly Row[], width = columns.length) =>
	rows.map((row) => Array.from({ length: width }, (_, index) => row.cell(index)));

const commands = ['bash', 'Bash', 'curl', 'kworker/0:1', 'a b', '', null];

function randomRows(random: Random): Cell[][] {
	const number = (below: number) => (random.below(5) === 0 ? null : random.below(below) - 2);
	return random.many(40, () => [number(6), random.pick(commands), number(3000)]);
}

describe('sorting', () => {
	test('puts the largest numbers on top, and texts from a to z', () => {
		const table = tableOf([
			[2, 'b', 9],
			[10, 'a', 100],
			[1, 'c', 20],
		]);
		expect(viewOf(contentsOf(table), { sort: 'pid' }).rows.map((row) => row.cell(0))).toEqual([10, 2, 1]);
		expect(viewOf(contentsOf(table), { sort: 'command' }).rows.map((row) => row.cell(1))).toEqual(['a', 'b', 'c']);
		expect(viewOf(contentsOf(table), { sort: 'size', reverse: true }).rows.map((row) => row.cell(2))).toEqual([
			9, 20, 100,
		]);
	});

	test('is what a naive sort does: typed, stable, with what is absent last in both directions', () => {
		for (let seed = 1; seed <= 300; seed++) {
			const random = new Random(seed);
			const rows = randomRows(random);
			const index = random.below(3);
			const reverse = random.below(2) === 1;
			const largestFirst = (index !== 1) !== reverse;
			// One row after another goes behind the last one that it does not come before.
			const naive: Cell[][] = [];
			const comesBefore = (a: Cell, b: Cell) =>
				a !== null && (b === null || (a !== b && (largestFirst ? a > b : a < b)));
			for (const row of rows) {
				const at = naive.findIndex((other) => comesBefore(row[index] as Cell, other[index] as Cell));
				naive.splice(at < 0 ? naive.length : at, 0, row);
			}
			const { rows: got } = viewOf(contentsOf(tableOf(rows)), { sort: columns[index]?.name, reverse });
			expect(cellsOf(got), `seed ${seed}`).toEqual(naive);
		}
	});

	test('by nothing keeps the order of arrival, or turns it around', () => {
		const table = tableOf([
			[2, 'b', 1],
			[3, 'c', 1],
			[1, 'a', 1],
		]);
		expect(viewOf(contentsOf(table), {}).rows.map((row) => row.cell(0))).toEqual([2, 3, 1]);
		expect(viewOf(contentsOf(table), { reverse: true }).rows.map((row) => row.cell(0))).toEqual([1, 3, 2]);
		expect(viewOf(contentsOf(table), { sort: 'no_such_column' }).rows.map((row) => row.cell(0))).toEqual([2, 3, 1]);
	});

	test('leaves the table as it was', () => {
		const table = tableOf([
			[2, 'b', 1],
			[3, 'c', 1],
		]);
		viewOf(contentsOf(table), { sort: 'pid' });
		expect(table.rows().map((row) => row.cell(0))).toEqual([2, 3]);
	});
});

test.each(['event-stream', 'text', 'interval-table'] as const)(
	'a view of a %s that was taken stays as it is when more rows arrive',
	(outputClass) => {
		const table = tableOf([[1, 'a', 1]], outputClass);
		const { rows } = viewOf(contentsOf(table), {});
		table.add(rowOf([2, 'b', 2]));
		expect(cellsOf(rows)).toEqual([[1, 'a', 1]]);
	},
);
