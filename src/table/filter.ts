import type { Column } from '../catalog/tool.ts';
import type { Row } from '../output/reader.ts';

/**
 * Words that must all hold: `text` anywhere in the row, `column:text` in one
 * column, `column>number` and `column<number`; a leading ! turns a word around.
 */
export function matcher(filter: string, columns: Column[]): (row: Row) => boolean {
	const tests = filter
		.split(/\s+/)
		.filter(Boolean)
		.map((word) => testOf(word, columns));
	return (row) => tests.every((test) => test(row));
}

function testOf(word: string, columns: Column[]): (row: Row) => boolean {
	if (word.startsWith('!') && word.length > 1) {
		const test = testOf(word.slice(1), columns);
		return (row) => !test(row);
	}
	const [, name, operator, operand = ''] = /^([a-z0-9_]+)([:<>])(.+)$/.exec(word) ?? [];
	const index = columns.findIndex((column) => column.name === name);
	if (index < 0) {
		const text = word.toLowerCase();
		return (row) =>
			columns.some((_, column) =>
				String(row.cell(column) ?? '')
					.toLowerCase()
					.includes(text),
			);
	}
	if (operator === ':') {
		const text = operand.toLowerCase();
		return (row) =>
			String(row.cell(index) ?? '')
				.toLowerCase()
				.includes(text);
	}
	const limit = Number(operand);
	if (operator === '>') return (row) => row.cell(index) !== null && Number(row.cell(index)) > limit;
	return (row) => row.cell(index) !== null && Number(row.cell(index)) < limit;
}
