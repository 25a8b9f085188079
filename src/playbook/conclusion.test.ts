import { describe, expect, test } from 'vitest';
import { toolOf } from '../../test/fixtures/tools.ts';
import type { Step } from '../catalog/playbook.ts';
import { playbookSchema } from '../catalog/playbook.ts';
import type { Column, OutputClass } from '../catalog/tool.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import type { Badge } from '../runs/evidence.ts';
import { ResultReader } from './conclusion.ts';

const columns: Column[] = [
	{ name: 'command', type: 'text' },
	{ name: 'pid', type: 'id' },
	{ name: 'latency', type: 'milliseconds' },
	{ name: 'bytes', type: 'bytes' },
];

type Draft = Pick<Partial<Step>, 'nothing'> & { values?: Record<string, object>; say: object[] };

/** What a step makes of these rows; null is where an interval begins. */
function read(
	draft: Draft,
	rows: (Cell[] | null)[],
	{
		badge = 'complete',
		outputClass = 'event-stream',
		cpus = 2,
	}: { badge?: Badge; outputClass?: OutputClass; cpus?: number } = {},
) {
	const file = playbookSchema.parse({ title: 'T', about: 'A', steps: [{ tool: 'mine', look: 'L', ...draft }] });
	const tool = toolOf({
		output: { class: outputClass, columns: outputClass === 'histogram' ? [] : columns, unit: 'us' },
	});
	const reader = new ResultReader(tool, file.steps[0] as Step);
	for (const row of rows) row ? reader.row(rowOf(row)) : reader.begin();
	return reader.conclude({ badge, why: '3 events were lost' }, { seconds: 5, cpus });
}

const slowest: Draft = {
	values: { slowest: { by: ['command'], most: 'latency_max' }, all: {} },
	say: [
		{
			when: 'slowest.latency_max > 10ms',
			notable: true,
			text: '{slowest.command} took {slowest.latency_max} in {seconds}.',
		},
		{ text: 'None of {all.count} was slow.' },
	],
};

describe('The sentence of a result', () => {
	test('is the first whose condition holds, with numbers as people read them', () => {
		expect(
			read(slowest, [
				['a', 1, 3, 0],
				['b', 2, 12.5, 0],
				['a', 1, 7, 0],
			]),
		).toEqual({ mark: 'look', text: 'b took 12.5ms in 5s.' });
		expect(
			read(slowest, [
				['a', 1, 3, 0],
				['b', 2, null, 0],
			]),
		).toEqual({ mark: 'ok', text: 'None of 2 was slow.' });
	});

	test('has no say in what text from outside does to a terminal, and cuts it off', () => {
		const { text } = read(slowest, [[`\x1b[2J\u202e${'x'.repeat(300)}`, 1, 50, 0]]);
		expect(text).toMatch(/^··?\[2J·x+… took 50ms in 5s\.$/);
		expect(text.length).toBeLessThan(140);
	});

	test('takes no braces out of text from outside', () => {
		expect(read(slowest, [['{seconds}', 1, 50, 0]]).text).toBe('{seconds} took 50ms in 5s.');
	});

	test('says of no rows that nothing was seen, in words of the step where it has them', () => {
		expect(read(slowest, [])).toEqual({ mark: 'ok', text: 'Nothing was seen in 5s.' });
		expect(read({ ...slowest, nothing: 'No requests.' }, [])).toEqual({ mark: 'ok', text: 'No requests.' });
	});

	test('is never ok of what was not seen, or seen in part', () => {
		expect(read(slowest, [], { badge: 'blind' })).toEqual({
			mark: 'unknown',
			text: 'It saw nothing: 3 events were lost.',
		});
		expect(read(slowest, [['a', 1, 3, 0]], { badge: 'lossy' })).toEqual({
			mark: 'unknown',
			text: 'None of 1 was slow. Not all was seen: 3 events were lost.',
		});
		expect(read(slowest, [], { badge: 'partial' }).mark).toBe('unknown');
		expect(read(slowest, [['a', 1, 30, 0]], { badge: 'lossy' })).toMatchObject({
			mark: 'look',
			text: expect.stringMatching(/^a took 30ms.* Not all was seen/),
		});
	});

	test('measures against the number of CPUs and against other values', () => {
		const draft = (when: string): Draft => ({
			values: { all: {}, big: { where: 'bytes>1K' } },
			say: [{ when, notable: true, text: 'Yes.' }, { text: 'No.' }],
		});
		const rows = [
			['a', 1, 1, 2048],
			['a', 1, 1, 10],
			['a', 1, 1, 10],
		];
		const marks = (when: string, cpus = 2) => read(draft(when), rows, { cpus }).mark;
		expect([marks('all.count > cpus'), marks('all.count > cpus', 3), marks('all.count > 2*cpus', 1)]).toEqual([
			'look',
			'ok',
			'look',
		]);
		expect([marks('big.count > 0.3*all.count'), marks('big.count > 0.4*all.count')]).toEqual(['look', 'ok']);
	});

	test('of rows that a filter leaves none of, counts none', () => {
		const draft: Draft = {
			values: { failed: { where: 'latency>1s' } },
			say: [{ when: 'failed.count = 0', text: 'None ({failed.latency_max}).' }, { text: 'Some.' }],
		};
		expect(read(draft, [['a', 1, 1, 1]]).text).toBe('None (-).');
	});

	test('leaves out what a tool prints first as the average since boot', () => {
		const draft: Draft = { values: { all: { after: 1 } }, say: [{ text: '{all.latency_max}' }] };
		const rows = [
			['a', 1, 99, 0],
			['a', 1, 5, 0],
		] as Cell[][];
		expect(read(draft, rows).text).toBe('5ms');
		const intervals = [null, ['a', 1, 99, 0], ['b', 1, 98, 0], null, ['a', 1, 5, 0]] as (Cell[] | null)[];
		expect(read(draft, intervals, { outputClass: 'interval-table' }).text).toBe('5ms');
	});

	test('knows the group with the most rows, or the most or least of something, its share, and how many there are', () => {
		const draft: Draft = {
			values: {
				top: { by: ['command'] },
				most: { by: ['command'], most: 'bytes_sum' },
				least: { by: ['command'], least: 'latency_avg' },
			},
			say: [{ text: '{top.command} {top.share} of {top.groups}, {most.command} {most.share}, {least.command}' }],
		};
		expect(
			read(draft, [
				['c', 1, 3, 60],
				['b', 1, 1, 30],
				['a', 2, 2, 5],
				['a', 1, 2, 5],
			]).text,
		).toBe('a 50.0 % of 3, c 60.0 %, b');
	});

	test('adds the histograms of a run up for a percentile', () => {
		const draft: Draft = {
			values: { slow: { percentile: 99 } },
			say: [{ text: '{slow.value} of {slow.count}, at most {slow.highest}' }],
		};
		const rows = [null, ['', 0, 1, 90], ['', 2, 3, 0], null, ['', 0, 1, 9], ['', 1024, 2047, 1]] as (Cell[] | null)[];
		expect(read(draft, rows, { outputClass: 'histogram' }).text).toBe('1us of 100, at most 2.05ms');
	});
});
