import { counted } from '../../checks/sentence.ts';
import { amount, share } from '../../table/amount.ts';
import { cut, fitTo } from '../../table/fit.ts';
import { type Search, searchOrNone } from '../../table/search.ts';
import {
	childrenByName,
	type FramePath,
	matchedSamples,
	pathOf,
	type StackNode,
	type StackTree,
} from '../../table/stack-tree.ts';
import { type Look, paint } from '../theme.ts';
import { fitLine, type Line, type Shape, type Span, wholeWords } from './line.ts';

/** What a user has chosen. Frames are named by their paths, since the tree is made anew while samples arrive. */
export interface FlameState {
	/** The frame that takes the whole width; none is all of them. */
	zoom: FramePath;
	cursor: FramePath;
	/** The root on top, as an icicle. */
	inverted: boolean;
	search: string;
}

export const flameStart: FlameState = { zoom: [], cursor: [], inverted: false, search: '' };

interface Request {
	tree: StackTree;
	state: FlameState;
	unit: string | undefined;
	width: number;
	/** Of the lines, without the header. */
	height: number;
	look: Look;
}

const warm = [208, 214, 215, 220, 221, 209].map((code) => `ansi256(${code})`);
const matched = 'ansi256(177)';
const ink = 'ansi256(16)';

/** The frame's name, and its numbers. */
const footLines = 2;

/**
 *           ▏vfs_read
 *     ▏main ▏read          one line a depth, the root at the bottom
 *     ▏python3      ▏sh    a frame is as wide as its share of the samples
 *     main
 *     12 samples, 40.0% of all
 */
export function flameShape({ tree, state, unit, width, height, look }: Request): Shape {
	const search = searchOrNone(state.search);
	const { levels, narrow } = layoutOf(tree, state.zoom, width);
	const cursor = cursorBox(tree, levels, state.cursor);
	const room = Math.max(1, height - footLines);
	const from = Math.max(0, Math.min((cursor?.level ?? 0) - Math.floor(room / 2), levels.length - room));
	const zoomDepth = zoomNode(tree, state.zoom).depth;
	const shown = levels
		.slice(from, from + room)
		.map((boxes) => levelLine(boxes, { cursor, zoomDepth, search, width, look }));
	const blank = Array.from({ length: Math.max(0, room - shown.length) }, () => fitLine([], width));
	const graph = state.inverted ? shown : [...blank, ...shown.reverse()];
	const atCursor = cursor ? cursor.level - from : 0;
	return {
		header: headerLine(tree, state, { narrow, levels: levels.length, from, room }, unit, width),
		lines: [...graph, ...(cursor ? footOf(tree, state, cursor.node, unit, width, look) : [])].slice(0, height),
		cursorLine: state.inverted ? atCursor : graph.length - 1 - atCursor,
	};
}

export type FlameMove = 'up' | 'down' | 'left' | 'right';

/** To the frame that lies there on the screen: a caller, the widest frame called, or a neighbour of the same depth. */
export function moveFlame(tree: StackTree, state: FlameState, move: FlameMove, width: number): FlameState {
	const { levels } = layoutOf(tree, state.zoom, width);
	const at = cursorBox(tree, levels, state.cursor);
	if (!at) return state;
	const goal =
		move === 'left' || move === 'right'
			? neighbour(levels[at.level] ?? [], at, move === 'left' ? -1 : 1)
			: (move === 'up') === state.inverted
				? levels[at.level - 1]?.find(({ node }) => node === at.node.parent)
				: widest((levels[at.level + 1] ?? []).filter(({ node }) => node.parent === at.node));
	return goal ? { ...state, cursor: pathOf(goal.node) } : state;
}

/** The frame under the cursor takes the whole width; one that has it already gives it back. */
export function zoomFlame(tree: StackTree, state: FlameState): FlameState {
	const path = pathOf(zoomNode(tree, state.cursor));
	const same = path.length === state.zoom.length && path.every((name, index) => name === state.zoom[index]);
	return { ...state, cursor: path, zoom: same ? [] : path };
}

/** The next frame on screen that the search finds, from the cursor on and around. */
export function nextFlameMatch(tree: StackTree, state: FlameState, by: 1 | -1, width: number): FlameState {
	const search = searchOrNone(state.search);
	const { levels } = layoutOf(tree, state.zoom, width);
	const boxes = levels.flat();
	const at = cursorBox(tree, levels, state.cursor);
	const from = boxes.findIndex(({ node }) => node === at?.node);
	for (let step = 1; step <= boxes.length; step++) {
		const box = boxes.at((from + by * step) % boxes.length);
		if (box?.node.parent && search?.matches(box.node.name)) return { ...state, cursor: pathOf(box.node) };
	}
	return state;
}

interface FrameBox {
	node: StackNode;
	level: number;
	from: number;
	to: number;
}

interface Layout {
	levels: FrameBox[][];
	/** Frames that take no column. */
	narrow: number;
}

/** Of a tree that has not grown since, the last layout and the last sum still hold; a key is to be answered at once. */
const layouts = new WeakMap<StackTree, { key: string; layout: Layout }>();
const sums = new WeakMap<StackTree, { key: string; samples: number }>();

function layoutOf(tree: StackTree, zoom: FramePath, width: number): Layout {
	const key = [tree.root.total, width, ...zoom].join('\n');
	const known = layouts.get(tree);
	if (known?.key === key) return known.layout;
	const layout = laidOut(tree, zoom, width);
	layouts.set(tree, { key, layout });
	return layout;
}

