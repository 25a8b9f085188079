import { expect, test } from 'vitest';
import type { Column } from '../catalog/tool.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { historyOf, identityOf, withChanges } from './intervals.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'id' },
	{ name: 'command', type: 'text' },
	{ name: 'cpu', type: 'percent' },
];
const rowsOf = (...rows: Cell[][]) => rows.map((row) => rowOf(row));

test('a row is the same as one of another interval by its texts and ids', () => {
	const [a, b, c, d] = rowsOf([1, 'sh', 5], [1, 'sh', 90], [2, 'sh', 5], [1, 'bash', 5]).map((row) =>
		identityOf(columns, row),
	);
	expect(a).toBe(b);
	expect(new Set([a, c, d]).size).toBe(3);
});

test('a process that moved to another CPU is the same', () => {
	const moving: Column[] = [...columns, { name: 'last_cpu', type: 'id' }];
	const changed = withChanges({ columns: moving, rows: rowsOf([1, 'sh', 7, 0]) }, rowsOf([1, 'sh', 4, 1]));
	expect(changed.rows[0]?.cell(3)).toBe(3);
});

test('of rows that tell their time the same is found a second later', () => {
	const timed: Column[] = [{ name: 'time', type: 'time' }, ...columns];
	const changed = withChanges(
		{ columns: timed, rows: rowsOf(['12:00:02', 1, 'sh', 7]) },
		rowsOf(['12:00:01', 1, 'sh', 4]),
	);
	expect(changed.rows[0]?.cell(4)).toBe(3);
});

test('each number has its change beside it; what is new or has no number has none', () => {
	const now = { columns, rows: rowsOf([1, 'sh', 7], [2, 'sh', 3], [3, 'sh', null]) };
	const changed = withChanges(now, rowsOf([3, 'sh', 1], [1, 'sh', 10]));
	expect(changed.columns.map(({ name, type }) => [name, type])).toEqual([
		['pid', 'id'],
		['command', 'text'],
		['cpu', 'percent'],
		['cpu_change', 'percent'],
	]);
	expect(changed.rows.map((row) => [0, 2, 3].map((index) => row.cell(index)))).toEqual([
		[1, 7, -3],
		[2, 3, null],
		[3, null, null],
	]);
});

test('a cell over the intervals is null where its row was not there', () => {
	const intervals = [rowsOf([1, 'sh', 5]), rowsOf([2, 'sh', 6]), [], rowsOf([2, 'sh', 1], [1, 'sh', 7])];
	const history = historyOf(
		intervals.map((rows, at) => ({ at, rows })),
		columns,
		identityOf(columns, rowOf([1, 'sh', 0])),
		2,
	);
	expect(history).toEqual([5, null, null, 7]);
});
