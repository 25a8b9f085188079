import type { Row } from '../../output/reader.ts';
import { rowOf } from '../../output/reader.ts';
import { Groups } from '../../table/groups.ts';
import { identityOf, withChanges, withoutChange } from '../../table/intervals.ts';
import { type Contents, type View, viewOf } from '../../table/view.ts';
import { type Cursor, inOrder, keyColumns, type Pane } from './pane.ts';

export interface PaneView extends View {
	/** The columns that the user wants to see, in his order. */
	shown: readonly number[];
	/** The line of the cursor; -1 without rows. */
	cursor: number;
}

interface Made {
	source: object;
	key: string;
	view: View;
	/** Milliseconds that it took. */
	cost: number;
	at: number;
	/** Rows have come since, which are not in it. */
	behind: boolean;
}

/** What each pane showed last. */
const views = new Map<number, Made>();

/** Making a view takes at most this share of the time, so that keys stay quick however fast rows come. */
const mostShare = 0.2;

/** What a pane shows now. It is only made anew when rows or wishes changed, and not at once when that takes its time. */
export function paneView(pane: Pane): PaneView {
	const view = freshView(pane);
	return { ...view, shown: shownColumns(pane, view), cursor: cursorLine(pane, view) };
}

function freshView(pane: Pane): View {
	const { table } = pane.run;
	const wishes = [pane.sort, pane.reverse, pane.filter, pane.grouping?.by, pane.within?.key, pane.changes, pane.back];
	const source: object = pane.frozen?.contents ?? table;
	const key = JSON.stringify(wishes);
	const version = pane.frozen ? 0 : table.version;
	const known = views.get(pane.id);
	const now = performance.now();
	if (known && known.source === source && known.key === `${version} ${key}`) return known.view;
	const onlyRowsChanged = known?.source === source && known.key.endsWith(` ${key}`);
	if (known && onlyRowsChanged && now - known.at < known.cost / mostShare) {
		known.behind = true;
		return known.view;
	}
	const view = viewOf(contentsOf(pane), newestFirst(pane));
	views.set(pane.id, { source, key: `${version} ${key}`, view, cost: performance.now() - now, at: now, behind: false });
	return view;
}

/** Changes when there is something new to draw of a pane: rows, its run's state, and each second the times in its title. */
export function stampOf({ id, run, frozen }: Pane): string {
	const { table, state, seconds, judgement } = run;
	const rows = frozen ? `frozen ${table.total}` : table.version;
	const owing = !frozen && views.get(id)?.behind ? performance.now() : '';
	return `${id} ${rows} ${state.state} ${Math.floor(seconds)} ${judgement.badge} ${owing}`;
}

/** A pane that was closed shows nothing any more. */
export function forgetView({ id }: Pane): void {
	views.delete(id);
}

function contentsOf(pane: Pane): Contents {
	const { run, grouping, within, back, changes, frozen } = pane;
	const { table } = run;
	if (frozen && (!table.replaces || (grouping && !within))) return frozen.contents;
	if (grouping && !within) {
		grouping.groups.now = table.now();
		return { columns: grouping.groups.columns, rows: grouping.groups.rows() };
	}
	const intervals = frozen?.intervals ?? (table.replaces && (back > 0 || changes || within) ? table.intervals() : []);
	if (within) {
		// A group was counted over all intervals.
		const all = table.replaces ? intervals.flatMap(({ rows }) => rows) : table.rows();
		const by = keyColumns(pane);
		return { columns: table.columns, rows: all.filter((row) => Groups.has(row, by, within.key)) };
	}
	const rows = back > 0 || frozen ? (intervals.at(-1 - back)?.rows ?? []) : table.rows();
	const contents = { columns: table.columns, rows };
	return changes && table.replaces ? withChanges(contents, intervals.at(-2 - back)?.rows ?? []) : contents;
}

/** As it is now, whatever comes. */
export function frozenContents(pane: Pane): Contents {
	const { columns, rows } = contentsOf(pane);
	if (!pane.grouping || pane.within) return { columns, rows: [...rows] };
	return { columns, rows: rows.map((row) => rowOf(columns.map((_, index) => row.cell(index)))) };
}

/** Unsorted events are read from the newest on, as they come; unsorted snapshots and intervals from the top. */
function newestFirst({ sort, reverse, filter, run, grouping, within }: Pane) {
	const events = run.request.tool.output.class === 'event-stream' && (!grouping || within);
	return { sort, filter, reverse: sort === undefined && events ? !reverse : reverse };
}

function shownColumns(pane: Pane, { columns }: View): number[] {
	const { hidden, changes } = pane;
	// A change goes with the column that it belongs to.
	const isHidden = (name: string) => hidden.includes(name) || (changes && hidden.includes(withoutChange(name)));
	const shown = inOrder(columns, pane).filter(({ name }) => !isHidden(name));
	return shown.map((column) => columns.indexOf(column));
}

function cursorLine(pane: Pane, view: View): number {
	const { line, on } = pane.cursor;
	const found = on === undefined ? -1 : view.rows.findIndex((row) => markOf(pane, view, row) === on);
	return found >= 0 ? found : Math.min(line, view.rows.length - 1);
}

/** An event and a group are what they are; rows of one interval are found again in the next by their texts and ids. */
function markOf(pane: Pane, { columns }: View, row: Row): unknown {
	return pane.run.table.replaces && !pane.grouping ? identityOf(columns, row) : row;
}

/** A cursor on this line, which goes with its row. The top line of a stream stays on top, where the news are. */
export function cursorAt(pane: Pane, view: View, line: number): Cursor {
	const row = line > 0 ? view.rows[line] : undefined;
	return { line, on: row && markOf(pane, view, row) };
}
