import type { Column } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import { type Cell, type Row, rowOf } from '../output/reader.ts';
import type { Interval } from './table.ts';
import type { Contents } from './view.ts';

/** What a row of one interval has in common with the same one of another: its texts and ids, but not its time. */
export function identityOf(columns: readonly Column[], row: Row): string {
	return columns.map(({ type }, index) => (type === 'text' || type === 'id' ? row.cell(index) : '')).join('\n');
}

/** Each number followed by how much it has changed since the interval before; null for what was not there. */
export function withChanges({ columns, rows }: Contents, before: readonly Row[]): Contents {
	const earlier = new Map(before.map((row) => [identityOf(columns, row), row]));
	const changing = (column: Column) => isNumeric(column.type) && column.type !== 'id';
	return {
		columns: columns.flatMap((column) => (changing(column) ? [column, changeOf(column)] : [column])),
		rows: rows.map((row) => {
			const old = earlier.get(identityOf(columns, row));
			return rowOf(
				columns.flatMap((column, index): Cell[] => {
					const cell = row.cell(index);
					return changing(column) ? [cell, difference(cell, old?.cell(index) ?? null)] : [cell];
				}),
			);
		}),
	};
}

const changeMark = '_change';

function changeOf({ name, type }: Column): Column {
	return { name: name + changeMark, type, help: 'Since the interval before' };
}

/** The column whose change this one is; else itself. */
export function withoutChange(name: string): string {
	return name.endsWith(changeMark) ? name.slice(0, -changeMark.length) : name;
}

function difference(now: Cell, before: Cell): Cell {
	return typeof now === 'number' && typeof before === 'number' ? now - before : null;
}

/** One cell over the intervals, null where its row was not there. */
export function historyOf(
	intervals: readonly Interval[],
	columns: readonly Column[],
	identity: string,
	column: number,
): (number | null)[] {
	return intervals.map(({ rows }) => {
		const cell = rows.find((row) => identityOf(columns, row) === identity)?.cell(column) ?? null;
		return typeof cell === 'number' ? cell : null;
	});
}
