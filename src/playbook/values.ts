import type { ColumnType } from '../catalog/column-types.ts';
import type { Value } from '../catalog/playbook.ts';
import type { Column, OutputClass, Tool } from '../catalog/tool.ts';
import { type Cell, type Row, type RowSink, rowOf } from '../output/reader.ts';
import { columnsOf } from '../output/reader-for.ts';
import { parseFilter } from '../table/filter.ts';
import { Groups } from '../table/groups.ts';
import { type Bucket, highest, isOpen, quantile, totalOf } from '../table/histogram.ts';
import { viewOf } from '../table/view.ts';

/** What one value of a step turned out to be: one row, and its columns. */
export interface Found {
	columns: readonly Column[];
	/** None where no row came, or none that the filter let through. */
	row: Row | undefined;
}

/** Makes a value of rows as they come, in bounded memory. */
interface Gatherer {
	readonly columns: readonly Column[];
	add(row: Row): void;
	found(): Row | undefined;
}

const repeating: readonly OutputClass[] = ['interval-table', 'histogram', 'keyvalue'];

/** One value of a step, fed with every row of its tool. */
export class ValueOf implements Pick<RowSink, 'begin' | 'row'> {
	readonly columns: readonly Column[];
	/** What can't be understood of its filter. */
	readonly error: string | undefined;
	private readonly gatherer: Gatherer;
	private readonly matches: (row: Row) => boolean;
	private readonly after: number;
	private readonly byInterval: boolean;
	private seen = 0;

	constructor(tool: Tool, value: Value) {
		const columns = columnsOf(tool);
		const filter = parseFilter(value.where ?? '', columns);
		this.matches = filter.matches;
		this.error = filter.error;
		this.after = value.after;
		this.byInterval = repeating.includes(tool.output.class);
		this.gatherer = gathererOf(tool, value, columns);
		this.columns = this.gatherer.columns;
	}

	begin(): void {
		if (this.byInterval) this.seen++;
	}

	row(row: Row): void {
		if (!this.byInterval) this.seen++;
		if (this.seen <= this.after || !this.matches(row)) return;
		this.gatherer.add(row);
	}

	found(): Found {
		return { columns: this.columns, row: this.gatherer.found() };
	}
}

function gathererOf(tool: Tool, value: Value, columns: Column[]): Gatherer {
	if (value.percentile !== undefined) return new Percentile(value.percentile / 100, tool.output.unit);
	return value.newest ? new Newest(columns) : new TopGroup(columns, value);
}

class Newest implements Gatherer {
	readonly columns: readonly Column[];
	private last: Row | undefined;

	constructor(columns: readonly Column[]) {
		this.columns = columns;
	}

	add(row: Row): void {
		this.last = row;
	}

	found(): Row | undefined {
		return this.last;
	}
}

/** Of the groups that a pane would show, the one on top; with its share of what they add up to, and how many there are. */
class TopGroup implements Gatherer {
	readonly columns: readonly Column[];
	private readonly groups: Groups;
	private readonly sort: string;
	private readonly reverse: boolean;
	private readonly addsUp: boolean;

	constructor(columns: readonly Column[], { by, most, least }: Value) {
		const indexes = by.map((name) => columns.findIndex((column) => column.name === name));
		this.groups = new Groups(columns, indexes);
		this.sort = most ?? least ?? 'count';
		this.reverse = most === undefined && least !== undefined;
		this.addsUp = this.sort === 'count' || this.sort.endsWith('_sum');
		this.columns = [
			// How fast rows came depends on when one asks; here that is when all is over.
			...this.groups.columns.filter(({ name }) => name !== 'rate'),
			{ name: 'groups', type: 'int' },
			...(this.addsUp ? [{ name: 'share', type: 'percent' as const }] : []),
		];
	}

	add(row: Row): void {
		this.groups.add(row);
	}

	found(): Row | undefined {
		const { columns } = this.groups;
		const { rows } = viewOf({ columns, rows: this.groups.rows() }, { sort: this.sort, reverse: this.reverse });
		const [top] = rows;
		if (!top) return undefined;
		const sorted = columns.findIndex(({ name }) => name === this.sort);
		const amount = (row: Row) => Number(row.cell(sorted) ?? 0);
		const all = rows.reduce((sum, row) => sum + amount(row), 0);
		const cells = columns.flatMap(({ name }, index) => (name === 'rate' ? [] : [top.cell(index)]));
		return rowOf([...cells, this.groups.size, all > 0 ? (amount(top) / all) * 100 : null]);
	}
}

const typeOfUnit: Record<string, ColumnType> = {
	us: 'microseconds',
	usecs: 'microseconds',
	ms: 'milliseconds',
	s: 'seconds',
};

/** Of all histograms that a run printed, added up. */
class Percentile implements Gatherer {
	readonly columns: readonly Column[];
	private readonly share: number;
	private readonly buckets = new Map<number, Bucket>();

	constructor(share: number, unit = '') {
		const type = typeOfUnit[unit] ?? 'int';
		this.share = share;
		this.columns = [
			{ name: 'value', type },
			{ name: 'highest', type },
			{ name: 'count', type: 'int' },
		];
	}

	add(row: Row): void {
		const [low, high, count] = [1, 2, 3].map((index) => Number(row.cell(index))) as [number, number, number];
		const bucket = this.buckets.get(low);
		if (bucket) bucket.count += count;
		else this.buckets.set(low, { low, high, count });
	}

	found(): Row | undefined {
		const buckets = [...this.buckets.values()].sort((a, b) => a.low - b.low);
		const at = quantile(buckets, this.share);
		if (!at) return undefined;
		const last = highest(buckets) ?? at.bucket;
		const value: Cell = Math.round(at.estimate ?? at.bucket.low);
		return rowOf([value, isOpen(last) ? last.low : last.high, totalOf(buckets)]);
	}
}
