import type { ColumnType } from '../catalog/column-types.ts';
import type { Column } from '../catalog/tool.ts';
import { printable } from '../host/printable.ts';
import type { Cell } from './reader.ts';

export function isNumeric(type: ColumnType): boolean {
	return type !== 'text' && type !== 'time';
}

/** A word as a cell of its column, or undefined where the word cannot be one. */
export function readCell(word: string, column: Column): Cell | undefined {
	if (!isNumeric(column.type)) return printable(word);
	if (word === '' || word === '-' || word === '--') return null;
	const value = Number(word.endsWith('%') ? word.slice(0, -1) : word);
	return Number.isNaN(value) ? undefined : value;
}
