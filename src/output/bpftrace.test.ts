import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Found, firstProvider, type ToolDraft, toolOf } from '../../test/fixtures/tools.ts';
import type { Column } from '../catalog/tool.ts';
import { columnsOf, readerFor } from './reader-for.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'int' },
	{ name: 'command', type: 'text' },
	{ name: 'path', type: 'text' },
];

const outputs = {
	events: { class: 'event-stream', columns },
	maps: {
		class: 'interval-table',
		columns: [
			{ name: 'name', type: 'text' },
			{ name: 'count', type: 'int' },
		],
	},
	histograms: { class: 'histogram', unit: 'us' },
	stacks: { class: 'stacks' },
} as const satisfies Record<string, ToolDraft['output']>;

function read(output: keyof typeof outputs, lines: (string | object)[]) {
	const tool = toolOf({
		output: structuredClone(outputs[output]) as NonNullable<ToolDraft['output']>,
		providers: [
			{
				via: 'bpftrace',
				script: 'x.bt',
				package: 'bpftrace',
				...(output === 'events' && { columns: ['pid', 'command', 'path'] }),
			},
		],
	});
	const found = new Found(columnsOf(tool).length);
	const reader = readerFor(tool, firstProvider(tool), found);
	for (const line of lines) reader.line(typeof line === 'string' ? line : JSON.stringify(line));
	reader.end();
	return found;
}

const printf = (data: string) => ({ type: 'printf', data });

describe("a script's prints", () => {
	test('are rows, one a line', () => {
		const found = read('events', [printf('1\tsh\t/a b\n'), printf('2\tcat\t\n')]);
		expect(found.rows).toEqual([
			[1, 'sh', '/a b'],
			[2, 'cat', ''],
		]);
	});

	test('make one row of several prints, the last of which ends the line', () => {
		expect(read('events', [printf('1\tsh'), printf('\t'), printf('/x\n')]).rows).toEqual([[1, 'sh', '/x']]);
	});

	test('with a join make one row', () => {
		expect(read('events', [printf('1\tsh\t'), { type: 'join', data: 'ls -l /etc' }]).rows).toEqual([
			[1, 'sh', 'ls -l /etc'],
		]);
	});

	test('without an end make a row when the output is over', () => {
		expect(read('events', [printf('1\tsh\t/x')]).rows).toEqual([[1, 'sh', '/x']]);
	});

	test('make no second row of a newline inside a name, which anybody could put there', () => {
		const found = read('events', [printf('1\tsh\t/x\n999\tforged\t/y\n')]);
		expect(found.rows).toHaveLength(0);
		expect(found.unreadLines).toHaveLength(1);
		expect(read('events', [printf('1\tsh\t/tmp/a\nb\n')]).rows).toEqual([[1, 'sh', '/tmp/a·b']]);
	});

	test('that never end a line do not fill memory', () => {
		const pieces = Array.from({ length: 64 }, () => printf('x'.repeat(64 * 1024)));
		const found = read('events', [printf('1\tsh\t'), ...pieces, printf('\n'), printf('2\tsh\t/x\n')]);
		expect(String(found.rows[0]?.[2]).length).toBeLessThan(1024 * 1024);
		expect(found.rows.at(-1)).toEqual([2, 'sh', '/x']);
	});
});

describe('what bpftrace says of itself', () => {
	test('is told apart from rows', () => {
		const found = read('events', [
			{ type: 'attached_probes', data: { probes: 3 } },
			{ type: 'lost_events', data: { events: 17 } },
			{ type: 'helper_error', msg: 'Invalid\u001b[31m argument', helper: 'x', retcode: -22, line: 14, col: 1 },
			{
				type: 'helper_error',
				msg: 'Invalid argument',
				helper: 'get_ns_current_pid_tgid',
				retcode: -22,
				line: 14,
				col: 1,
			},
		]);
		expect(found.rows).toEqual([]);
		expect(found.remarks).toEqual([
			{ kind: 'attached', probes: 3 },
			{ kind: 'lost', events: 17 },
			{ kind: 'message', text: 'Invalid·[31m argument' },
		]);
	});

	test.each(['{"type": "printf", "da', 'Attaching 3 probes...', '{}', '[]', 'null', '7', '{"type": "new", "data": 1}'])(
		'%s is not read, and is told',
		(line) => {
			const found = read('events', [line, printf('1\tsh\t/x\n')]);
			expect(found.unreadLines).toEqual([line]);
			expect(found.rows).toHaveLength(1);
		},
	);

	test('is nothing in a blank line', () => {
		expect(read('events', ['', '']).unreadLines).toEqual([]);
	});

	test.each([
		{ type: 'attached_probes', data: null },
		{ type: 'lost_events', data: null },
		{ type: 'helper_error', msg: null },
		{ type: 'map', data: null },
		{ type: 'map', data: 'text' },
		{ type: 'map', data: { '@': { a: { total: 1 } } } },
		{ type: 'hist', data: null },
		{ type: 'hist', data: { '@': null } },
		{ type: 'hist', data: { '@': { key: 5 } } },
		{ type: 'hist', data: { '@': [null] } },
		{ type: 'hist', data: { '@': [{ min: 'a', max: 'b' }] } },
	])('is not read where it has another shape than it should: %j', (record) => {
		for (const output of ['maps', 'histograms'] as const) {
			const found = read(output, [record]);
			expect(found.rows.flat().filter((cell) => Number.isNaN(cell) || cell === undefined)).toEqual([]);
			const { type } = record;
			const meant = type === 'map' ? 'maps' : type === 'hist' ? 'histograms' : output;
			if (meant === output) expect(found.unreadLines).toEqual([JSON.stringify(record)]);
		}
	});
});

