import type { Column } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import { type Cell, type Row, rowOf } from '../output/reader.ts';
import { matcher } from './filter.ts';
import type { Table } from './table.ts';

/** What a user asked to see of a table. */
export interface ViewRequest {
	/** The column's name; undefined keeps the order of arrival, newest first for events. */
	sort?: string | undefined;
	reverse?: boolean;
	filter?: string;
}

/** Rows that no longer change, and their columns. */
export interface Contents {
	columns: Column[];
	rows: Row[];
}

/** A sorted and filtered window's worth of rows, and how many are behind it. */
export interface View {
	columns: Column[];
	rows: Row[];
	/** Rows that the filter hides. */
	hidden: number;
}

export const countColumn: Column = { name: 'count', type: 'int' };

export function viewOf({ columns, rows: all }: Contents, request: ViewRequest): View {
	const matches = matcher(request.filter ?? '', columns);
	const rows = sorted(request.filter ? all.filter(matches) : all, columns, request);
	return { columns, rows, hidden: all.length - rows.length };
}

/** A table's rows, or its groups, at this moment. */
export function contentsOf(table: Table): Contents {
	if (!table.groups) return { columns: table.columns, rows: [...table.rows()] };
	const key = table.columns[table.groups.column] as Column;
	const rows = [...table.groups.counts].map(([value, count]) => rowOf([count, value]));
	return { columns: [countColumn, key], rows };
}

/** Numbers largest first, texts from a to z, absent values last; reverse turns all but the last around. Stable. */
function sorted(rows: Row[], columns: Column[], { sort, reverse = false }: ViewRequest): Row[] {
	const index = columns.findIndex((column) => column.name === sort);
	const column = columns[index];
	if (!column) return reverse ? rows.toReversed() : rows;
	const sign = (isNumeric(column.type) ? -1 : 1) * (reverse ? -1 : 1);
	const keyed = rows.map((row) => ({ row, key: row.cell(index) }));
	return keyed.sort((a, b) => compare(a.key, b.key, sign)).map(({ row }) => row);
}

function compare(a: Cell, b: Cell, sign: number): number {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return a < b ? -sign : sign;
}
