import type { Column, Provider } from '../catalog/tool.ts';
import { isNumeric, readCell } from './cells.ts';
import { type Cell, type Reader, type RowSink, rowOf } from './reader.ts';

/** JSON, a document a line: an object is a row, and an array of them is a table. A new time begins an interval, too. */
export class JsonReader implements Reader {
	/** A whole table is one line. */
	readonly longestLine = 64 * 1024 * 1024;
	private time: Cell = null;
	/** Where in an object each column's value is. */
	private readonly paths: (string[] | undefined)[];
	private readonly noise: RegExp[];
	private readonly columns: Column[];
	private readonly sink: RowSink;

	constructor(columns: Column[], provider: Provider, sink: RowSink) {
		const places = Object.entries(provider.columns ?? {});
		this.paths = columns.map(({ name }) => places.find(([, column]) => column === name)?.[0].split('.'));
		this.noise = provider.noise.map((pattern) => new RegExp(pattern));
		this.columns = columns;
		this.sink = sink;
	}

	line(text: string): void {
		if (text.trim() === '' || this.noise.some((pattern) => pattern.test(text))) return;
		const document = parse(text);
		if (Array.isArray(document)) this.sink.begin();
		const rows = (Array.isArray(document) ? document : [document]).map((object) => this.cellsOf(object));
		if (!rows.every((row) => row !== undefined)) {
			this.sink.unread(text);
			return;
		}
		for (const cells of rows) this.row(cells);
	}

	end(): void {}

	private row(cells: Cell[]): void {
		const time = cells[this.columns.findIndex(({ name }) => name === 'time')] ?? null;
		if (time !== this.time) this.sink.begin();
		this.time = time;
		this.sink.row(rowOf(cells));
	}

	/** Undefined for anything that is not an object with at least one of the columns. */
	private cellsOf(object: unknown): Cell[] | undefined {
		const cells = this.columns.map((column, index) => cellOf(at(object, this.paths[index]), column));
		return cells.some((cell) => cell !== null) ? cells : undefined;
	}
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function at(value: unknown, path: string[] | undefined): unknown {
	let found = path === undefined ? undefined : value;
	for (const name of path ?? []) {
		if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
		found = (found as Record<string, unknown>)[name];
	}
	return found;
}

/** Some tools write numbers as texts, and a remark in place of one that they don't have. */
function cellOf(value: unknown, column: Column): Cell {
	if (typeof value === 'number' && isNumeric(column.type)) return value;
	if (typeof value === 'string' || typeof value === 'number') return readCell(String(value), column) ?? null;
	return null;
}
