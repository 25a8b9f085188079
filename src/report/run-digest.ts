import { join } from 'node:path';
import type { Tool } from '../catalog/tool.ts';
import type { Row, RowSink } from '../output/reader.ts';
import { columnsOf } from '../output/reader-for.ts';
import { Intake } from '../runs/intake.ts';
import type { AboutRun } from '../session/about-run.ts';
import { Tape } from '../session/tape.ts';
import { addStack, StackTree } from '../table/stack-tree.ts';
import { beginningOf } from './beginning-of.ts';
import { bounded } from './bounded.ts';
import { Ends } from './ends.ts';
import { type HistogramDigest, HistogramsDigest } from './histogram-digest.ts';
import { type TableDigest, TableSummary } from './rows-digest.ts';

/** What a run's output came to, by the shape of it. */
export type Found =
	| TableDigest
	| { shape: 'histograms'; histograms: HistogramDigest[]; intervals: number; keysLeft: number; total: number }
	| { shape: 'stacks'; tree: StackTree; total: number }
	| { shape: 'text'; first: string[]; last: string[]; total: number };

/** One run as a report tells it. */
export interface RunDigest extends AboutRun {
	/** The script that the program was given to read, if there was one. */
	script: string | undefined;
	found: Found;
	/** The last of what it said apart from its rows. */
	messages: string[];
	unreadLines: number;
	eventsLost: number;
}

const linesKept = 100;
const longestLine = 400;
const messagesKept = 20;
const mostScriptBytes = 64 * 1024;

/** Who wants to see each row besides. */
export type RowWatcher = Pick<RowSink, 'begin' | 'row'>;

/** Reads a run's output through once, by the way that it took when it was live. */
export function digestRun(about: AboutRun, mostFrames: number, watcher?: RowWatcher): RunDigest {
	const { tool, provider, folder } = about;
	const summary = summaryFor(tool, mostFrames);
	const tape = new Tape(folder);
	let ms = 0;
	const keeper = {
		version: 0,
		begin: () => summary.begin?.(ms),
		add: (row: Row) => summary.row(row, ms),
	};
	const intake = new Intake(tool, provider, keeper, watcher);
	for (let piece = tape.take(); piece; piece = tape.take()) {
		ms = piece.ms;
		intake.push(piece.stream, piece.bytes);
	}
	intake.end();
	return {
		...about,
		script: beginningOf(join(folder, 'script.bt'), mostScriptBytes),
		found: summary.found(),
		messages: intake.stderr.slice(-messagesKept).map((line) => bounded(line, longestLine)),
		unreadLines: intake.evidence.unread,
		eventsLost: intake.evidence.lost,
	};
}

interface Summary {
	begin?(ms: number): void;
	row(row: Row, ms: number): void;
	found(): Found;
}

function summaryFor(tool: Tool, mostFrames: number): Summary {
	switch (tool.output.class) {
		case 'histogram':
			return ofHistograms();
		case 'stacks':
			return ofStacks(mostFrames);
		case 'text':
		case 'terminal':
			return ofText();
		default: {
			const table = new TableSummary(columnsOf(tool), tool);
			return { row: (row) => table.add(row), found: () => table.digest() };
		}
	}
}

function ofHistograms(): Summary {
	const all = new HistogramsDigest();
	let total = 0;
	return {
		begin: (ms) => all.begin(ms),
		row(row, ms) {
			total++;
			all.row(row, ms);
		},
		found: () => ({
			shape: 'histograms',
			histograms: all.all(),
			intervals: all.intervals,
			keysLeft: all.left,
			total,
		}),
	};
}

function ofStacks(most: number): Summary {
	const tree = new StackTree(most);
	let total = 0;
	return {
		row(row) {
			total++;
			addStack(tree, row);
		},
		found: () => ({ shape: 'stacks', tree, total }),
	};
}

function ofText(): Summary {
	const lines = new Ends<Row>(linesKept);
	const text = (row: Row) => bounded(String(row.cell(0) ?? ''), longestLine);
	return {
		row: (row) => lines.add(row),
		found: () => ({ shape: 'text', first: lines.first.map(text), last: lines.last.map(text), total: lines.total }),
	};
}
