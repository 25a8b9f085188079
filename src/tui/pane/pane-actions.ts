import type { Column } from '../../catalog/tool.ts';
import { type Cell, rowOf } from '../../output/reader.ts';
import type { Contents } from '../../table/view.ts';
import { focusedPane, type Store } from '../state.ts';
import { glyphs } from '../theme.ts';
import { inOrder, newPane, type Pane, regrouped, topLine } from './pane.ts';
import { cursorAt, forgetView, frozenContents, paneView } from './pane-view.ts';
import {
	isSearched,
	leaveInShape,
	matchInShape,
	moveInShape,
	nextShape,
	openInShape,
	scrollInShape,
	turnShape,
} from './shape-actions.ts';
import { forgetShape, shownAs, widthOfPane } from './shape-view.ts';
import { tableLines } from './table-lines.ts';

export const mostPanes = 6;

/** What keys do to the pane that has the focus. */
export function paneActions(store: Store, say: (message: string) => void, nextId: () => number) {
	const { getState, setState } = store;

	const change = (changed: (pane: Pane) => Partial<Pane>) =>
		setState(({ panes, focus }) => ({
			panes: panes.map((pane) => (pane.id === focus ? { ...pane, ...changed(pane) } : pane)),
		}));
	const onPane = (act: (pane: Pane) => void) => () => {
		const pane = focusedPane(getState());
		if (pane) act(pane);
	};

	const onPaneWith = (act: (pane: Pane, by: 1 | -1) => void) => (by: 1 | -1) => {
		const pane = focusedPane(getState());
		if (pane) act(pane, by);
	};

	function move(by: number): void {
		change((pane) => {
			const moved = moveInShape(pane, by);
			if (moved) return moved;
			const view = paneView(pane);
			return { cursor: cursorAt(pane, view, clamp(Math.max(0, view.cursor) + by, view.rows.length)) };
		});
	}

	function sortBy(by: number): void {
		change((pane) => {
			const { columns, shown } = paneView(pane);
			const names = [undefined, ...shown.map((index) => columns[index]?.name)];
			const at = names.indexOf(pane.sort);
			return sortedBy(pane, names[(at + by + names.length) % names.length]);
		});
	}

	/** A group's rows, or a row with all that is in it. */
	function open(pane: Pane): void {
		const opened = openInShape(pane);
		if (opened) return change(() => opened);
		const view = paneView(pane);
		const row = view.rows[view.cursor];
		if (!row) return;
		if (pane.grouping && !pane.within) {
			const key: Cell[] = pane.grouping.by.map((_, index) => row.cell(index));
			const sort = pane.run.request.tool.output.sort;
			return change(() => ({ within: { key }, sort, filter: '', cursor: topLine, left: 0, frozen: undefined }));
		}
		setState({ overlay: { kind: 'row', top: 0, columns: view.columns, row } });
	}

	/** Whether there was something to leave within the pane. */
	function leave(pane: Pane): boolean {
		const left = leaveInShape(pane);
		if (left) {
			change(() => left);
			return true;
		}
		if (!pane.within) return false;
		change(() => ({ within: undefined, sort: 'count', filter: '', cursor: topLine, left: 0, frozen: undefined }));
		return true;
	}

	function group(pane: Pane): void {
		if (pane.grouping) return change((pane) => regrouped(pane, []));
		if (pane.run.table.columns.every(({ name }) => name !== pane.sort))
			return say('Choose the column to group by first, with < or >; or several, with c.');
		change((pane) => regrouped(pane, [pane.sort as string]));
	}

	function step(by: number): void {
		change((pane) => {
			if (pane.grouping) {
				say(noIntervals);
				return {};
			}
			// Who looks back looks at one interval, which does not move away while others come.
			const frozen = pane.frozen ?? frozenNow(pane);
			if (frozen.intervals.length < 2) {
				say('There is no interval before: these rows come one by one.');
				return {};
			}
			const back = clamp(pane.back - by, frozen.intervals.length);
			return { back, frozen: back > 0 ? frozen : undefined };
		});
	}

	/** The next place that the search finds; without one to look for, it is asked for. */
	function match(pane: Pane, by: 1 | -1): void {
		if (!isSearched(pane)) return say('Text, flame graphs and call trees can be searched; / filters rows.');
		if (pane.search === '') return setState({ prompt: { text: '', before: '', into: 'search' } });
		const found = matchInShape(pane, by);
		if (found) change(() => found);
		else say('Nothing is found.');
	}

	function split(pane: Pane): void {
		if (getState().panes.length >= mostPanes) return say(tooMany);
		const twin = { ...newPane(nextId(), pane.run), hidden: pane.hidden, order: pane.order };
		setState(({ panes }) => ({ panes: [...panes, twin], focus: twin.id, zoomed: false }));
	}

	/** The last pane of a run that is still going stops it first. */
	function stopOrClose(pane: Pane): void {
		const { state } = pane.run.state;
		const isShownElsewhere = getState().panes.some(({ id, run }) => id !== pane.id && run === pane.run);
		if (state === 'running' && !isShownElsewhere) pane.run.stop('user');
		if (state !== 'ended' && !isShownElsewhere)
			return say(`Stopping ${pane.run.request.tool.name}; x again closes its pane.`);
		close(pane);
	}

	function close(pane: Pane): void {
		forgetPane(pane);
		setState(({ panes }) => {
			const left = panes.filter(({ id }) => id !== pane.id);
			const at = panes.findIndex(({ id }) => id === pane.id);
			return { panes: left, focus: left[Math.min(at, left.length - 1)]?.id ?? 'checklist', zoomed: false, message: '' };
		});
	}

	return {
		move,
		leave,
		open: onPane(open),
		scroll: (by: number) =>
			change((pane) => scrollInShape(pane, by) ?? { left: clamp(pane.left + by, paneView(pane).shown.length) }),
		nextShape: () => change(nextShape),
		match: onPaneWith(match),
		wrap: onPane((pane) => {
			if (shownAs(pane) === 'text') change(({ wrap }) => ({ wrap: !wrap, left: 0 }));
			else say('Only lines of text go on in the next line.');
		}),
		sortRight: () => sortBy(1),
		sortLeft: () => sortBy(-1),
		reverse: () => change((pane) => turnShape(pane) ?? { reverse: !pane.reverse, cursor: topLine }),
		group: onPane(group),
		pause: () => change((pane) => (pane.frozen ? { frozen: undefined, back: 0 } : { frozen: frozenNow(pane) })),
		earlier: () => step(-1),
		later: () => step(1),
		changes: () =>
			change((pane) => {
				if (pane.run.table.replaces && !pane.grouping) return { changes: !pane.changes };
				say(pane.grouping ? noIntervals : 'Only a tool that prints its rows again and again has changes to show.');
				return {};
			}),
		split: onPane(split),
		stop: onPane(stopOrClose),
		close: onPane(close),
		columns: onPane(() => setState({ overlay: { kind: 'columns', cursor: 0 } })),
		column: (act: ColumnAct) => actOnColumn(store, change, act),
	};
}

