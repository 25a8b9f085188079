import type { Column, OutputClass } from '../catalog/tool.ts';
import type { Cell, Row } from '../output/reader.ts';
import { padTo, widthOf } from '../table/fit.ts';
import { alignsRight, formatCell } from '../table/format-cell.ts';

export const formats = ['table', 'ndjson', 'raw'] as const;
export type Format = (typeof formats)[number];

/** A place for rows on their way to stdout. */
export interface RowPrinter {
	begin(): void;
	row(row: Row): void;
	/** Whatever was held back. */
	end(): void;
}

type Write = (text: string) => void;

/** Rows of these tools say which of their intervals they are of. */
export function numbersIntervals(outputClass: OutputClass): boolean {
	return outputClass === 'interval-table' || outputClass === 'histogram';
}

/** One JSON object a row; rows of one interval share its number. */
export function ndjsonPrinter(columns: Column[], outputClass: OutputClass, write: Write): RowPrinter {
	const repeats = numbersIntervals(outputClass);
	let interval = 0;
	return {
		begin() {
			interval++;
		},
		row(row) {
			const object: Record<string, Cell> = repeats ? { interval } : {};
			columns.forEach(({ name }, index) => {
				object[name] = row.cell(index);
			});
			write(`${JSON.stringify(object)}\n`);
		},
		end() {},
	};
}

/** Aligned columns: event by event as they come, an interval when it is complete. */
export function tablePrinter(columns: Column[], outputClass: OutputClass, write: Write): RowPrinter {
	if (outputClass === 'event-stream' || outputClass === 'text') return streamPrinter(columns, write);
	let held: Row[] = [];
	const flush = () => {
		if (held.length > 0) write(`${alignedLines(columns, held).join('\n')}\n\n`);
		held = [];
	};
	return { begin: flush, row: (row) => held.push(row), end: flush };
}

function streamPrinter(columns: Column[], write: Write): RowPrinter {
	const widths = columns.map(({ name, type }) => Math.max(name.length, type === 'text' ? 16 : 8));
	let started = columns.length === 1;
	return {
		begin() {},
		row(row) {
			if (!started)
				write(
					`${line(
						columns,
						columns.map(({ name }) => name),
						widths,
					)}\n`,
				);
			started = true;
			write(`${line(columns, textsOf(columns, row), widths)}\n`);
		},
		end() {},
	};
}

/** A header and its rows, each column as wide as its widest value. */
export function alignedLines(columns: Column[], rows: Row[]): string[] {
	const texts = [columns.map(({ name }) => name), ...rows.map((row) => textsOf(columns, row))];
	const widths = columns.map((_, index) => Math.max(...texts.map((row) => widthOf(row[index] ?? ''))));
	return texts.map((row) => line(columns, row, widths));
}

function textsOf(columns: Column[], row: Row): string[] {
	return columns.map(({ type }, index) => formatCell(row.cell(index), type));
}

function line(columns: Column[], texts: string[], widths: number[]): string {
	const cells = columns.map(({ type }, index) => {
		const text = texts[index] ?? '';
		return padTo(text, widths[index] ?? 0, alignsRight(type) ? 'right' : 'left');
	});
	return cells.join('  ').trimEnd();
}
