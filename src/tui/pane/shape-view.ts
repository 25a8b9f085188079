import type { ColumnType } from '../../catalog/column-types.ts';
import type { OutputClass } from '../../catalog/tool.ts';
import { isNumeric } from '../../output/cells.ts';
import type { Row } from '../../output/reader.ts';
import { cut } from '../../table/fit.ts';
import { historyOf, identityOf } from '../../table/intervals.ts';
import { seriesOf } from '../../table/series.ts';
import { type StackTree, stackTreeOf } from '../../table/stack-tree.ts';
import type { Interval } from '../../table/table.ts';
import { chartShape, mostSeries, type Series } from '../chart.ts';
import { callTreeShape } from '../shapes/call-tree.ts';
import { type FlameState, flameShape } from '../shapes/flame.ts';
import { heatMapKeys, heatMapShape } from '../shapes/heat-map.ts';
import { histogramShape } from '../shapes/histogram.ts';
import type { Line, Shape } from '../shapes/line.ts';
import { textShape } from '../shapes/text.ts';
import { look } from '../theme.ts';
import type { Pane } from './pane.ts';
import type { PaneView } from './pane-view.ts';

export type ShapeName = 'table' | 'histogram' | 'heat map' | 'flame graph' | 'call tree' | 'text' | 'chart';

/** What rows can be shown as, the usual first. */
export const shapesFor: Record<OutputClass, readonly ShapeName[]> = {
	'event-stream': ['table'],
	'oneshot-table': ['table'],
	'interval-table': ['table', 'chart'],
	keyvalue: ['table', 'chart'],
	histogram: ['histogram', 'heat map', 'table'],
	stacks: ['flame graph', 'call tree', 'table'],
	text: ['text', 'table'],
	// It never comes into a pane.
	terminal: ['table'],
};

/** Groups are a table, whatever they are groups of. */
export function shownAs({ shape, grouping }: Pick<Pane, 'shape' | 'grouping'>): ShapeName {
	return grouping ? 'table' : shape;
}

/** What a pane shows in this many lines; undefined where that is a table. */
export function shapeOf(pane: Pane, view: PaneView, width: number, height: number): Shape | undefined {
	widths.set(pane.id, width);
	const { tool } = pane.run.request;
	const { unit } = tool.output;
	const common = { unit, width, height, look };
	switch (shownAs(pane)) {
		case 'table':
			return undefined;
		case 'histogram': {
			const [before, newest] = [intervalsOf(pane).at(-2), intervalsOf(pane).at(-1)];
			const rows = pane.changes ? (newest?.rows ?? []) : view.rows;
			return scrolled(histogramShape({ ...common, rows, before: before?.rows }), pane.cursor.line, height);
		}
		case 'heat map':
			return heatMapShape({ ...common, intervals: intervalsOf(pane), key: heatKeys(pane)[pane.left] });
		case 'flame graph':
			return flameShape({ ...common, tree: treeOf(pane, view), state: flameOf(pane) });
		case 'call tree':
			return callTreeShape({ ...common, tree: treeOf(pane, view), state: { ...pane.calls, search: pane.search } });
		case 'text': {
			const top = Math.max(0, Math.min(view.cursor - Math.floor(height / 2), view.rows.length - height));
			const { left, wrap, search } = pane;
			// Wrapped lines take more room, so the cursor's is kept in sight by beginning with it.
			return textShape({
				...common,
				rows: view.rows,
				top: wrap ? Math.max(0, view.cursor) : top,
				left,
				wrap,
				search,
				cursor: view.cursor,
			});
		}
		case 'chart':
			return chartOf(pane, view, width, height);
	}
}

/** The columns that a pane was drawn in last, by which a cursor finds its neighbours. */
const widths = new Map<number, number>();

export function widthOfPane({ id }: Pane): number {
	return widths.get(id) ?? 80;
}

export function flameOf({ flame, search }: Pane): FlameState {
	return { ...flame, search };
}