function foundIn(tree: StackTree, top: StackNode, search: Search, text: string): number {
	const key = [top.total, text, ...pathOf(top)].join('\n');
	const known = sums.get(tree);
	if (known?.key === key) return known.samples;
	const samples = matchedSamples(top, search.matches);
	sums.set(tree, { key, samples });
	return samples;
}

/** Frames in whole columns, level by level. Those that share a border are rounded to the same column. */
function laidOut(tree: StackTree, zoom: FramePath, width: number): Layout {
	const levels: FrameBox[][] = [];
	let narrow = 0;
	const put = (node: StackNode, from: number, to: number) => {
		const box = { node, level: node.depth, from: Math.round(from), to: Math.round(to) };
		if (box.to <= box.from) {
			narrow++;
			return;
		}
		const level = levels[node.depth];
		if (level) level.push(box);
		else levels[node.depth] = [box];
		let at = from;
		for (const child of childrenByName(node)) {
			const end = at + ((to - from) * child.total) / node.total;
			put(child, at, end);
			at = end;
		}
	};
	const zoomed = zoomNode(tree, zoom);
	for (let node = zoomed.parent; node; node = node.parent)
		levels[node.depth] = [{ node, level: node.depth, from: 0, to: width }];
	put(zoomed, 0, width);
	return { levels, narrow };
}

/** The frame at a path, or the innermost one on the way to it that there is. */
function zoomNode(tree: StackTree, path: FramePath): StackNode {
	let node = tree.root;
	for (const name of path) {
		const child = node.children.get(name);
		if (!child) break;
		node = child;
	}
	return node;
}

/** The frame under the cursor, or the first of its callers that is on the screen. */
function cursorBox(tree: StackTree, levels: FrameBox[][], cursor: FramePath): FrameBox | undefined {
	for (let node: StackNode | undefined = zoomNode(tree, cursor); node; node = node.parent) {
		const box = levels[node.depth]?.find((each) => each.node === node);
		if (box) return box;
	}
	return levels.find((boxes) => boxes.length > 0)?.[0];
}

function neighbour(level: FrameBox[], { node }: FrameBox, by: number): FrameBox | undefined {
	return level[level.findIndex((box) => box.node === node) + by];
}

function widest(boxes: FrameBox[]): FrameBox | undefined {
	return boxes.reduce<FrameBox | undefined>(
		(best, box) => (best && best.node.total >= box.node.total ? best : box),
		undefined,
	);
}

interface Drawing {
	cursor: FrameBox | undefined;
	zoomDepth: number;
	search: Search | undefined;
	width: number;
	look: Look;
}

function levelLine(boxes: FrameBox[], { cursor, zoomDepth, search, width, look }: Drawing): Line {
	const line: Span[] = [];
	let at = 0;
	for (const { node, from, to } of boxes) {
		if (from > at) line.push({ text: ' '.repeat(from - at) });
		const found = node.parent !== undefined && search?.matches(node.name) === true;
		const under = node === cursor?.node;
		// A frame begins with a mark that says what its colours say.
		const mark = under ? (look.utf8 ? '▸' : '>') : found ? '*' : look.utf8 ? '▏' : '|';
		line.push({
			text: fitTo(mark + node.name, to - from),
			...(look.colors ? { color: ink, background: found ? matched : warmth(node.name) } : {}),
			...(under ? { inverse: true, bold: true } : {}),
			...(found ? { bold: true } : {}),
			...(node.depth < zoomDepth ? { dim: true } : {}),
		});
		at = to;
	}
	return fitLine(line, width);
}

/** The same name has the same colour wherever it is called. */
function warmth(name: string): string {
	let hash = 0;
	for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) >>> 0;
	return warm[hash % warm.length] as string;
}

function headerLine(
	tree: StackTree,
	{ zoom, search }: FlameState,
	{ narrow, levels, from, room }: { narrow: number; levels: number; from: number; room: number },
	unit: string | undefined,
	width: number,
): Line {
	const finds = searchOrNone(search);
	const top = zoomNode(tree, zoom);
	const { stacks, samples } = tree.shortened;
	const words = [
		samplesText(tree.root.total, unit),
		...(finds ? [`"${cut(search, 30)}" in ${share(foundIn(tree, top, finds, search), top.total)}`] : []),
		...(zoom.length > 0 ? [`zoomed to ${share(top.total, tree.root.total)}`] : []),
		...(levels > room ? [`depth ${from + 1}-${Math.min(levels, from + room)} of ${levels}`] : []),
		...(stacks > 0 ? [`${counted(stacks, 'stack')} shortened (${share(samples, tree.root.total)})`] : []),
		...(narrow > 0 ? [`${counted(narrow, 'frame')} too narrow to show`] : []),
	];
	return fitLine(wholeWords(words, width), width);
}

function footOf(
	tree: StackTree,
	{ zoom }: FlameState,
	node: StackNode,
	unit: string | undefined,
	width: number,
	look: Look,
): Line[] {
	const top = zoomNode(tree, zoom);
	const numbers = [
		samplesText(node.total, unit),
		`${share(node.total, tree.root.total)} of all`,
		...(top.parent && node.depth >= top.depth ? [`${share(node.total, top.total)} of the zoomed`] : []),
		`itself ${amount(node.self, unit)} (${share(node.self, tree.root.total)})`,
	];
	return [
		fitLine([{ text: node.name, bold: true, ...paint('accent', look) }], width),
		fitLine(wholeWords(numbers, width, ', '), width),
	];
}

/** What a stack's count is: a number of samples, or time. */
export function samplesText(count: number, unit: string | undefined): string {
	const text = amount(count, unit);
	return unit === undefined ? `${text} ${count === 1 ? 'sample' : 'samples'}` : text;
}
