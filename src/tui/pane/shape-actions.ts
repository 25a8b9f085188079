import { closeCall, moveCall, nextCallMatch, openCall } from '../shapes/call-tree.ts';
import { type FlameMove, flameStart, moveFlame, nextFlameMatch, zoomFlame } from '../shapes/flame.ts';
import { nextTextMatch } from '../shapes/text.ts';
import { type Pane, topLine } from './pane.ts';
import { cursorAt, paneView } from './pane-view.ts';
import { flameOf, heatKeys, shapesFor, shownAs, treeOf, widthOfPane } from './shape-view.ts';

/** What a key changes in a pane; undefined where the shape has nothing of its own for it. */
type Change = Partial<Pane> | undefined;

export function nextShape(pane: Pane): Partial<Pane> {
	const shapes = shapesFor[pane.run.request.tool.output.class];
	const next = shapes[(shapes.indexOf(pane.shape) + 1) % shapes.length] ?? 'table';
	return { shape: next, cursor: topLine, left: 0 };
}

/** More steps than a flame graph has levels. */
const mostSteps = 300;

export function moveInShape(pane: Pane, by: number): Change {
	switch (shownAs(pane)) {
		case 'flame graph': {
			const way = by < 0 ? 'up' : 'down';
			return walked(pane, way, Math.min(mostSteps, Math.abs(by)));
		}
		case 'call tree':
			return { calls: moveCall(treeOf(pane, paneView(pane)), pane.calls, by) };
		default:
			return undefined;
	}
}

const textScroll = 8;

export function scrollInShape(pane: Pane, by: number): Change {
	switch (shownAs(pane)) {
		case 'flame graph':
			return walked(pane, by < 0 ? 'left' : 'right', Math.abs(by));
		case 'call tree': {
			const tree = treeOf(pane, paneView(pane));
			return { calls: by < 0 ? closeCall(tree, pane.calls) : openCall(tree, pane.calls) };
		}
		case 'heat map':
			return { left: Math.max(0, Math.min(heatKeys(pane).length - 1, pane.left + by)) };
		case 'text':
			return { left: pane.wrap ? 0 : Math.max(0, pane.left + by * textScroll) };
		default:
			return undefined;
	}
}

function walked(pane: Pane, way: FlameMove, steps: number): Change {
	const tree = treeOf(pane, paneView(pane));
	let flame = flameOf(pane);
	for (let step = 0; step < steps; step++) {
		const next = moveFlame(tree, flame, way, widthOfPane(pane));
		if (next === flame) break;
		flame = next;
	}
	return { flame };
}

/** A frame takes the whole width, or shows what it calls. Pictures have no rows to open. */
export function openInShape(pane: Pane): Change {
	switch (shownAs(pane)) {
		case 'flame graph':
			return { flame: zoomFlame(treeOf(pane, paneView(pane)), flameOf(pane)) };
		case 'call tree': {
			const tree = treeOf(pane, paneView(pane));
			const toggled = pane.calls.open.has(pane.calls.cursor) ? closeCall : openCall;
			return { calls: toggled(tree, pane.calls) };
		}
		case 'histogram':
		case 'heat map':
		case 'chart':
			return {};
		default:
			return undefined;
	}
}

export function leaveInShape(pane: Pane): Change {
	const zoomed = shownAs(pane) === 'flame graph' && pane.flame.zoom.length > 0;
	return zoomed ? { flame: { ...pane.flame, zoom: flameStart.zoom } } : undefined;
}

export function turnShape(pane: Pane): Change {
	if (shownAs(pane) !== 'flame graph') return undefined;
	return { flame: { ...pane.flame, inverted: !pane.flame.inverted } };
}

export function isSearched(pane: Pane): boolean {
	return ['text', 'flame graph', 'call tree'].includes(shownAs(pane));
}

export function isStacks({ run, grouping }: Pane): boolean {
	return run.request.tool.output.class === 'stacks' && !grouping;
}

/** Where the search finds something next; undefined where it does not. */
export function matchInShape(pane: Pane, by: 1 | -1): Change {
	const view = paneView(pane);
	switch (shownAs(pane)) {
		case 'flame graph': {
			const before = flameOf(pane);
			const flame = nextFlameMatch(treeOf(pane, view), before, by, widthOfPane(pane));
			return flame === before ? undefined : { flame };
		}
		case 'call tree': {
			const before = { ...pane.calls, search: pane.search };
			const calls = nextCallMatch(treeOf(pane, view), before, by);
			return calls === before ? undefined : { calls };
		}
		case 'text': {
			const found = nextTextMatch(view.rows, pane.search, Math.max(0, view.cursor), by);
			return found === undefined ? undefined : { cursor: cursorAt(pane, view, found) };
		}
		default:
			return undefined;
	}
}
