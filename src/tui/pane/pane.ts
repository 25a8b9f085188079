import type { Cell } from '../../output/reader.ts';
import type { ShownRun } from '../../runs/shown-run.ts';
import { Groups } from '../../table/groups.ts';
import type { Interval } from '../../table/table.ts';
import type { Contents } from '../../table/view.ts';
import { type CallTreeState, callTreeStart } from '../shapes/call-tree.ts';
import { type FlameState, flameStart } from '../shapes/flame.ts';
import { type ShapeName, shapesFor } from './shape-view.ts';

/** One view of one run; several panes may show the same run in different ways. */
export interface Pane {
	id: number;
	run: ShownRun;
	sort: string | undefined;
	reverse: boolean;
	filter: string;
	/** What was filtered by before, the newest last. */
	filters: string[];
	grouping: Grouping | undefined;
	/** The one group whose rows are shown. */
	within: { key: readonly Cell[] } | undefined;
	/** Columns that are not shown. */
	hidden: string[];
	/** Names of columns in the order that the user gave them. */
	order: string[];
	/** Whether numbers have their change since the interval before beside them. */
	changes: boolean;
	/** How many intervals before the newest one. */
	back: number;
	cursor: Cursor;
	/** The first column on screen. */
	left: number;
	/** What was there when the view was frozen, and how many rows there had been. */
	frozen: { contents: Contents; intervals: readonly Interval[]; total: number } | undefined;
	shape: ShapeName;
	/** What n and N look for in text and stacks. */
	search: string;
	flame: FlameState;
	calls: CallTreeState;
	/** Long lines of text go on in the next one. */
	wrap: boolean;
}

export interface Grouping {
	/** Names of columns. */
	by: string[];
	groups: Groups;
}

/** On a row it stays wherever the row goes; on none it stays where it is, on the top line at first. */
export interface Cursor {
	line: number;
	/** What tells the row from others. */
	on: unknown;
}

export const topLine: Cursor = { line: 0, on: undefined };

export function newPane(id: number, run: ShownRun): Pane {
	return {
		id,
		run,
		sort: run.request.tool.output.sort,
		reverse: false,
		filter: '',
		filters: [],
		grouping: undefined,
		within: undefined,
		hidden: [],
		order: [],
		changes: false,
		back: 0,
		cursor: topLine,
		left: 0,
		frozen: undefined,
		shape: shapesFor[run.request.tool.output.class][0] ?? 'table',
		search: '',
		flame: flameStart,
		calls: callTreeStart,
		wrap: false,
	};
}

/** Groups by these columns from here on; by none, it shows single rows again. */
export function regrouped(pane: Pane, by: string[]): Pane {
	const { table } = pane.run;
	if (pane.grouping) table.ungroup(pane.grouping.groups);
	const bare = { ...pane, within: undefined, cursor: topLine, left: 0, back: 0, frozen: undefined };
	if (by.length === 0) return { ...bare, grouping: undefined, sort: pane.run.request.tool.output.sort };
	const groups = new Groups(
		table.columns,
		by.map((name) => table.columns.findIndex((column) => column.name === name)),
	);
	table.group(groups);
	return { ...bare, grouping: { by, groups }, sort: 'count' };
}

/** The same view of another run of the same tool. */
export function restarted(pane: Pane, run: ShownRun): Pane {
	const bare = { ...pane, run, grouping: undefined, within: undefined, cursor: topLine, back: 0, frozen: undefined };
	return pane.grouping ? { ...regrouped(bare, pane.grouping.by), sort: pane.within ? 'count' : pane.sort } : bare;
}

/** Columns as the user moved them; one that he did not, such as a change that came later, stays behind the one before it. */
export function inOrder<Named extends { name: string }>(
	columns: readonly Named[],
	{ order }: Pick<Pane, 'order'>,
): Named[] {
	let before = -1;
	const places = new Map(
		columns.map((column) => {
			const at = order.indexOf(column.name);
			if (at >= 0) before = at;
			return [column, at >= 0 ? at : before + 0.5];
		}),
	);
	return columns.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

/** The columns of the run that its groups are made of. */
export function keyColumns({ run, grouping }: Pane): number[] {
	return (grouping?.by ?? []).map((name) => run.table.columns.findIndex((column) => column.name === name));
}
