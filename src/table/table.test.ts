import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Column, OutputClass } from '../catalog/tool.ts';
import { type Cell, rowOf, stackColumns } from '../output/reader.ts';
import { Groups } from './groups.ts';
import { Table } from './table.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'int' },
	{ name: 'command', type: 'text' },
];

function tableOf(rows: Cell[][], outputClass: OutputClass = 'event-stream') {
	const table = new Table(columns, outputClass);
	for (const row of rows) table.add(rowOf(row));
	return table;
}

const cellsOf = (table: Table) => table.rows().map((row) => table.columns.map((_, index) => row.cell(index)));

describe('events', () => {
	test('stay in the order in which they came', () => {
		expect(
			cellsOf(
				tableOf([
					[2, 'b'],
					[1, 'a'],
				]),
			),
		).toEqual([
			[2, 'b'],
			[1, 'a'],
		]);
	});

	test.each([9_999, 10_000, 10_001, 25_003])('the newest 10,000 of %i are kept, the others are counted', (count) => {
		const table = tableOf(Array.from({ length: count }, (_, pid) => [pid, 'x']));
		const oldest = Math.max(0, count - 10_000);
		expect(table.rows().map((row) => row.cell(0))).toEqual(
			Array.from({ length: count - oldest }, (_, index) => oldest + index),
		);
		expect(table.total).toBe(count);
		expect(table.dropped).toBe(oldest);
	});

	test('are not replaced by a header in between', () => {
		const table = tableOf([[1, 'a']]);
		table.begin();
		expect(cellsOf(table)).toEqual([[1, 'a']]);
	});
});

describe('an interval', () => {
	test.each(['interval-table', 'histogram', 'keyvalue'] as const)(
		'of a %s replaces the one before it',
		(outputClass) => {
			const table = tableOf(
				[
					[1, 'a'],
					[2, 'b'],
				],
				outputClass,
			);
			table.begin();
			expect(cellsOf(table)).toEqual([]);
			table.add(rowOf([3, 'c']));
			expect(cellsOf(table)).toEqual([[3, 'c']]);
			expect(table.total).toBe(3);
			expect(table.dropped).toBe(0);
		},
	);

	test('with too many rows keeps the newest, and the next one begins empty', () => {
		const table = tableOf(
			Array.from({ length: 10_005 }, (_, pid) => [pid, 'x']),
			'interval-table',
		);
		expect(table.dropped).toBe(5);
		expect(table.rows()[0]?.cell(0)).toBe(5);
		table.begin();
		table.add(rowOf([1, 'a']));
		table.add(rowOf([2, 'b']));
		expect(cellsOf(table)).toEqual([
			[1, 'a'],
			[2, 'b'],
		]);
	});
});

test('stacks that are the same add up', () => {
	for (let seed = 1; seed <= 50; seed++) {
		const random = new Random(seed);
		const table = new Table(stackColumns, 'stacks');
		const sums = new Map<string, number>();
		for (const [count, process, stack] of random.many(200, () => [
			1 + random.below(9),
			random.pick(['a', 'b']),
			random.pick(['main;x', 'main', '']),
		])) {
			table.add(rowOf([count as number, process as string, stack as string]));
			const key = `${process}|${stack}`;
			sums.set(key, (sums.get(key) ?? 0) + (count as number));
		}
		expect(new Map(cellsOf(table).map(([count, process, stack]) => [`${process}|${stack}`, count]))).toEqual(sums);
	}
});

test('rows of great length are held to so many characters, and the others counted', () => {
	const table = tableOf([]);
	for (let n = 0; n < 100; n++) table.add(rowOf([n, 'x']), 1024 * 1024);
	expect(table.rows().map((row) => row.cell(0))).toEqual(Array.from({ length: 32 }, (_, n) => 68 + n));
	expect(table.dropped).toBe(68);
});

describe('intervals', () => {
	const firstOf = (table: Table) => table.intervals().map(({ rows }) => rows.map((row) => row.cell(0)));

	test('of before are held, each with its time, the newest last', () => {
		const table = new Table(columns, 'interval-table');
		table.begin(1000);
		table.add(rowOf([1, 'a']));
		table.add(rowOf([2, 'b']));
		table.begin(2000);
		table.add(rowOf([3, 'a']));
		expect(table.intervals().map(({ at }) => at)).toEqual([1000, 2000]);
		expect(firstOf(table)).toEqual([[1, 2], [3]]);
		expect(table.rows().map((row) => row.cell(0))).toEqual([3]);
	});

	test('are sixty at most, and fewer where they are large', () => {
		const small = new Table(columns, 'keyvalue');
		for (let n = 0; n < 100; n++) {
			small.begin();
			small.add(rowOf([n, 'x']));
		}
		expect(firstOf(small)).toEqual(Array.from({ length: 60 }, (_, n) => [40 + n]));
		const large = new Table(columns, 'keyvalue');
		for (let n = 0; n < 10; n++) {
			large.begin();
			for (let row = 0; row < 6000; row++) large.add(rowOf([row, 'x']));
		}
		expect(large.intervals()).toHaveLength(2);
	});

	test('are none of a stream of events', () => {
		expect(tableOf([[1, 'a']]).intervals()).toEqual([]);
	});
});

test('the version grows with every change, and only then', () => {
	const table = tableOf([], 'interval-table');
	const groups = new Groups(columns, [0]);
	const changes = [
		() => table.add(rowOf([1, 'a'])),
		() => table.begin(),
		() => table.group(groups),
		() => table.ungroup(groups),
	];
	for (const change of changes) {
		const { version } = table;
		change();
		expect(table.version).toBeGreaterThan(version);
	}
	const { version } = table;
	table.rows();
	expect(table.version).toBe(version);
});
