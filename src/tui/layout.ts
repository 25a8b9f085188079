import type { State } from './state.ts';

export interface Layout {
	/** Width of the checklist's column; 0 while a pane has the screen for itself. */
	left: number;
	/** Whether one line has to stand for the checklist. */
	strip: boolean;
	/** Heights of the two parts under the grid. */
	why: number;
	tools: number;
	panes: { id: number; width: number; height: number }[];
}

const narrow = 100;
const gridRows = 2;

/** Who gets how much of the screen. A narrow terminal shows the checklist or the panes, whichever has the focus. */
export function layoutOf(
	state: Pick<State, 'panes' | 'focus' | 'zoomed' | 'resources'>,
	width: number,
	height: number,
): Layout {
	const { panes, focus, zoomed, resources } = state;
	const onPane = panes.some(({ id }) => id === focus);
	const alone = onPane && (zoomed || width < narrow);
	const left = alone ? 0 : panes.length === 0 || width < narrow ? width : Math.max(48, Math.floor(width * 0.36));
	const below = height - resources.length - gridRows;
	const tools = Math.min(8, Math.floor(below / 2));
	const shown = left === width ? [] : zoomed && onPane ? panes.filter(({ id }) => id === focus) : panes;
	const paneWidth = left === 0 ? width : width - left - 1;
	const strip = left === 0;
	const room = strip ? height - 1 : height;
	return {
		left,
		strip,
		why: below - tools,
		tools,
		panes: shown.map(({ id }, index) => ({ id, width: paneWidth, height: share(room, shown.length, index) })),
	};
}

/** Equal heights; the first ones get what does not divide. */
function share(total: number, parts: number, index: number): number {
	return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}
