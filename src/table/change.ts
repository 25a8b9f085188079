import type { Cell, Row } from '../output/reader.ts';
import type { Contents } from './view.ts';

/**
 * Named values with a third column: how much each has changed since the interval before. A name that was not there
 * before has not changed from 0; nobody knows what it was.
 */
export function withChange({ columns, rows }: Contents, before: readonly Row[] | undefined): Contents {
	const [name, value] = columns;
	if (!before || !name || !value) return { columns, rows };
	const old = new Map(before.map((row) => [row.cell(0), row.cell(1)]));
	const change = { name: 'change', type: value.type, help: 'Since the interval before' };
	return {
		columns: [name, value, change, ...columns.slice(2)],
		rows: rows.map((row) => ({
			cell: (column) => {
				if (column === 2) return difference(row.cell(1), old.get(row.cell(0)) ?? null);
				return row.cell(column > 2 ? column - 1 : column);
			},
		})),
	};
}

function difference(now: Cell, then: Cell): Cell {
	return typeof now === 'number' && typeof then === 'number' ? now - then : null;
}
