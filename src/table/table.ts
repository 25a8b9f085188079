import type { Column, OutputClass } from '../catalog/tool.ts';
import { type Row, rowOf } from '../output/reader.ts';
import type { Groups } from './groups.ts';

/** Enough to scroll and sort through; what is older is counted, not kept. */
const mostRows = 10_000;
const mostCharacters = 32 * 1024 * 1024;
const mostIntervals = 60;
const mostStacks = 100_000;

/** How rows come together: events are appended, an interval replaces the one before it, stacks add up. */
type Gathering = 'append' | 'replace' | 'sum';

const gatherings: Record<OutputClass, Gathering> = {
	'event-stream': 'append',
	'oneshot-table': 'append',
	text: 'append',
	terminal: 'append',
	'interval-table': 'replace',
	histogram: 'replace',
	keyvalue: 'replace',
	stacks: 'sum',
};

/** What a tool printed at one time, to be replaced by the next. */
export interface Interval {
	/** Monotonic milliseconds of its beginning. */
	at: number;
	rows: Row[];
}

/** Live rows. It is written from a pipe and read ten times a second at most, so it holds no views and calls nobody. */
export class Table {
	/** Grows with every change; a reader that saw this version has nothing to do. */
	version = 0;
	/** Rows that ever arrived. */
	total = 0;
	/** Rows no longer held because there were too many. */
	dropped = 0;
	readonly columns: Column[];
	/** The moment of what arrives now, in monotonic milliseconds; of what is replayed, by the clock of then. */
	readonly now: () => number;
	private readonly gathering: Gathering;
	private readonly events = new Held();
	private readonly past: { at: number; held: Held }[] = [];
	private readonly sums = new Map<string, { count: number; row: Row }>();
	private readonly groups = new Set<Groups>();

	constructor(columns: Column[], outputClass: OutputClass, now = () => performance.now()) {
		this.columns = columns;
		this.now = now;
		this.gathering = gatherings[outputClass];
	}

	get replaces(): boolean {
		return this.gathering === 'replace';
	}

	begin(at = this.now()): void {
		if (this.gathering !== 'replace') return;
		this.past.push({ at, held: new Held() });
		// Of large intervals fewer are held, so that all panes together stay small.
		let held = this.past.reduce((sum, { held }) => sum + held.size, 0);
		while (this.past.length > mostIntervals || (held > mostRows && this.past.length > 2))
			held -= this.past.shift()?.held.size ?? 0;
		this.version++;
	}

	/** Characters is what the row keeps in memory, about. */
	add(row: Row, characters = 0, at = this.now()): void {
		this.version++;
		this.total++;
		for (const groups of this.groups) groups.add(row, at);
		if (this.gathering === 'append') this.dropped += this.events.add(row, characters);
		else if (this.gathering === 'sum') this.sum(row);
		else {
			if (this.past.length === 0) this.begin(at);
			this.dropped += this.past.at(-1)?.held.add(row, characters) ?? 0;
		}
	}

	/** As it was before the first row; who looks at it, or at its groups, goes on. */
	clear(): void {
		this.version++;
		this.total = 0;
		this.dropped = 0;
		this.events.clear();
		this.past.length = 0;
		this.sums.clear();
		for (const groups of this.groups) groups.clear();
	}

	/** Oldest first. */
	rows(): Row[] {
		if (this.gathering === 'append') return this.events.rows();
		if (this.gathering === 'sum') return [...this.sums.values()].map(({ row }) => row);
		return this.past.at(-1)?.held.rows() ?? [];
	}

	/** Of a tool that prints again and again: what it printed, the newest last. */
	intervals(): Interval[] {
		return this.past.map(({ at, held }) => ({ at, rows: held.rows() }));
	}

	/** Groups see every row from here on, starting with those that are still held. */
	group(groups: Groups): void {
		for (const row of this.rows()) groups.add(row);
		this.groups.add(groups);
		this.version++;
	}

	ungroup(groups: Groups): void {
		this.groups.delete(groups);
		this.version++;
	}

	/** The first column counts; the others are the key. */
	private sum(row: Row): void {
		const [amount, ...key] = this.columns.map((_, index) => row.cell(index));
		const name = key.join('\n');
		const sum = this.sums.get(name) ?? { count: 0, row };
		if (sum.count === 0 && this.sums.size >= mostStacks) {
			this.dropped++;
			return;
		}
		sum.count += Number(amount);
		sum.row = rowOf([sum.count, ...key]);
		this.sums.set(name, sum);
	}
}

/** The newest rows, as many as there is room for. */
class Held {
	private held: Row[] = [];
	private characters: number[] = [];
	private sum = 0;
	/** Those before it have left, and leave the lists as well once they are half of it. */
	private first = 0;

	get size(): number {
		return this.held.length - this.first;
	}

	clear(): void {
		this.held = [];
		this.characters = [];
		this.sum = 0;
		this.first = 0;
	}

	/** How many older ones had to leave for it. */
	add(row: Row, characters: number): number {
		this.held.push(row);
		this.characters.push(characters);
		this.sum += characters;
		const before = this.first;
		while (this.size > mostRows || (this.sum > mostCharacters && this.size > 1)) {
			this.sum -= this.characters[this.first] as number;
			this.first++;
		}
		const left = this.first - before;
		if (this.first > mostRows) {
			this.held = this.held.slice(this.first);
			this.characters = this.characters.slice(this.first);
			this.first = 0;
		}
		return left;
	}

	rows(): Row[] {
		return this.first === 0 ? this.held : this.held.slice(this.first);
	}
}
