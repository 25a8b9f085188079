import type { Column } from '../catalog/tool.ts';

/** A value as it was read: text stays text, numbers are numbers, null was not there. */
export type Cell = string | number | null;

/**
 * One row. Most rows of a busy stream are never looked at, so a row may be no
 * more than its line, read where and when a cell of it is asked for.
 */
export interface Row {
	cell(column: number): Cell;
}

export function rowOf(cells: Cell[]): Row {
	return { cell: (column) => cells[column] ?? null };
}

/** What a tool says of itself, apart from its rows. */
export type Remark =
	| { kind: 'attached'; probes: number }
	| { kind: 'lost'; events: number }
	| { kind: 'message'; text: string };

/** Where a reader puts what it finds. */
export interface RowSink {
	/** A new interval starts: what the tool prints from here on replaces what it printed before. */
	begin(): void;
	row(row: Row): void;
	remark(remark: Remark): void;
	/** A line that should have been a row and could not be read as one. */
	unread(line: string): void;
}

/** Turns a tool's lines into typed rows. It never fails; it counts what it cannot read. */
export interface Reader {
	/** In bytes, where a line of this dialect may be longer than one for people. */
	readonly longestLine?: number;
	line(text: string): void;
	/** The output is over: what is still held back becomes rows. */
	end(): void;
}

/** Its bounds are what a bucket is found again by in the next interval. */
export const histogramColumns: Column[] = [
	{ name: 'key', type: 'text' },
	{ name: 'low', type: 'id' },
	{ name: 'high', type: 'id' },
	{ name: 'count', type: 'int' },
];

export const stackColumns: Column[] = [
	{ name: 'count', type: 'int' },
	{ name: 'process', type: 'text' },
	{ name: 'stack', type: 'text', help: 'Outermost frame first, frames parted by semicolons' },
];

export const textColumns: Column[] = [{ name: 'line', type: 'text' }];
