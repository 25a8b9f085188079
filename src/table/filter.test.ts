import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { Column } from '../catalog/tool.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { parseFilter } from './filter.ts';
import { viewOf } from './view.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'id' },
	{ name: 'command', type: 'text' },
	{ name: 'size', type: 'bytes' },
	{ name: 'latency', type: 'microseconds' },
];

const commands = ['bash', 'Bash', 'curl', 'kworker/0:1', 'a b', '/tmp/x', '', null];

function randomRow(random: Random): Cell[] {
	const number = (below: number) => (random.below(5) === 0 ? null : random.below(below) - 2);
	return [number(6), random.pick(commands), number(3000), number(50_000)];
}

/** Each term of a filter, and what it means, without the program's own code. */
type Meaning = [term: string, holds: (row: Cell[]) => boolean];

const has = (cell: Cell | undefined, text: string) =>
	String(cell ?? '')
		.toLowerCase()
		.includes(text.toLowerCase());
const number = (cell: Cell | undefined, holds: (value: number) => boolean) => typeof cell === 'number' && holds(cell);

const meanings: Meaning[] = [
	['bash', (row) => row.some((cell) => has(cell, 'bash'))],
	['BASH', (row) => row.some((cell) => has(cell, 'bash'))],
	['1', (row) => row.some((cell) => has(cell, '1'))],
	['0:1', (row) => row.some((cell) => has(cell, '0:1'))],
	['"a b"', (row) => row.some((cell) => has(cell, 'a b'))],
	['/^ba/', (row) => row.some((cell) => /^ba/i.test(String(cell ?? '')))],
	['/a b|curl/', (row) => row.some((cell) => /a b|curl/i.test(String(cell ?? '')))],
	['/tmp/x', (row) => row.some((cell) => has(cell, '/tmp/x'))],
	['/tmp', (row) => row.some((cell) => has(cell, '/tmp'))],
	['command:b', ([, command]) => has(command, 'b')],
	['command:"a b"', ([, command]) => has(command, 'a b')],
	['command:/^b/', ([, command]) => /^b/i.test(String(command ?? ''))],
	['command:kworker/0:', ([, command]) => has(command, 'kworker/0:')],
	['command=bash', ([, command]) => String(command ?? '').toLowerCase() === 'bash'],
	['command!=bash', ([, command]) => String(command ?? '').toLowerCase() !== 'bash'],
	['pid!=1', ([pid]) => number(pid, (value) => value !== 1)],
	['pid:1', ([pid]) => has(pid, '1')],
	['pid=1', ([pid]) => pid === 1],
	['pid>1', ([pid]) => number(pid, (value) => value > 1)],
	['pid>=1', ([pid]) => number(pid, (value) => value >= 1)],
	['pid<1', ([pid]) => number(pid, (value) => value < 1)],
	['pid<=1', ([pid]) => number(pid, (value) => value <= 1)],
	['size>-1', ([, , size]) => number(size, (value) => value > -1)],
	['size<1e3', ([, , size]) => number(size, (value) => value < 1000)],
	['size>2k', ([, , size]) => number(size, (value) => value > 2048)],
	['latency>10ms', ([, , , latency]) => number(latency, (value) => value > 10_000)],
	['latency<0.02s', ([, , , latency]) => number(latency, (value) => value < 20_000)],
	['latency>500', ([, , , latency]) => number(latency, (value) => value > 500)],
];

const both: Meaning[] = [...meanings, ...meanings.map(([term, holds]): Meaning => [`!${term}`, (row) => !holds(row)])];

describe('a term', () => {
	test.each(both)('%s means what it says', (term, holds) => {
		const random = new Random(7);
		const { matches, error } = parseFilter(term, columns);
		expect(error).toBeUndefined();
		for (let n = 0; n < 80; n++) {
			const row = randomRow(random);
			expect(matches(rowOf(row)), JSON.stringify(row)).toBe(holds(row));
		}
	});

	test.each([
		['size>1m', 'kilobytes', 1024],
		['size>1m', 'bytes', 1024 ** 2],
		['size>2s', 'milliseconds', 2000],
		['size>50%', 'percent', 50],
		['size>3k', 'int', 3000],
	] as const)('%s in a column of %s is more than %i', (term, type, limit) => {
		const { matches, error } = parseFilter(term, [{ name: 'size', type }]);
		expect(error).toBeUndefined();
		expect([limit - 0.5, limit, limit + 0.5].map((value) => matches(rowOf([value])))).toEqual([false, false, true]);
	});
});

test('the rows are kept for which every term holds, and the others counted', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const rows = random.many(40, () => randomRow(random));
		const terms = random.many(4, () => random.pick(both));
		const kept = rows.filter((row) => terms.every(([, holds]) => holds(row)));
		const filter = terms.map(([term]) => term).join(random.pick([' ', '  ', ' \t']));
		const view = viewOf({ columns, rows: rows.map(rowOf) }, { filter });
		const got = view.rows.map((row) => columns.map((_, index) => row.cell(index)));
		expect(got, `seed ${seed}: ${filter}`).toEqual(kept);
		expect(view.hidden).toBe(rows.length - kept.length);
		expect(view.error).toBeUndefined();
	}
});

test('nothing, and what has only begun to be typed, hides nothing', () => {
	for (const text of ['', ' ', '!', ' ! ']) expect(parseFilter(text, columns).matches(rowOf([1, 'a']))).toBe(true);
});

describe('what can’t be understood is told in a sentence, and the other terms hold', () => {
	test.each([
		['no_column>3', 'there is no column no_column, but pid, command, size, latency; "no_column>3" in quotes is a text'],
		['latency>', 'latency> lacks what to compare with'],
		['latency>soon', 'soon is no number latency could be compared with'],
		['latency>3k', '3k is no number latency could be compared with'],
		['/ba(/', '/ba(/ is not a regular expression yet'],
		['command>b', 'command>b: this column holds text, which has no more or less'],
	])('%s: %s', (text, error) => {
		const filter = parseFilter(`pid=1 ${text}`, columns);
		expect(filter.error).toBe(error);
		expect([1, 2].map((pid) => filter.matches(rowOf([pid, 'bash'])))).toEqual([true, false]);
	});
});