/** The intervals up to the one that is shown; of a pane that is frozen, those of that time. */
export function intervalsOf({ frozen, run, back }: Pane): readonly Interval[] {
	const all = frozen?.intervals ?? run.table.intervals();
	return back > 0 ? all.slice(0, -back) : all;
}

export function heatKeys(pane: Pane): string[] {
	return heatMapKeys(intervalsOf(pane));
}

interface Grown {
	rows: readonly Row[];
	tree: StackTree;
	/** Milliseconds. */
	cost: number;
	at: number;
}

const trees = new Map<number, Grown>();
/** Growing a tree takes at most this share of the time, so that keys stay quick however many stacks there are. */
const mostShare = 0.2;

/** The tree of the stacks in view. */
export function treeOf({ id }: Pane, { rows }: PaneView): StackTree {
	const known = trees.get(id);
	const now = performance.now();
	if (known && (known.rows === rows || now - known.at < known.cost / mostShare)) return known.tree;
	const tree = stackTreeOf(rows);
	trees.set(id, { rows, tree, cost: performance.now() - now, at: now });
	return tree;
}

/** A pane that was closed shows nothing any more. */
export function forgetShape({ id }: Pane): void {
	for (const cache of [widths, trees, charts]) cache.delete(id);
}

function scrolled({ header, lines }: Shape, line: number, height: number): Shape {
	const top = Math.max(0, Math.min(line, lines.length - height));
	return { header, lines: lines.slice(top, top + height) };
}

const charts = new Map<number, { key: string; lines: Line[] }>();

/** The column that is sorted by, or the first number: of all rows and the first ones, or of those from the cursor on. */
function chartOf(pane: Pane, { columns, rows, cursor }: PaneView, width: number, height: number): Shape {
	const intervals = intervalsOf(pane);
	const table = pane.run.table;
	const sorted = table.columns.findIndex(({ name, type }) => name === pane.sort && isNumeric(type));
	const column = sorted >= 0 ? sorted : table.columns.findIndex(({ type }) => isNumeric(type) && type !== 'id');
	const { name, type } = table.columns[column] ?? { name: '', type: 'int' };
	const step = ((intervals.at(-1)?.at ?? 0) - (intervals[0]?.at ?? 0)) / Math.max(1, intervals.length - 1) / 1000;
	const identities = rows
		.slice(Math.max(0, cursor), Math.max(0, cursor) + mostSeries)
		.map((row) => identityOf(columns, row));
	const key = JSON.stringify([
		identities,
		column,
		width,
		height,
		cursor > 0,
		pane.back,
		intervals.at(-1)?.at,
		intervals.length,
	]);
	const known = charts.get(pane.id);
	if (known?.key === key) return chartWith(name, type, known.lines);
	const one = (identity: string): Series => ({
		title: titleOf(identity),
		values: historyOf(intervals, table.columns, identity, column),
	});
	const sum: Series = { title: `all ${rows.length} rows`, values: seriesOf(intervals, column) };
	const series = cursor > 0 || rows.length < 2 ? identities.map(one) : [sum, ...identities.slice(0, -1).map(one)];
	const lines = chartShape({ series, step, unit: units[type], width, height, look });
	charts.set(pane.id, { key, lines });
	return chartWith(name, type, lines);
}

function chartWith(name: string, type: ColumnType, lines: Line[]): Shape {
	const unit = plainUnits.includes(type) ? `, in ${type}` : '';
	return { header: [{ text: `${name} over time${unit}` }], lines };
}

/** Of numbers that a chart writes without their unit. */
const plainUnits: readonly ColumnType[] = ['percent', 'bytes', 'kilobytes'];

function titleOf(identity: string): string {
	return cut(identity.split('\n').filter(Boolean).join(' '), 30);
}

const units: Partial<Record<ColumnType, string>> = { seconds: 's', milliseconds: 'ms', microseconds: 'us' };
