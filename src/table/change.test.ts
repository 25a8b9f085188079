import { expect, test } from 'vitest';
import type { Column } from '../catalog/tool.ts';
import { rowOf } from '../output/reader.ts';
import { withChange } from './change.ts';
import { viewOf } from './view.ts';

const columns: Column[] = [
	{ name: 'name', type: 'text' },
	{ name: 'value', type: 'int' },
];
const rows = [rowOf(['drops', 12]), rowOf(['new', 3]), rowOf(['unread', null])];
const before = [rowOf(['drops', 5]), rowOf(['gone', 1]), rowOf(['unread', 4])];

test('each value has its change since the interval before; what is not known has none', () => {
	const { columns: all, rows: changed } = withChange({ columns, rows }, before);
	expect(all.map(({ name, type }) => [name, type])).toEqual([
		['name', 'text'],
		['value', 'int'],
		['change', 'int'],
	]);
	expect(changed.map((row) => all.map((_, index) => row.cell(index)))).toEqual([
		['drops', 12, 7],
		['new', 3, null],
		['unread', null, null],
	]);
});

test('the change is a column like others: the view sorts by it', () => {
	const changed = withChange({ columns, rows: [rowOf(['a', 9]), rowOf(['b', 5])] }, [rowOf(['a', 8]), rowOf(['b', 1])]);
	expect(viewOf(changed, { sort: 'change' }).rows.map((row) => row.cell(0))).toEqual(['b', 'a']);
});

test('without an interval before there is nothing to add', () => {
	expect(withChange({ columns, rows }, undefined)).toEqual({ columns, rows });
});
