import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Column } from '../catalog/tool.ts';
import { type Cell, type Row, rowOf } from '../output/reader.ts';
import { Groups } from './groups.ts';
import { Table } from './table.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'id' },
	{ name: 'command', type: 'text' },
	{ name: 'size', type: 'bytes' },
	{ name: 'latency', type: 'microseconds' },
];

const names = (groups: Groups) => groups.columns.map(({ name }) => name);

function cellsOf(groups: Groups, row: Row, wanted: string[]): Cell[] {
	return wanted.map((name) => row.cell(names(groups).indexOf(name)));
}

function randomRow(random: Random): Cell[] {
	const number = (below: number) => (random.below(6) === 0 ? null : random.below(below));
	return [random.below(3), random.pick(['a', 'b', 'a\nb', null]), number(900), number(7)];
}

test('the columns are the key, how many and how fast, and of each number its sum, average, largest and p99', () => {
	expect(names(new Groups(columns, [1]))).toEqual([
		'command',
		'count',
		'rate',
		...['size', 'latency'].flatMap((name) => [`${name}_sum`, `${name}_avg`, `${name}_max`, `${name}_p99`]),
	]);
});

test('groups are what a naive grouping makes', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const rows = random.many(120, () => randomRow(random));
		const by = random.pick([[0], [1], [0, 1], [1, 0], [2]]);
		const groups = new Groups(columns, by);
		for (const row of rows) groups.add(rowOf(row), 0);
		const naive = new Map<string, Cell[][]>();
		for (const row of rows) {
			const key = JSON.stringify(by.map((column) => row[column]));
			naive.set(key, [...(naive.get(key) ?? []), row]);
		}
		const got = new Map(groups.rows().map((row) => [JSON.stringify(by.map((_, index) => row.cell(index))), row]));
		expect([...got.keys()].sort(), `seed ${seed}`).toEqual([...naive.keys()].sort());
		for (const [key, members] of naive) {
			const latencies = members.flatMap((row) => (row[3] === null ? [] : [Number(row[3])])).sort((a, b) => a - b);
			const sum = latencies.reduce((a, b) => a + b, 0);
			const [count, ...of] = cellsOf(groups, got.get(key) as Row, [
				'count',
				'latency_sum',
				'latency_avg',
				'latency_max',
				'latency_p99',
			]);
			expect(count).toBe(members.length);
			if (latencies.length === 0) expect(of).toEqual([null, null, null, null]);
			else {
				expect(of.slice(0, 3)).toEqual([sum, sum / latencies.length, latencies.at(-1)]);
				const exact = latencies[Math.ceil(0.99 * latencies.length) - 1] as number;
				expect(Math.abs(Number(of[3]) - exact), `p99 ${of[3]} of ${latencies}`).toBeLessThanOrEqual(exact * 0.021);
			}
		}
	}
});

describe('the rate', () => {
	test.each([1, 10, 250])('of %i rows a second is that, whenever one looks', (perSecond) => {
		const groups = new Groups(columns, [1]);
		for (let row = 0; row < 30 * perSecond; row++) groups.add(rowOf([1, 'a']), 1e6 + (row * 1000) / perSecond);
		for (const later of [0, 40, 80]) {
			groups.now = 1e6 + 29_900 + later;
			const [rate] = cellsOf(groups, groups.rows()[0] as Row, ['rate']);
			expect(Math.abs(Number(rate) - perSecond)).toBeLessThanOrEqual(perSecond * 0.25);
		}
	});

	test('leaves out rows that were there already when grouping began', () => {
		const table = new Table(columns, 'event-stream');
		for (let n = 0; n < 1000; n++) table.add(rowOf([1, 'a', 1, 1]));
		const groups = new Groups(columns, [1]);
		table.group(groups);
		table.add(rowOf([1, 'a', 1, 1]));
		groups.now = performance.now();
		expect(Number(cellsOf(groups, groups.rows()[0] as Row, ['rate'])[0])).toBeLessThan(2);
	});

	test('goes down to nothing when no more rows come', () => {
		const groups = new Groups(columns, [1]);
		for (let row = 0; row < 100; row++) groups.add(rowOf([1, 'a']), 1e6 + row * 100);
		groups.now = 1e6 + 25_000;
		expect(cellsOf(groups, groups.rows()[0] as Row, ['rate'])).toEqual([0]);
	});
});

test('groups count what a table no longer holds, from those it holds on, until they are taken off', () => {
	const table = new Table(columns, 'event-stream');
	for (let n = 0; n < 5; n++) table.add(rowOf([n, 'x', 1, 1]));
	const groups = new Groups(columns, [1]);
	table.group(groups);
	for (let n = 0; n < 12_000; n++) table.add(rowOf([n, 'x', 1, 1]));
	expect(cellsOf(groups, groups.rows()[0] as Row, ['command', 'count'])).toEqual(['x', 12_005]);
	table.ungroup(groups);
	table.add(rowOf([1, 'x', 1, 1]));
	expect(cellsOf(groups, groups.rows()[0] as Row, ['count'])).toEqual([12_005]);
	expect(table.rows()).toHaveLength(10_000);
});

test('of more keys than can be held the rare ones are forgotten and counted, and a frequent one that comes late is not', () => {
	const groups = new Groups(columns, [0]);
	let rows = 0;
	const add = (pid: number) => {
		groups.add(rowOf([pid, 'x', 1, 1]), 0);
		rows++;
	};
	for (let n = 0; n < 300; n++) add(-1);
	for (let pid = 0; pid < 120_000; pid++) add(pid);
	for (let n = 0; n < 200; n++) add(-2);
	expect(groups.size).toBeLessThanOrEqual(20_000);
	const count = (pid: number) =>
		groups
			.rows()
			.find((row) => row.cell(0) === pid)
			?.cell(1);
	expect(count(-1)).toBe(300);
	expect(count(-2)).toBe(200);
	const held = groups.rows().reduce((sum, row) => sum + Number(row.cell(1)), 0);
	expect(held + groups.forgotten).toBe(rows);
	expect(groups.forgotten).toBeGreaterThan(0);
});

test('the rows of a group are those that have its key', () => {
	const rows = [
		[1, 'a'],
		[1, 'b'],
		[2, 'a'],
		[1, null],
	].map((row) => rowOf(row));
	expect(rows.map((row) => Groups.has(row, [0, 1], [1, 'a']))).toEqual([true, false, false, false]);
	expect(rows.map((row) => Groups.has(row, [1], [null]))).toEqual([false, false, false, true]);
});