describe('maps of several parts', () => {
	const columns: Column[] = [
		{ name: 'command', type: 'text' },
		{ name: 'pid', type: 'int' },
		{ name: 'wait', type: 'milliseconds' },
		{ name: 'count', type: 'int' },
		{ name: 'average', type: 'microseconds' },
		{ name: 'total', type: 'microseconds' },
	];
	const stats = { count: 3, average: 5, total: 15 };

	function readMaps(places: string[] | undefined, records: object[]) {
		const tool = toolOf({
			output: { class: 'interval-table', columns },
			providers: [{ via: 'bpftrace', script: 'x.bt', package: 'bpftrace', ...(places && { columns: places }) }],
		});
		const found = new Found(columns.length);
		const reader = readerFor(tool, firstProvider(tool), found);
		for (const record of records) reader.line(JSON.stringify(record));
		return found;
	}

	test('have their key first, then what stats() makes, in the places that they are given', () => {
		const places = ['command', 'pid', 'count', 'average', 'total'];
		const found = readMaps(places, [{ type: 'stats', data: { '@': { 'sh,12': stats, 'a,b,c,13': stats } } }]);
		expect(found.rows).toEqual([
			['sh', 12, null, 3, 5, 15],
			['a,b,c', 13, null, 3, 5, 15],
		]);
	});

	test('have one number where they hold no more', () => {
		expect(readMaps(['pid', 'command', 'count'], [{ type: 'map', data: { '@': { '12,a,b': 7 } } }]).rows).toEqual([
			['a,b', 12, null, 7, null, null],
		]);
	});

	test.each([{ sh: 7 }, { 'sh,twelve': 7 }, { 'sh,12': { count: 1 } }, { 'sh,12': 'x' }])(
		'that do not fit their columns are not read: %j',
		(map) => {
			const found = readMaps(['command', 'pid', 'count'], [{ type: 'map', data: { '@': map } }]);
			expect(found.rows).toEqual([]);
			expect(found.unreadLines).toHaveLength(1);
		},
	);

	test('begin an interval with each print of a script that marks them so, and by themselves with no other', () => {
		const map = { type: 'map', data: { '@': { 'sh,12': 7 } } };
		const mark = { type: 'printf', data: '\n' };
		const places = ['command', 'pid', 'count'];
		expect(readMaps(places, [map, map]).begun).toBe(2);
		expect(readMaps(places, [mark, map, map, mark, mark, map]).begun).toBe(3);
	});

	test('in which a script keeps what it needs itself are left out', () => {
		const found = readMaps(undefined, [{ type: 'map', data: { '@_since': { 12: 123456 } } }]);
		expect(found.rows).toEqual([]);
		expect(found.unreadLines).toEqual([]);
	});
});

describe('maps', () => {
	test('are a row for each key, and the next one begins anew', () => {
		const found = read('maps', [
			{ type: 'map', data: { '@': { read: 5, write: 2 } } },
			{ type: 'map', data: { '@': { read: 6 } } },
		]);
		expect(found.rows).toEqual([
			['read', 5],
			['write', 2],
			['read', 6],
		]);
		expect(found.begun).toBe(2);
	});

	test('without a key have one nameless row', () => {
		expect(read('maps', [{ type: 'map', data: { '@': 5 } }]).rows).toEqual([['', 5]]);
	});

	test('of stacks have the process, and its frames outermost first', () => {
		const key = 'my,app,\n        schedule+39\n        kernel_top+1\n,\n        leaf+0x1f\n        main+12\n';
		expect(read('stacks', [{ type: 'map', data: { '@': { [key]: 7 } } }]).rows).toEqual([
			[7, 'my,app', 'main;leaf;kernel_top;schedule'],
		]);
	});

	test('of stacks read a real profile, whose newlines are escaped twice', () => {
		const file = join(import.meta.dirname, '../../tools-catalog/cpu/profile/samples/bpftrace.txt');
		const found = read(
			'stacks',
			readFileSync(file, 'utf8')
				.split('\n')
				.filter((line) => !line.startsWith('# ')),
		);
		expect(found.unreadLines).toEqual([]);
		expect(found.rows.length).toBeGreaterThan(10);
		for (const [count, process, stack] of found.rows) {
			expect(count).toBeGreaterThan(0);
			expect(process).toMatch(/^[^\n\\;]+$/);
			expect(stack).not.toMatch(/\n|\\n|;;|\+\d+(;|$)|^\s/);
		}
	});
});

describe('histograms', () => {
	const buckets = [
		{ min: 0, max: 1, count: 4 },
		{ min: 2, max: 3, count: 1 },
	];

	test('are a row for each bucket', () => {
		const found = read('histograms', [{ type: 'hist', data: { '@usecs': buckets } }]);
		expect(found.rows).toEqual([
			['', 0, 1, 4],
			['', 2, 3, 1],
		]);
		expect(found.begun).toBe(1);
	});

	test('may have a key for each', () => {
		const found = read('histograms', [
			{ type: 'hist', data: { '@': { vda: [buckets[0]], 'v\u001bdb': [buckets[1]] } } },
		]);
		expect(found.rows).toEqual([
			['vda', 0, 1, 4],
			['v·db', 2, 3, 1],
		]);
		expect(found.begun).toBe(1);
	});

	test('may be open at either end', () => {
		const found = read('histograms', [
			{
				type: 'hist',
				data: {
					'@': [
						{ max: -1, count: 2 },
						{ min: 1024, count: 1 },
					],
				},
			},
		]);
		expect(found.rows.map(([, low, high, count]) => [low, high, count])).toEqual([
			[0, -1, 2],
			[1024, Number.MAX_SAFE_INTEGER, 1],
		]);
	});
});
