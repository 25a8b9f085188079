import type { Column, OutputClass } from '../catalog/tool.ts';
import { type Cell, type Row, rowOf } from '../output/reader.ts';

/** Enough to scroll and sort through; older events are counted, not kept. */
const mostRows = 10_000;
const mostKeys = 100_000;

/** How rows come together: events are appended, an interval replaces the one before it, stacks add up. */
type Gathering = 'append' | 'replace' | 'sum';

const gatherings: Record<OutputClass, Gathering> = {
	'event-stream': 'append',
	'oneshot-table': 'append',
	text: 'append',
	'interval-table': 'replace',
	histogram: 'replace',
	keyvalue: 'replace',
	stacks: 'sum',
};

/** Live rows. It is written from a pipe and read ten times a second at most, so it holds no views and calls nobody. */
export class Table {
	/** Grows with every change; a reader that saw this version has nothing to do. */
	version = 0;
	/** Rows that ever arrived. */
	total = 0;
	/** Rows no longer held because there were too many. */
	dropped = 0;
	groups: Groups | undefined;
	readonly columns: Column[];
	private held: Row[] = [];
	private oldest = 0;
	private readonly sums = new Map<string, { count: number; row: Row }>();
	private readonly gathering: Gathering;

	constructor(columns: Column[], outputClass: OutputClass) {
		this.columns = columns;
		this.gathering = gatherings[outputClass];
	}

	begin(): void {
		if (this.gathering !== 'replace') return;
		this.held = [];
		this.oldest = 0;
		this.version++;
	}

	add(row: Row): void {
		this.version++;
		this.total++;
		this.groups?.add(row);
		if (this.gathering === 'sum') this.sum(row);
		else if (this.held.length < mostRows) this.held.push(row);
		else {
			this.held[this.oldest] = row;
			this.oldest = (this.oldest + 1) % mostRows;
			this.dropped++;
		}
	}

	/** Oldest first. */
	rows(): Row[] {
		if (this.gathering === 'sum') return [...this.sums.values()].map(({ row }) => row);
		return this.oldest === 0 ? this.held : [...this.held.slice(this.oldest), ...this.held.slice(0, this.oldest)];
	}

	/** Counts rows by one column from here on, starting with the rows still held; undefined ends it. */
	groupBy(column: number | undefined): void {
		this.groups = column === undefined ? undefined : new Groups(column);
		if (this.groups) for (const row of this.rows()) this.groups.add(row);
		this.version++;
	}

	/** The first column counts; the others are the key. */
	private sum(row: Row): void {
		const [amount, ...key] = this.columns.map((_, index) => row.cell(index));
		const name = key.join('\n');
		const sum = this.sums.get(name) ?? { count: 0, row };
		if (sum.count === 0 && this.sums.size >= mostKeys) {
			this.dropped++;
			return;
		}
		sum.count += Number(amount);
		sum.row = rowOf([sum.count, ...key]);
		this.sums.set(name, sum);
	}
}

/** How many rows had each value of one column. */
export class Groups {
	readonly counts = new Map<Cell, number>();
	/** Rows whose key came after the table of keys was full. */
	others = 0;
	readonly column: number;

	constructor(column: number) {
		this.column = column;
	}

	add(row: Row): void {
		const key = row.cell(this.column);
		const count = this.counts.get(key);
		if (count !== undefined) this.counts.set(key, count + 1);
		else if (this.counts.size < mostKeys) this.counts.set(detached(key), 1);
		else this.others++;
	}
}

/** A text cut out of a chunk of output keeps the whole chunk in memory; a copy does not. */
function detached(cell: Cell): Cell {
	return typeof cell === 'string' ? Buffer.from(cell).toString() : cell;
}
