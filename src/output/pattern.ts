import type { Column, Provider } from '../catalog/tool.ts';
import { readCell } from './cells.ts';
import { type Cell, type Reader, type RowSink, rowOf } from './reader.ts';

/**
 * Lines that fit one of a provider's patterns, whose groups are named as the columns that they fill. The last pattern
 * makes a row; what the others found stays for the rows that follow. A new time begins an interval.
 */
export class PatternReader implements Reader {
	private readonly patterns: RegExp[];
	private readonly noise: RegExp[];
	private readonly columns: Column[];
	private readonly cells: Cell[];
	private readonly sink: RowSink;

	constructor(columns: Column[], provider: Provider, sink: RowSink) {
		this.patterns = (provider.patterns ?? []).map((pattern) => new RegExp(pattern));
		this.noise = provider.noise.map((pattern) => new RegExp(pattern));
		this.columns = columns;
		this.cells = columns.map(() => null);
		this.sink = sink;
	}

	line(text: string): void {
		for (const [index, pattern] of this.patterns.entries()) {
			const match = pattern.exec(text);
			if (!match) continue;
			const read = this.fill(match.groups ?? {});
			if (!read) this.sink.unread(text);
			else if (index === this.patterns.length - 1) this.sink.row(rowOf([...this.cells]));
			return;
		}
		if (text.trim() === '' || this.noise.some((pattern) => pattern.test(text))) return;
		this.sink.unread(text);
	}

	end(): void {}

	/** A group that took no part in the match leaves its cell empty. */
	private fill(groups: Record<string, string | undefined>): boolean {
		for (const [index, column] of this.columns.entries()) {
			if (!Object.hasOwn(groups, column.name)) continue;
			const word = groups[column.name];
			const cell = word === undefined ? null : readCell(word, column);
			if (cell === undefined) return false;
			if (column.name === 'time' && cell !== this.cells[index]) this.sink.begin();
			this.cells[index] = cell;
		}
		return true;
	}
}
