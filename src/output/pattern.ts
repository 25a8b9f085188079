import type { Column, Provider } from '../catalog/tool.ts';
import { readCell } from './cells.ts';
import { type Cell, type Reader, type RowSink, rowOf } from './reader.ts';

/**
 * Lines that fit one of a provider's patterns, whose groups are named as the columns that they fill. The last pattern
 * makes a row. What the others found stays for the rows that follow, until a pattern before theirs fits again. A new
 * time begins an interval.
 */
export class PatternReader implements Reader {
	private readonly patterns: RegExp[];
	private readonly noise: RegExp[];
	private readonly columns: Column[];
	/** What each pattern found last. */
	private readonly found: Record<string, Cell>[];
	private time: Cell = null;
	private readonly sink: RowSink;

	constructor(columns: Column[], provider: Provider, sink: RowSink) {
		this.patterns = (provider.patterns ?? []).map((pattern) => new RegExp(pattern));
		this.noise = provider.noise.map((pattern) => new RegExp(pattern));
		this.columns = columns;
		this.found = this.patterns.map(() => ({}));
		this.sink = sink;
	}

	line(text: string): void {
		for (const [index, pattern] of this.patterns.entries()) {
			const match = pattern.exec(text);
			if (match) {
				this.take(text, index, match.groups ?? {});
				return;
			}
		}
		if (text.trim() === '' || this.noise.some((pattern) => pattern.test(text))) return;
		this.sink.unread(text);
	}

	end(): void {}

	private take(text: string, index: number, groups: Record<string, string | undefined>): void {
		const cells = this.cellsOf(groups);
		if (!cells) {
			this.sink.unread(text);
			return;
		}
		this.found[index] = cells;
		this.found.fill({}, index + 1);
		if (cells.time !== undefined && cells.time !== this.time) {
			this.time = cells.time;
			this.sink.begin();
		}
		if (index < this.patterns.length - 1) return;
		const row: Record<string, Cell> = Object.assign({}, ...this.found);
		this.sink.row(rowOf(this.columns.map(({ name }) => row[name] ?? null)));
	}

	/** A group that took no part in the match leaves its cell empty. */
	private cellsOf(groups: Record<string, string | undefined>): Record<string, Cell> | undefined {
		const cells: Record<string, Cell> = {};
		for (const column of this.columns) {
			const word = groups[column.name];
			const cell = word === undefined ? null : readCell(word, column);
			if (cell === undefined) return undefined;
			if (Object.hasOwn(groups, column.name)) cells[column.name] = cell;
		}
		return cells;
	}
}
