import type { Column } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import type { Cell, Row } from '../output/reader.ts';
import { parseFilter } from './filter.ts';

/** What a user asked to see of rows. */
export interface ViewRequest {
	/** The column's name; undefined keeps the order of arrival, newest first for events. */
	sort?: string | undefined;
	reverse?: boolean;
	filter?: string;
}

/** Rows that no longer change, and their columns. */
export interface Contents {
	columns: readonly Column[];
	rows: readonly Row[];
}

export interface View {
	columns: readonly Column[];
	rows: readonly Row[];
	/** Rows that the filter hides. */
	hidden: number;
	/** What can't be understood of the filter. */
	error: string | undefined;
}

export function viewOf({ columns, rows: all }: Contents, request: ViewRequest): View {
	const filter = request.filter ? parseFilter(request.filter, columns) : undefined;
	const rows = sorted(filter ? all.filter(filter.matches) : all, columns, request);
	return { columns, rows, hidden: all.length - rows.length, error: filter?.error };
}

/** Numbers largest first, texts from a to z, absent values last; reverse turns all but the last around. Stable. */
function sorted(
	rows: readonly Row[],
	columns: readonly Column[],
	{ sort, reverse = false }: ViewRequest,
): readonly Row[] {
	const index = columns.findIndex((column) => column.name === sort);
	const column = columns[index];
	// A copy, since what is given may go on growing.
	if (!column) return reverse ? rows.toReversed() : [...rows];
	return isNumeric(column.type) ? byNumber(rows, index, reverse ? 1 : -1) : byText(rows, index, reverse ? -1 : 1);
}

/** Without an object for each row: ten times a second, that would keep the garbage collector busy and keys waiting. */
function byNumber(rows: readonly Row[], index: number, sign: number): Row[] {
	const keys = new Float64Array(rows.length);
	const order = new Uint32Array(rows.length);
	for (let at = 0; at < rows.length; at++) {
		const cell = rows[at]?.cell(index) ?? null;
		keys[at] = cell === null ? Number.NaN : Number(cell);
		order[at] = at;
	}
	order.sort((a, b) => {
		const first = keys[a] as number;
		const second = keys[b] as number;
		if (first === second) return a - b;
		if (Number.isNaN(first)) return Number.isNaN(second) ? a - b : 1;
		if (Number.isNaN(second)) return -1;
		return first < second ? -sign : sign;
	});
	return Array.from(order, (place) => rows[place] as Row);
}

function byText(rows: readonly Row[], index: number, sign: number): Row[] {
	const keyed = rows.map((row) => ({ row, key: row.cell(index) }));
	return keyed.sort((a, b) => compare(a.key, b.key, sign)).map(({ row }) => row);
}

function compare(a: Cell, b: Cell, sign: number): number {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return a < b ? -sign : sign;
}
