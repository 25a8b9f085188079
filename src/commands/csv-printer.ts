import type { Column, OutputClass } from '../catalog/tool.ts';
import type { Cell } from '../output/reader.ts';
import { numbersIntervals, type RowPrinter } from './print-rows.ts';

/** A line of names, then one for each row (RFC 4180, with the newlines of this system); what was not there is empty. */
export function csvPrinter(columns: Column[], outputClass: OutputClass, write: (text: string) => void): RowPrinter {
	const repeats = numbersIntervals(outputClass);
	let interval = 0;
	const line = (cells: Cell[]) => write(`${cells.map(field).join(',')}\n`);
	line([...(repeats ? ['interval'] : []), ...columns.map(({ name }) => name)]);
	return {
		begin() {
			interval++;
		},
		row: (row) => line([...(repeats ? [interval] : []), ...columns.map((_, index) => row.cell(index))]),
		end() {},
	};
}

function field(cell: Cell): string {
	const text = cell === null ? '' : String(cell);
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