const noIntervals = 'Groups are counted over all intervals; b shows single rows again.';

/** Sorted by a column, and scrolled to where it is in sight. */
function sortedBy(pane: Pane, sort: string | undefined): Partial<Pane> {
	const sorted = { ...pane, sort, cursor: topLine };
	const { columns, shown, rows } = paneView(sorted);
	const at = shown.findIndex((index) => columns[index]?.name === sort);
	const isInSight = (left: number) => {
		const indexes = shown.slice(left, at + 1);
		const cells = rows.slice(0, mostInSight).map((row) => rowOf(indexes.map((index) => row.cell(index))));
		const named = indexes.flatMap((index) => columns[index] ?? []);
		const { header } = tableLines(named, cells, widthOfPane(pane), { by: sort, reverse: pane.reverse });
		return [glyphs.up, glyphs.down].some((mark) => header.trimEnd().endsWith(`${sort}${mark}`));
	};
	let left = at < 0 ? pane.left : Math.min(pane.left, at);
	while (left < at && !isInSight(left)) left++;
	return { sort, cursor: topLine, left };
}

/** Lines of the tallest terminals. */
const mostInSight = 100;

/** What there is now, to be looked at while more arrives. */
function frozenNow(pane: Pane): NonNullable<Pane['frozen']> {
	const { table } = pane.run;
	const intervals = table.intervals().map(({ at, rows }) => ({ at, rows: [...rows] }));
	return { contents: frozenContents(pane), intervals, total: table.total };
}

/** Nothing is kept of a pane that is closed. */
export function forgetPane(pane: Pane): void {
	if (pane.grouping) pane.run.table.ungroup(pane.grouping.groups);
	forgetView(pane);
	forgetShape(pane);
}

export const tooMany = `${mostPanes} panes are open; close one with x first.`;

type ColumnAct = 'toggle' | 'sort' | 'group' | 'forward' | 'backward';

/** On the column that is pointed at in the list of columns. */
function actOnColumn(store: Store, change: (changed: (pane: Pane) => Partial<Pane>) => void, act: ColumnAct): void {
	const { overlay } = store.getState();
	const pane = focusedPane(store.getState());
	if (overlay?.kind !== 'columns' || !pane) return;
	const names = listedColumns(pane, paneView(pane)).map(({ name }) => name);
	const name = names[overlay.cursor];
	if (name === undefined) return;
	switch (act) {
		case 'toggle':
			return change(({ hidden }) => ({
				hidden: hidden.includes(name) ? hidden.filter((other) => other !== name) : [...hidden, name],
			}));
		case 'sort':
			change((pane) => sortedBy(pane, name));
			return store.setState({ overlay: undefined });
		case 'group': {
			const by = pane.grouping?.by ?? [];
			if (!by.includes(name) && pane.run.table.columns.every((column) => column.name !== name)) return;
			change((pane) => regrouped(pane, by.includes(name) ? by.filter((other) => other !== name) : [...by, name]));
			const grouped = focusedPane(store.getState()) ?? pane;
			const cursor = listedColumns(grouped, paneView(grouped)).findIndex((column) => column.name === name);
			return store.setState({ overlay: { kind: 'columns', cursor: Math.max(0, cursor) } });
		}
		default: {
			const to = overlay.cursor + (act === 'forward' ? 1 : -1);
			if (to < 0 || to >= names.length) return;
			names.splice(overlay.cursor, 1);
			names.splice(to, 0, name);
			change(() => ({ order: names }));
			store.setState({ overlay: { kind: 'columns', cursor: to } });
		}
	}
}

/** Every column that there is to choose from, in the order of the pane; of groups, after their key, what else they could be grouped by. */
export function listedColumns(pane: Pane, { columns }: Contents): readonly Column[] {
	const listed = inOrder(columns, pane);
	if (!pane.grouping || pane.within) return listed;
	const { by } = pane.grouping;
	const others = pane.run.table.columns.filter(({ name }) => !by.includes(name));
	return [...listed.slice(0, by.length), ...others, ...listed.slice(by.length)];
}

function clamp(index: number, length: number): number {
	return Math.max(0, Math.min(length - 1, index));
}
