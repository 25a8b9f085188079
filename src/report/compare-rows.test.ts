import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Column, OutputClass } from '../catalog/tool.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { compareRows, type RunRows } from './compare-rows.ts';
import { RowSums } from './row-sums.ts';

const columns: Column[] = [
	{ name: 'time', type: 'time' },
	{ name: 'pid', type: 'id' },
	{ name: 'cpu', type: 'percent' },
	{ name: 'memory', type: 'bytes' },
	{ name: 'command', type: 'text' },
];

function runOf(
	intervals: Cell[][][],
	outputClass: OutputClass = 'interval-table',
	of = columns,
	seconds = intervals.length,
): RunRows {
	const sums = new RowSums(of, outputClass);
	for (const rows of intervals) {
		sums.begin();
		for (const cells of rows) sums.row(rowOf(cells));
	}
	return { seconds, sums };
}

const commands = ['bash', 'java', 'sshd', 'kworker/0:1'];

describe('tables of two hosts', () => {
	test('the same programs do not differ, whatever their pids, their order, and how long it was looked at', () => {
		for (let seed = 1; seed <= 100; seed++) {
			const random = new Random(seed);
			const rows = random.many(10, (): Cell[] => [
				'10:00',
				random.below(9999),
				random.below(100),
				random.below(1e9),
				random.pick(commands),
			]);
			const elsewhere = rows.map(([, , cpu, memory, command]): Cell[] => [
				'23:00',
				random.below(9999),
				cpu as number,
				memory as number,
				String(command).replace('0:1', 'u8:3'),
			]);
			const [a, b] = [runOf([rows]), runOf([elsewhere.toReversed(), elsewhere, elsewhere])];
			expect(compareRows(a, b, 'cpu').rows, `seed ${seed}`).toEqual([]);
		}
	});

	test('which side comes first changes nothing about what differs', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const side = () =>
				runOf(
					random.many(3, () =>
						random.many(5, () => ['', 1, random.below(100), random.below(1000), random.pick(commands)]),
					),
				);
			const [a, b] = [side(), side()];
			const there = compareRows(a, b, 'cpu').rows.map(({ identity, main }) => [identity, main.b, main.a]);
			const back = compareRows(b, a, 'cpu').rows.map(({ identity, main }) => [identity, main.a, main.b]);
			expect(back.toSorted(), `seed ${seed}`).toEqual(there.toSorted());
		}
	});

	test('the largest change of what the tool sorts by comes first, with what else changed of that row', () => {
		const a = [
			['', 1, 2, 100, 'bash'],
			['', 2, 40, 100, 'java'],
		];
		const b = [
			['', 7, 2, 100, 'bash'],
			['', 8, 10, 100, 'java'],
			['', 9, 45, 50, 'hog'],
			['', 10, 44, 50, 'hog'],
		];
		const { rows, compared } = compareRows(runOf([a]), runOf([b, b]), 'cpu');
		expect(compared).toBe(3);
		expect(rows).toEqual([
			{
				identity: ['hog'],
				main: { column: 'cpu', type: 'percent', a: null, b: 89 },
				others: [
					{ column: 'memory', type: 'bytes', a: null, b: 100 },
					{ column: 'rows', type: 'float', a: null, b: 2 },
				],
			},
			{ identity: ['java'], main: { column: 'cpu', type: 'percent', a: 40, b: 10 }, others: [] },
		]);
	});

	test('events are compared by how many there are in a second', () => {
		const events: Column[] = [
			{ name: 'pid', type: 'id' },
			{ name: 'command', type: 'text' },
			{ name: 'latency', type: 'milliseconds' },
			{ name: 'path', type: 'text' },
		];
		const open = (count: number, command: string, latency: number): Cell[][] =>
			Array.from({ length: count }, (_, n) => [n, command, latency, `/proc/${n}/stat`]);
		const a = runOf([[...open(30, 'ps', 1), ...open(10, 'top', 1)]], 'event-stream', events, 10);
		const b = runOf([[...open(60, 'ps', 1), ...open(200, 'top', 5)]], 'event-stream', events, 20);
		const { rows, main } = compareRows(a, b, undefined);
		expect(main).toBe('per_second');
		expect(rows).toEqual([
			{
				identity: ['top', '/proc/N/stat'],
				main: { column: 'per_second', type: 'float', a: 1, b: 10 },
				others: [{ column: 'latency', type: 'milliseconds', a: 1, b: 5 }],
			},
		]);
	});

	test('as many events as come by chance do not differ, and one that never came before does', () => {
		const of: Column[] = [{ name: 'command', type: 'text' }];
		const events = (count: number, command: string) => Array.from({ length: count }, (): Cell[] => [command]);
		const a = runOf([[...events(2, 'cron'), ...events(20, 'sh')]], 'event-stream', of, 10);
		const b = runOf([[...events(4, 'cron'), ...events(60, 'sh'), ...events(2, 'oom')]], 'event-stream', of, 10);
		expect(compareRows(a, b, undefined).rows.map(({ identity }) => identity)).toEqual([['sh'], ['oom']]);
	});

	test('a row that had no room on one side is not said to be missing there', () => {
		const of: Column[] = [{ name: 'path', type: 'text' }];
		const paths = (count: number, from: number) =>
			Array.from({ length: count }, (_, n): Cell[] => [`/tmp/${from + n}`]);
		const many = runOf([paths(30_000, 0)], 'event-stream', of, 10);
		expect(many.sums.forgotten).toBeGreaterThan(0);
		const { rows } = compareRows(many, runOf([paths(10, 0)], 'event-stream', of, 10), undefined);
		expect(rows.filter(({ main }) => main.a === null)).toEqual([]);
	});

	test('a table whose rows have nothing to be told apart by is compared number by number', () => {
		const of: Column[] = [
			{ name: 'hits', type: 'int' },
			{ name: 'misses', type: 'int' },
		];
		const [a, b] = [
			runOf(
				[
					[
						[10, 1],
						[12, 1],
					],
				],
				'event-stream',
				of,
				2,
			),
			runOf(
				[
					[
						[11, 90],
						[11, 110],
					],
				],
				'event-stream',
				of,
				2,
			),
		];
		expect(compareRows(a, b, undefined).rows).toEqual([
			{ identity: ['misses'], main: { column: 'misses', type: 'int', a: 1, b: 100 }, others: [] },
		]);
	});

	test('ports that were handed out for once are no identity, those of services are', () => {
		const of: Column[] = [
			{ name: 'remote_port', type: 'id' },
			{ name: 'sent', type: 'bytes' },
		];
		const { rows } = compareRows(
			runOf(
				[
					[
						[40_001, 5],
						[443, 5],
					],
				],
				'oneshot-table',
				of,
			),
			runOf(
				[
					[
						[51_234, 5],
						[443, 900],
					],
				],
				'oneshot-table',
				of,
			),
			'sent',
		);
		expect(rows.map(({ identity }) => identity)).toEqual([[443]]);
	});
});
