import type { State } from './state.ts';

/** Where a pane is, counted from the upper left corner of what the header and the line of keys leave. */
export interface Tile {
	id: number;
	x: number;
	y: number;
	width: number;
	/** 1 where there is only room for its title. */
	height: number;
}

export interface Layout {
	/** Width of the checklist's column; 0 while panes have the screen for themselves. */
	left: number;
	/** Whether one line has to stand for the checklist. */
	strip: boolean;
	/** Heights of the two parts under the grid. */
	why: number;
	tools: number;
	/** Side by side; in each column, panes above each other. */
	columns: Tile[][];
}

const narrow = 100;
/** Room for the names of the checklist's columns. */
const leastLeft = 49;
const gridRows = 2;
/** A title, five tools and what is to be known of one. */
const mostTools = 10;
/** With more of them panes need the whole width. */
const mostBeside = 2;

/** Who gets how much of the screen. A narrow terminal shows the checklist or the panes, whichever has the focus. */
export function layoutOf(
	state: Pick<State, 'focus' | 'zoomed' | 'resources'> & { panes: readonly { id: number }[] },
	width: number,
	height: number,
): Layout {
	const { panes, focus, zoomed, resources } = state;
	const onPane = panes.some(({ id }) => id === focus);
	const alone = onPane && (zoomed || width < narrow || panes.length > mostBeside);
	const left = alone ? 0 : panes.length === 0 || width < narrow ? width : Math.max(leastLeft, Math.floor(width * 0.36));
	const below = height - resources.length - gridRows;
	const tools = Math.min(mostTools, Math.floor(below / 2));
	const shown = left === width ? [] : zoomed && onPane ? panes.filter(({ id }) => id === focus) : panes;
	const strip = left === 0;
	const x = strip ? 0 : left + 1;
	const area = { x, y: strip ? 1 : 0, width: width - x, height: strip ? height - 1 : height };
	const ids = shown.map(({ id }) => id);
	return { left, strip, why: below - tools, tools, columns: tiles(ids, focus, area) };
}

type Area = Omit<Tile, 'id'>;

const leastWidth = 48;
const leastHeight = 7;
const mostColumns = 3;

/** As few columns as leave each pane enough lines. */
function tiles(ids: readonly number[], focus: State['focus'], { x, y, width, height }: Area): Tile[][] {
	if (ids.length === 0) return [];
	const most = Math.max(1, Math.min(mostColumns, Math.floor(width / leastWidth), ids.length));
	let count = 1;
	while (count < most && Math.floor(height / Math.ceil(ids.length / count)) < leastHeight) count++;
	const between = count - 1;
	const columns: Tile[][] = [];
	for (let column = 0, nextX = x, next = 0; column < count; column++) {
		const wide = share(width - between, count, column);
		const inColumn = ids.slice(next, next + share(ids.length, count, column));
		let nextY = y;
		columns.push(
			heights(inColumn, focus, height).map((high, index) => {
				const tile = { id: inColumn[index] as number, x: nextX, y: nextY, width: wide, height: high };
				nextY += high;
				return tile;
			}),
		);
		nextX += wide + 1;
		next += inColumn.length;
	}
	return columns;
}

/** Equal ones; where there is no room for all, those far from the focus keep their title only. */
function heights(ids: readonly number[], focus: State['focus'], height: number): number[] {
	const open = Math.max(1, Math.min(ids.length, Math.floor((height - ids.length) / (leastHeight - 1))));
	const at = typeof focus === 'number' ? Math.max(0, ids.indexOf(focus)) : 0;
	const first = Math.max(0, Math.min(at - Math.floor(open / 2), ids.length - open));
	const room = height - (ids.length - open);
	return ids.map((_, index) => (index >= first && index < first + open ? share(room, open, index - first) : 1));
}

/** Equal parts; the first ones get what does not divide. */
function share(total: number, parts: number, index: number): number {
	return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}
