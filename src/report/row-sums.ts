import type { Column, OutputClass } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import type { Cell, Row } from '../output/reader.ts';
import { Groups } from '../table/groups.ts';

const mostIdentities = 5000;

/** Ids that are handed out anew on each host, at each start and with each connection. */
const passing = new Set(['pid', 'tid', 'ppid', 'trigger_pid', 'fd', 'inode', 'sector', 'last_cpu']);
const ports = new Set(['local_port', 'remote_port']);
/** From here on the kernel hands ports out to whoever asks for any. */
const firstPassingPort = 32_768;

/** What of a row is the same on another host: its texts, then ids that stay. */
export function identityColumns(columns: readonly Column[]): number[] {
	const texts = columns.flatMap(({ type }, index) => (type === 'text' ? [index] : []));
	const ids = columns.flatMap(({ name, type }, index) => (type === 'id' && !passing.has(name) ? [index] : []));
	return [...texts, ...ids];
}

function lastingCell(cell: Cell, { name }: Column): Cell {
	if (typeof cell === 'number') return ports.has(name) && cell >= firstPassingPort ? null : cell;
	return cell === null ? null : lastingText(cell);
}

/** Without the numbers that processes, and the kernel's threads of one CPU, have in paths and names. */
export function lastingText(text: string): string {
	return text
		.replace(/\/proc\/\d+/g, '/proc/N')
		.replace(/\bkworker\/[\w:]+/g, 'kworker/N')
		.replace(/^([\w-]+)\/\d+$/, '$1/N');
}

/** All rows of a run by what they have in common with those of another run; of each number its sum and so on. */
export class RowSums {
	readonly identity: readonly Column[];
	readonly measures: readonly Column[];
	/** Whether each row is an event, rather than one of a table that is printed again and again. */
	readonly isEvents: boolean;
	private begun = 0;
	private readonly groups: Groups;
	private readonly columns: readonly Column[];

	constructor(columns: readonly Column[], outputClass: OutputClass, by = identityColumns(columns)) {
		this.columns = columns;
		this.isEvents = outputClass === 'event-stream';
		this.identity = by.map((index) => columns[index] as Column);
		this.measures = columns.filter(({ type }) => isNumeric(type) && type !== 'id');
		this.groups = new Groups(columns, by, mostIdentities);
	}

	/** How often the table was printed. */
	get intervals(): number {
		return Math.max(1, this.begun);
	}

	begin(): void {
		this.begun++;
	}

	row(row: Row): void {
		this.groups.add({ cell: (index) => lastingCell(row.cell(index), this.columns[index] as Column) });
	}

	/** Rows that had no room. */
	get forgotten(): number {
		return this.groups.forgotten;
	}

	/** For each identity: how many rows, and of each number its sum, average and largest. */
	*sums(): Generator<RowSum> {
		const width = this.identity.length;
		for (const row of this.groups.rows()) {
			yield {
				identity: this.identity.map((_, index) => row.cell(index)),
				rows: Number(row.cell(width)),
				measures: this.measures.map((_, index) => {
					const at = width + 2 + index * 4;
					return {
						sum: numberOf(row.cell(at)),
						average: numberOf(row.cell(at + 1)),
						largest: numberOf(row.cell(at + 2)),
					};
				}),
			};
		}
	}
}

export interface RowSum {
	identity: Cell[];
	rows: number;
	measures: { sum: number | null; average: number | null; largest: number | null }[];
}

function numberOf(cell: Cell): number | null {
	return typeof cell === 'number' && Number.isFinite(cell) ? cell : null;
}
