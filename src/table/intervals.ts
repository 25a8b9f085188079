import type { Column } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import { type Cell, type Row, rowOf } from '../output/reader.ts';
import type { Interval } from './table.ts';
import type { Contents } from './view.ts';

/**
 * What a row of one interval has in common with the same one of another: its texts and the ids before its numbers, but
 * not its time. An id that comes after them, such as the CPU that a process ran on last, does not say whose row it is.
 */
export function identityOf(columns: readonly Column[], row: Row): string {
	const numbers = columns.findIndex(isMeasured);
	const names = ({ type }: Column, index: number) =>
		type === 'text' || (type === 'id' && !(numbers >= 0 && index > numbers));
	return columns.map((column, index) => (names(column, index) ? row.cell(index) : '')).join('\n');
}

function isMeasured({ type }: Column): boolean {
	return isNumeric(type) && type !== 'id';
}

/** Each number followed by how much it has changed since the interval before; null for what was not there. */
export function withChanges({ columns, rows }: Contents, before: readonly Row[]): Contents {
	const earlier = new Map(before.map((row) => [identityOf(columns, row), row]));
	return {
		columns: columns.flatMap((column) => (isMeasured(column) ? [column, changeOf(column)] : [column])),
		rows: rows.map((row) => {
			const old = earlier.get(identityOf(columns, row));
			return rowOf(
				columns.flatMap((column, index): Cell[] => {
					const cell = row.cell(index);
					return isMeasured(column) ? [cell, difference(cell, old?.cell(index) ?? null)] : [cell];
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
