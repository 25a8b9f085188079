import { type ColumnType, measuredTypes } from '../catalog/column-types.ts';
import type { Column } from '../catalog/tool.ts';
import type { Cell, Row } from '../output/reader.ts';
import { detached } from './detached.ts';
import { Quantiles } from './quantiles.ts';

/** With more keys the half of them with the fewest rows is forgotten: what grows large later comes back in. */
const mostKeys = 20_000;
const rateSeconds = 5;

const measured: readonly ColumnType[] = measuredTypes;

/** Any stream of rows as a table of the values that some of its columns have, each with what came with it. */
export class Groups {
	/** The columns of the groups, not of the rows: their key, how many, how fast, and of each number its sum, average, largest and p99. */
	readonly columns: Column[];
	/** Rows of keys that were forgotten. */
	forgotten = 0;
	/** The moment that rates are of; whoever reads them sets it. */
	now = 0;
	private readonly groups = new Map<string, Group>();
	private readonly by: readonly number[];
	private readonly measures: readonly number[];
	private readonly most: number;
	private readonly hasQuantiles: boolean;

	/** Without quantiles p99 is unknown, and a group with many values takes no more memory than one with few. */
	constructor(columns: readonly Column[], by: readonly number[], most = mostKeys, hasQuantiles = true) {
		this.by = by;
		this.most = most;
		this.hasQuantiles = hasQuantiles;
		this.measures = columns.flatMap(({ type }, index) =>
			measured.includes(type) && !by.includes(index) ? [index] : [],
		);
		this.columns = [
			...by.flatMap((index) => columns[index] ?? []),
			{ name: 'count', type: 'int' },
			{ name: 'rate', type: 'float', help: 'Rows a second, over the last seconds' },
			...this.measures.flatMap((index) => aggregatesOf(columns[index] as Column)),
		];
	}

	/** Rows that came at an unknown time don't count in rates. */
	add(row: Row, at?: number): void {
		const key = this.by.map((index) => row.cell(index));
		const name = key.length === 1 ? String(key[0]) : key.join('\n');
		let group = this.groups.get(name);
		if (!group) {
			if (this.groups.size >= this.most) this.forgetRare();
			const aggregates = this.measures.map(() => new Aggregate(this.hasQuantiles));
			group = new Group(this, key.map(detached), aggregates, at);
			this.groups.set(detached(name), group);
		}
		group.count(at);
		for (let i = 0; i < this.measures.length; i++) group.aggregates[i]?.add(row.cell(this.measures[i] as number));
	}

	clear(): void {
		this.groups.clear();
		this.forgotten = 0;
	}

	get size(): number {
		return this.groups.size;
	}

	rows(): Row[] {
		return [...this.groups.values()];
	}

	/** Whether a row belongs to the group of this key. */
	static has(row: Row, by: readonly number[], key: readonly Cell[]): boolean {
		return by.every((column, index) => row.cell(column) === key[index]);
	}

	private forgetRare(): void {
		const counts = [...this.groups.values()].map(({ total }) => total).sort((a, b) => a - b);
		const limit = counts[Math.floor(counts.length / 2)] as number;
		let room = Math.ceil(counts.length / 2);
		for (const [name, group] of this.groups) {
			if (group.total > limit || room === 0) continue;
			this.groups.delete(name);
			this.forgotten += group.total;
			room--;
		}
	}
}

function aggregatesOf({ name, type, help }: Column): Column[] {
	const of = help === undefined ? {} : { help };
	// Shares and averages don't add up, and a sum of times can be longer than what passed.
	return [
		{ name: `${name}_sum`, type, ...of },
		{ name: `${name}_avg`, type: type === 'int' ? 'float' : type, ...of },
		{ name: `${name}_max`, type, ...of },
		{ name: `${name}_p99`, type: type === 'int' ? 'float' : type, ...of },
	];
}

/** Of one column in one group. */
class Aggregate {
	private count = 0;
	private sum = 0;
	private largest = Number.NEGATIVE_INFINITY;
	/** Most groups of many see one row only. */
	private quantiles: Quantiles | undefined;
	private readonly hasQuantiles: boolean;

	constructor(hasQuantiles: boolean) {
		this.hasQuantiles = hasQuantiles;
	}

	add(cell: Cell): void {
		if (cell === null) return;
		const value = Number(cell);
		if (this.count === 1 && this.hasQuantiles) this.quantiles = new Quantiles([this.sum]);
		this.quantiles?.add(value);
		this.count++;
		this.sum += value;
		if (value > this.largest) this.largest = value;
	}

	/** In the order of its columns. */
	cell(which: number): Cell {
		if (this.count === 0) return null;
		if (which === 0) return this.sum;
		if (which === 1) return this.sum / this.count;
		if (which === 2) return this.largest;
		if (this.count > 1 && !this.hasQuantiles) return null;
		return Math.min(this.largest, this.quantiles?.at(0.99) ?? this.largest);
	}
}

const aggregateColumns = 4;

/** It is the row that shows it, so that a cursor can stay on it. */
export class Group implements Row {
	total = 0;
	readonly key: readonly Cell[];
	readonly aggregates: readonly Aggregate[];
	private readonly groups: Groups;
	/** Rows of the current stretch of seconds, and of the one before. */
	private current = 0;
	private last = 0;
	private stretch: number;
	private readonly began: number;

	constructor(groups: Groups, key: readonly Cell[], aggregates: readonly Aggregate[], at = 0) {
		this.groups = groups;
		this.key = key;
		this.aggregates = aggregates;
		this.stretch = stretchAt(at);
		this.began = at;
	}

	count(at: number | undefined): void {
		this.total++;
		if (at === undefined) return;
		this.moveOn(stretchAt(at));
		this.current++;
	}

	cell(column: number): Cell {
		if (column < this.key.length) return this.key[column] ?? null;
		const index = column - this.key.length;
		if (index === 0) return this.total;
		if (index === 1) return this.rate(this.groups.now);
		const measure = index - 2;
		return this.aggregates[Math.floor(measure / aggregateColumns)]?.cell(measure % aggregateColumns) ?? null;
	}

	private rate(now: number): number {
		this.moveOn(stretchAt(now));
		const into = now / 1000 - this.stretch * rateSeconds;
		const age = Math.max(1, (now - this.began) / 1000);
		const weighted = this.last * (1 - into / rateSeconds) + this.current;
		return weighted / Math.min(rateSeconds, age);
	}

	private moveOn(stretch: number): void {
		if (stretch === this.stretch) return;
		this.last = stretch === this.stretch + 1 ? this.current : 0;
		this.current = 0;
		this.stretch = stretch;
	}
}

function stretchAt(milliseconds: number): number {
	return Math.floor(milliseconds / 1000 / rateSeconds);
}
