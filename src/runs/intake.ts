import type { Provider, Tool } from '../catalog/tool.ts';
import { printable } from '../host/printable.ts';
import { LineSplitter } from '../output/lines.ts';
import type { Reader, RowSink } from '../output/reader.ts';
import { readerFor } from '../output/reader-for.ts';
import type { Table } from '../table/table.ts';
import { Evidence, isHarmless } from './evidence.ts';

export type Stream = 'stdout' | 'stderr';

/** Whatever takes the rows: a table, or what sums them up. */
type RowKeeper = Pick<Table, 'version' | 'begin' | 'add'>;

const keptStderrLines = 200;

/** What becomes of a tool's bytes, now or when they are replayed: rows in a table, messages, and how far to trust them. */
export class Intake {
	readonly evidence: Evidence;
	readonly stderr: string[] = [];
	private readonly table: RowKeeper;
	private readonly answers: Stream;
	private readonly reader: Reader;
	private readonly rows: LineSplitter;
	private readonly messages = new LineSplitter((line) => this.message(line));
	/** Of the line that is being read. */
	private characters = 0;

	constructor(tool: Tool, provider: Provider, table: RowKeeper, onRows?: Pick<RowSink, 'begin' | 'row'>) {
		this.table = table;
		this.answers = provider.writes;
		this.evidence = new Evidence(provider.via);
		const reader = readerFor(tool, provider, this.sink(onRows));
		this.reader = reader;
		this.rows = new LineSplitter((line) => {
			this.characters = line.length;
			reader.line(line);
		}, reader.longestLine);
	}

	push(stream: Stream, bytes: Buffer): void {
		(stream === this.answers ? this.rows : this.messages).push(bytes);
	}

	end(): void {
		this.rows.end();
		this.messages.end();
		this.reader.end();
	}

	message(line: string): void {
		const text = printable(line);
		if (text.trim() === '' || isHarmless(text)) return;
		this.evidence.stderrLine(text);
		this.stderr.push(text);
		if (this.stderr.length > keptStderrLines) this.stderr.shift();
		this.table.version++;
	}

	private sink(onRows: Pick<RowSink, 'begin' | 'row'> | undefined): RowSink {
		return {
			begin: () => {
				this.table.begin();
				onRows?.begin();
			},
			row: (row) => {
				this.evidence.rows++;
				this.table.add(row, this.characters);
				onRows?.row(row);
			},
			remark: (remark) => {
				if (remark.kind === 'attached') this.evidence.attached = remark.probes;
				else if (remark.kind === 'lost') this.evidence.lost += remark.events;
				else this.message(remark.text);
			},
			unread: () => {
				this.evidence.unread++;
			},
		};
	}
}
