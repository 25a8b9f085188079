import type { ColumnType } from '../catalog/column-types.ts';
import type { Column } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import type { Row } from '../output/reader.ts';

type Test = (row: Row) => boolean;

export interface Filter {
	matches: Test;
	/** What can't be understood of it, in one sentence; the rest of it holds all the same. */
	error: string | undefined;
}

/**
 * Terms that must all hold, parted by blanks:
 *
 *     word          anywhere in the row; "two words" as one
 *     /expression/  a regular expression, anywhere in the row
 *     column:word   in one column, also column:/expression/
 *     column>10ms   also >= < <= = !=, in the column's unit or with one
 *     !term         turns it around
 *
 * Letters count as the same in upper and lower case.
 */
export function parseFilter(text: string, columns: readonly Column[]): Filter {
	const tests: Test[] = [];
	let error: string | undefined;
	for (const term of termsOf(text)) {
		try {
			tests.push(testOf(term, columns));
		} catch (problem) {
			if (!(problem instanceof FilterError)) throw problem;
			error ??= problem.message;
		}
	}
	return { matches: (row) => tests.every((test) => test(row)), error };
}

class FilterError extends Error {}

interface Term {
	inverted: boolean;
	column: string | undefined;
	operator: string;
	operand: string;
	kind: 'text' | 'expression';
	/** As it was typed. */
	text: string;
}

/** The operand may be quoted, or an expression; either may hold blanks. A path is no expression, as one ends at its second slash. */
const term =
	/(?<inverted>!?)(?:(?<column>[a-z][a-z0-9_]*)(?<operator>:|>=|<=|!=|>|<|=))?(?:"(?<quoted>[^"]*)"?|\/(?<expression>(?:\\.|[^\\/])+)\/(?=\s|$)|(?<word>\S*))\s*/gy;

function* termsOf(text: string): Generator<Term> {
	for (const found of text.trimStart().matchAll(term)) {
		const { inverted, column, operator, quoted, expression, word } = found.groups ?? {};
		const operand = quoted ?? expression ?? word ?? '';
		const kind = expression === undefined ? 'text' : 'expression';
		if (found[0] === '' || (operand === '' && column === undefined)) continue;
		yield { inverted: inverted === '!', column, operator: operator ?? ':', operand, kind, text: found[0].trimEnd() };
	}
}

function testOf(term: Term, columns: readonly Column[]): Test {
	const test = term.column === undefined ? anywhere(term, columns) : inColumn(term, term.column, columns);
	return term.inverted ? (row) => !test(row) : test;
}

function anywhere(term: Term, columns: readonly Column[]): Test {
	const has = textTest(term);
	return (row) => columns.some((_, index) => has(String(row.cell(index) ?? '')));
}

function inColumn(term: Term, name: string, columns: readonly Column[]): Test {
	const index = columns.findIndex((column) => column.name === name);
	const column = columns[index];
	if (!column) {
		const known = columns.map(({ name }) => name).join(', ');
		throw new FilterError(`there is no column ${name}, but ${known}; "${term.text}" in quotes is a text`);
	}
	if (term.operand === '') throw new FilterError(`${name}${term.operator} lacks what to compare with`);
	if (term.operator === ':') {
		const has = textTest(term);
		return (row) => has(String(row.cell(index) ?? ''));
	}
	if (!isNumeric(column.type)) return textComparison(term, index);
	const limit = readAmount(term.operand, column.type);
	if (limit === undefined) throw new FilterError(`${term.operand} is no number ${name} could be compared with`);
	const holds = comparisons[term.operator] as (a: number, b: number) => boolean;
	return (row) => {
		const cell = row.cell(index);
		return cell !== null && holds(Number(cell), limit);
	};
}

export const comparisons: Record<string, (a: number, b: number) => boolean> = {
	'>': (a, b) => a > b,
	'<': (a, b) => a < b,
	'>=': (a, b) => a >= b,
	'<=': (a, b) => a <= b,
	'=': (a, b) => a === b,
	'!=': (a, b) => a !== b,
};

function textComparison({ operator, operand, text }: Term, index: number): Test {
	if (operator !== '=' && operator !== '!=')
		throw new FilterError(`${text}: this column holds text, which has no more or less`);
	const isSame = operator === '=';
	return (row) => (String(row.cell(index) ?? '').toLowerCase() === operand.toLowerCase()) === isSame;
}

function textTest({ kind, operand }: Term): (text: string) => boolean {
	if (kind === 'text') {
		const wanted = operand.toLowerCase();
		return (text) => text.toLowerCase().includes(wanted);
	}
	try {
		const expression = new RegExp(operand, 'i');
		return (text) => expression.test(text);
	} catch {
		throw new FilterError(`/${operand}/ is not a regular expression yet`);
	}
}

const thousands: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const bytes: Record<string, number> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const seconds: Record<string, number> = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** What one of a column's own units is, in those of its table. */
const scales: Partial<Record<ColumnType, { units: Record<string, number>; own: number }>> = {
	bytes: { units: bytes, own: 1 },
	kilobytes: { units: bytes, own: 1024 },
	seconds: { units: seconds, own: 1 },
	milliseconds: { units: seconds, own: 1e-3 },
	microseconds: { units: seconds, own: 1e-6 },
	percent: { units: { '': 1, '%': 1 }, own: 1 },
};

/** "10ms" in a column of microseconds is 10,000. A number without a unit has the column's own. */
export function readAmount(text: string, type: ColumnType): number | undefined {
	const [, number, unit = ''] = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)([a-z%]*)$/i.exec(text) ?? [];
	if (number === undefined) return undefined;
	if (unit === '') return Number(number);
	const { units, own } = scales[type] ?? { units: thousands, own: 1 };
	const scale = units[unit.toLowerCase()];
	return scale === undefined ? undefined : (Number(number) * scale) / own;
}
