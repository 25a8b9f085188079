import type { Column, OutputClass, Tool } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import type { Cell, Row } from '../output/reader.ts';
import { detached } from '../table/detached.ts';
import { Groups } from '../table/groups.ts';
import { bounded } from './bounded.ts';
import { Ends } from './ends.ts';

/** Some rows of a table, and how many there were. */
export interface RowsDigest {
	columns: Column[];
	rows: Cell[][];
	of: number;
}

/** What is left of a run's rows: those that say the most, and all of them summed up by who they speak of. */
export interface TableDigest {
	shape: 'table';
	/** The largest by the column that the tool is sorted by; without one the first and the last. */
	rows: RowsDigest;
	/** The column that rows are sorted by. */
	sort: string | undefined;
	/** By the columns that say who, with how many, average and largest; undefined where the tool printed one table. */
	groups: RowsDigest | undefined;
	/** Rows of those who had few of them, and no room among the groups. */
	forgotten: number;
	total: number;
}

const rowsKept = 100;
const mostGroups = 20_000;
/** A group of events has quantiles, which take the most of its memory. */
const mostGroupsOfEvents = 4000;

/** Reads every row once and keeps few of them. */
export class TableSummary {
	private total = 0;
	private readonly columns: Column[];
	private readonly outputClass: OutputClass;
	private readonly sort: number;
	private readonly ends = new Ends<Row>(rowsKept / 2);
	private best: { key: number; cells: Cell[] }[] = [];
	/** What a row has to have to be among the best. */
	private threshold = Number.NEGATIVE_INFINITY;
	private readonly by: readonly number[];
	private readonly groups: Groups | undefined;

	constructor(columns: Column[], { output }: Tool) {
		this.columns = columns;
		this.outputClass = output.class;
		this.sort = columns.findIndex(({ name, type }) => name === output.sort && isNumeric(type));
		this.by = groupedBy(columns, output.class);
		const isEvents = output.class === 'event-stream';
		// A table that was printed once has no row twice.
		this.groups =
			output.class === 'oneshot-table'
				? undefined
				: new Groups(columns.map(timed), this.by, isEvents ? mostGroupsOfEvents : mostGroups, isEvents);
	}

	add(row: Row): void {
		this.total++;
		this.groups?.add(row);
		if (this.sort < 0) this.ends.add(row);
		else this.offer(row);
	}

	digest(): TableDigest {
		const { columns, total } = this;
		const rows =
			this.sort < 0 ? this.ends.all().map((row) => this.cellsOf(row)) : this.sorted().map(({ cells }) => cells);
		return {
			shape: 'table',
			rows: { columns, rows, of: total },
			sort: columns[this.sort]?.name,
			groups: this.groups && this.summed(this.groups, this.by.length),
			forgotten: this.groups?.forgotten ?? 0,
			total,
		};
	}

	private offer(row: Row): void {
		const cell = row.cell(this.sort);
		const key = cell === null ? Number.NEGATIVE_INFINITY : Number(cell);
		if (!(key > this.threshold) && this.best.length >= rowsKept) return;
		this.best.push({ key, cells: this.cellsOf(row) });
		if (this.best.length < 2 * rowsKept) return;
		this.best = this.sorted();
		this.threshold = this.best.at(-1)?.key ?? this.threshold;
	}

	private sorted(): { key: number; cells: Cell[] }[] {
		return this.best.toSorted((a, b) => b.key - a.key || 0).slice(0, rowsKept);
	}

	private cellsOf(row: Row): Cell[] {
		return this.columns.map((_, index) => shown(row.cell(index)));
	}

	/** Of all that groups know, what is asked first: how many, on average, at most; of events the sum and p99 as well. */
	private summed(groups: Groups, keys: number): RowsDigest {
		const sort = this.columns[this.sort]?.name;
		const bySum = groups.columns.findIndex(({ name }) => name === `${sort}_sum`);
		const order = bySum < 0 ? keys : bySum;
		const wanted = this.outputClass === 'event-stream' ? [0, 1, 2, 3] : [1, 2];
		const chosen = groups.columns.flatMap((_, index) => {
			const measure = index - keys - 2;
			return index <= keys || (measure >= 0 && wanted.includes(measure % 4)) ? [index] : [];
		});
		const amount = (row: Row) => Number(row.cell(order) ?? Number.NEGATIVE_INFINITY);
		const sorted = groups.rows().toSorted((a, b) => amount(b) - amount(a) || 0);
		const rows = sorted.slice(0, rowsKept);
		// What was 0 for everybody tells no more in two columns than in none.
		const telling = chosen.filter((index) => index <= keys || rows.some((row) => row.cell(index)));
		return {
			columns: telling.flatMap((index) => groups.columns[index] ?? []),
			rows: rows.map((row) => telling.map((index) => shown(row.cell(index)))),
			of: sorted.length,
		};
	}
}

const longestCell = 400;

function shown(cell: Cell): Cell {
	return typeof cell === 'string' ? detached(bounded(cell, longestCell)) : cell;
}

/** The seconds since a run began tell when, and their sum says nothing. */
function timed(column: Column): Column {
	return column.name === 'time' && column.type === 'seconds' ? { ...column, type: 'time' } : column;
}

/** An event is foremost its process's. A row of an interval is of whom its texts and the ids before its numbers name. */
function groupedBy(columns: readonly Column[], outputClass: OutputClass): number[] {
	const firstNumber = columns.findIndex(({ type }) => isNumeric(type) && type !== 'id');
	const naming = columns.flatMap(({ type }, index) =>
		type === 'text' || (type === 'id' && (firstNumber < 0 || index < firstNumber)) ? [index] : [],
	);
	if (outputClass !== 'event-stream') return naming;
	const command = columns.findIndex(({ name }) => name === 'command');
	return command >= 0 ? [command] : naming.slice(0, 1);
}
