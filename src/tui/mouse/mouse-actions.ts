import { leastColumns, leastRows } from '../App.tsx';
import { catalogMatches, targetMatches } from '../actions.ts';
import { matches } from '../form/form.ts';
import type { Action } from '../keys.ts';
import { layoutOf, type Tile } from '../layout.ts';
import { toolsInSight } from '../NextTools.tsx';
import { linesInSight } from '../PickList.tsx';
import { partsOf } from '../pane/PaneBox.tsx';
import { type Pane, topLine } from '../pane/pane.ts';
import { cursorAt } from '../pane/pane-view.ts';
import { shownAs } from '../pane/shape-view.ts';
import { textOf } from '../shapes/line.ts';
import type { Focus, State, Store } from '../state.ts';
import { glyphs } from '../theme.ts';
import { type Hit, hitTest, wordAt } from './hit-test.ts';
import type { MouseReport } from './mouse-reports.ts';

const headerRows = 1;
const linesPerTurn = 3;

interface Size {
	columns: number;
	rows: number;
}

/** A click chooses what it points at, one on a column's name sorts by it; the wheel scrolls what is under it. */
export function mouseActions(
	store: Store,
	actions: Record<Action, () => void>,
	size: () => Size,
): (report: MouseReport) => void {
	const { getState, setState } = store;

	function act({ does, button, x, y: line }: MouseReport): void {
		const state = getState();
		const { columns, rows } = size();
		const y = line - headerRows;
		const height = rows - 2;
		if (columns < leastColumns || rows < leastRows || state.prompt || y < 0 || y >= height) return;
		const wheel = does === 'wheel-up' ? -1 : does === 'wheel-down' ? 1 : 0;
		if (wheel === 0 && (does !== 'press' || button !== 0)) return;
		if (state.message) setState({ message: '' });
		if (state.overlay) return wheel ? scroll(wheel) : point(state, y, height);
		const hit = hitTest(layoutOf(state, columns, height), state, x, y);
		if (wheel) turn(hit, wheel);
		else click(state, hit, columns, height);
	}

	function scroll(by: number): void {
		for (let line = 0; line < linesPerTurn; line++) (by < 0 ? actions.up : actions.down)();
	}

	/** What is under the wheel scrolls, and the focus stays where it is. */
	function turn(hit: Hit, by: number): void {
		const { focus } = getState();
		const under: Focus | undefined = hit.kind === 'pane' ? hit.tile.id : hit.kind === 'tools' ? 'tools' : undefined;
		if (under === undefined) return;
		setState({ focus: under });
		scroll(by);
		setState({ focus });
	}

	function click(state: State, hit: Hit, columns: number, height: number): void {
		if (hit.kind === 'checklist-cell') pointAtCell(state, hit);
		else if (hit.kind === 'tools') pointAtTool(state, hit.line, columns, height);
		else if (hit.kind === 'pane') clickPane(state, hit.tile, hit.line, hit.x);
	}

	/** With the same steps as the keys, so that all that depends on the cell follows. */
	function pointAtCell({ cell }: State, { row, column }: Hit & { kind: 'checklist-cell' }): void {
		setState({ focus: 'checklist' });
		const steps = (by: number, back: () => void, forth: () => void) => {
			for (let step = 0; step < Math.abs(by); step++) (by < 0 ? back : forth)();
		};
		steps(row - cell.row, actions.up, actions.down);
		steps(column - cell.column, actions.left, actions.right);
	}

	function pointAtTool(state: State, line: number, columns: number, height: number): void {
		const { left, tools: lines } = layoutOf(state, columns, height);
		const { tools, toolCursor: cursor } = state;
		const { room, top } = toolsInSight({ tools, cursor, width: left, height: lines });
		const index = line - 1;
		if (index < 0 || index >= room || top + index >= tools.length) return setState({ focus: 'tools' });
		setState({ focus: 'tools', toolCursor: top + index });
	}

	function clickPane(state: State, { id, width, height }: Tile, line: number, x: number): void {
		const pane = state.panes.find((pane) => pane.id === id);
		if (!pane) return;
		// What is drawn there now; with the focus, a pane may have a line more.
		const { view, filtering, room, body } = partsOf({
			pane,
			focused: state.focus === id,
			prompt: undefined,
			width,
			height,
		});
		const header = filtering ? 2 : 1;
		setState({ focus: id });
		if (shownAs(pane) !== 'table') return;
		if (height > 1 && line === header) return sort(pane, wordAt(textOf(body.header), x));
		const row = line - header - 1;
		if (body.cursor < 0 || row < 0 || row >= Math.min(room, body.rows.length)) return;
		const top = view.cursor - body.cursor;
		change(id, (pane) => ({ cursor: cursorAt(pane, view, top + row) }));
	}

	function sort({ id }: Pane, word: string | undefined): void {
		const name = word?.replace(new RegExp(`[${glyphs.up}${glyphs.down}]$`), '');
		const known = getState().panes.find((pane) => pane.id === id);
		if (!known || name === undefined) return;
		const column = namesOf(known).find((column) => column === name);
		if (column === undefined) return;
		change(id, (pane) => ({
			sort: column,
			reverse: pane.sort === column ? !pane.reverse : false,
			cursor: topLine,
		}));
	}

	function change(id: number, changed: (pane: Pane) => Partial<Pane>): void {
		setState(({ panes }) => ({ panes: panes.map((pane) => (pane.id === id ? { ...pane, ...changed(pane) } : pane)) }));
	}

	/** In a list that lies open, a click moves the cursor to its line. */
	function point({ overlay }: State, y: number, height: number): void {
		const at = (count: number, cursor: number) => {
			const { room, top } = linesInSight(count, cursor, height);
			const index = y - 1;
			return index >= 0 && index < room && top + index < count ? top + index : cursor;
		};
		if (overlay?.kind === 'catalog')
			setState({ overlay: { ...overlay, cursor: at(catalogMatches(overlay).length, overlay.cursor) } });
		else if (overlay?.kind === 'targets')
			setState({ overlay: { ...overlay, cursor: at(targetMatches(overlay).length, overlay.cursor) } });
		else if (overlay?.kind === 'form' && overlay.form.picker) {
			const { form } = overlay;
			const picker = overlay.form.picker;
			const cursor = at(matches(picker).length, picker.cursor);
			setState({ overlay: { ...overlay, form: { ...form, picker: { ...picker, cursor } } } });
		}
	}

	return act;
}

function namesOf(pane: Pane): string[] {
	const { view } = partsOf({ pane, focused: false, prompt: undefined, width: 80, height: 24 });
	return view.columns.map(({ name }) => name);
}
