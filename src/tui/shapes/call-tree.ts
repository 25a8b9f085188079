import { counted } from '../../checks/sentence.ts';
import { amount, share } from '../../table/amount.ts';
import { padTo } from '../../table/fit.ts';
import { type Search, searchOrNone } from '../../table/search.ts';
import { childrenByTotal, matchedSamples, type StackNode, type StackTree } from '../../table/stack-tree.ts';
import { type Look, paint } from '../theme.ts';
import { highlighted } from './highlight.ts';
import { fitLine, type Line, type Shape } from './line.ts';

export interface CallTreeState {
	/** The keys of the frames whose calls are shown. */
	open: ReadonlySet<string>;
	/** The key of the frame under the cursor. */
	cursor: string;
	search: string;
}

export const callTreeStart: CallTreeState = { open: new Set(), cursor: '', search: '' };

interface Request {
	tree: StackTree;
	state: CallTreeState;
	unit: string | undefined;
	width: number;
	/** Of the lines, without the header. */
	height: number;
	look: Look;
}

/** A frame in sight. Its key is its path; no name has a line end in it. */
interface Call {
	node: StackNode;
	key: string;
	/** Only where ways part does a step to the right say something. */
	indent: number;
}

const column = 9;

/**
 *        total    share     self    share
 *           40    95.2%        0     0.0%  ▾ python3
 *           38    90.5%       38    90.5%    ▸ read
 */
export function callTreeShape({ tree, state, unit, width, height, look }: Request): Shape {
	const calls = callsInSight(tree, state.open);
	const cursor = cursorIndex(calls, state.cursor);
	const search = searchOrNone(state.search);
	const from = Math.max(0, Math.min(cursor - Math.floor(height / 2), calls.length - height));
	const lines = calls
		.slice(from, from + height)
		.map((call) => callLine(call, tree.root.total, state.open.has(call.key), search, unit, width, look));
	return { header: headerLine(tree, search, width), lines, cursorLine: cursor - from };
}

export function moveCall(tree: StackTree, state: CallTreeState, by: number): CallTreeState {
	const calls = callsInSight(tree, state.open);
	const to = Math.max(0, Math.min(calls.length - 1, cursorIndex(calls, state.cursor) + by));
	return { ...state, cursor: calls[to]?.key ?? '' };
}

/** Shows what the frame calls. Frames that call one other only are followed down to where ways part. */
export function openCall(tree: StackTree, state: CallTreeState): CallTreeState {
	const call = callAt(tree, state);
	if (!call || call.node.children.size === 0) return state;
	const open = new Set(state.open);
	let { node, key } = call;
	open.add(key);
	for (
		let [only, ...others] = childrenByTotal(node);
		only && others.length === 0;
		[only, ...others] = childrenByTotal(node)
	) {
		key = keyOf(key, only);
		node = only;
		if (node.children.size > 0) open.add(key);
	}
	return { ...state, cursor: call.key, open };
}

/** Hides what the frame calls; of one that shows nothing, goes to its caller. */
export function closeCall(tree: StackTree, state: CallTreeState): CallTreeState {
	const call = callAt(tree, state);
	if (!call) return state;
	if (!state.open.has(call.key)) {
		const caller = call.key.slice(0, Math.max(0, call.key.lastIndexOf('\n')));
		return { ...state, cursor: caller === '' ? call.key : caller };
	}
	const open = new Set(state.open);
	open.delete(call.key);
	return { ...state, cursor: call.key, open };
}

/** The next frame that the search finds, in sight or not, from the cursor on and around. What hides it is opened. */
export function nextCallMatch(tree: StackTree, state: CallTreeState, by: 1 | -1): CallTreeState {
	const search = searchOrNone(state.search);
	if (!search) return state;
	const calls = callsInSight(tree, 'all');
	const from = cursorIndex(calls, state.cursor);
	for (let step = 1; step <= calls.length; step++) {
		const call = calls.at((from + by * step) % calls.length);
		if (!call || !search.matches(call.node.name)) continue;
		const open = new Set(state.open);
		for (let at = call.key.lastIndexOf('\n'); at > 0; at = call.key.lastIndexOf('\n', at - 1))
			open.add(call.key.slice(0, at));
		return { ...state, cursor: call.key, open };
	}
	return state;
}

function callAt(tree: StackTree, state: CallTreeState): Call | undefined {
	const calls = callsInSight(tree, state.open);
	return calls[cursorIndex(calls, state.cursor)];
}

function callsInSight(tree: StackTree, open: ReadonlySet<string> | 'all'): Call[] {
	const calls: Call[] = [];
	const put = (caller: StackNode, callerKey: string, indent: number) => {
		for (const node of childrenByTotal(caller)) {
			const key = keyOf(callerKey, node);
			calls.push({ node, key, indent });
			if (open === 'all' || open.has(key)) put(node, key, indent + (node.children.size > 1 ? 1 : 0));
		}
	};
	put(tree.root, '', 0);
	return calls;
}

function keyOf(callerKey: string, { name }: StackNode): string {
	return callerKey === '' ? name : `${callerKey}\n${name}`;
}

/** Where the cursor is; one whose frame is gone or hidden is on the caller that is in sight. */
function cursorIndex(calls: Call[], cursor: string): number {
	for (let key = cursor; key !== ''; key = key.slice(0, Math.max(0, key.lastIndexOf('\n')))) {
		const index = calls.findIndex((call) => call.key === key);
		if (index >= 0) return index;
	}
	return 0;
}

function callLine(
	{ node, indent }: Call,
	all: number,
	open: boolean,
	search: Search | undefined,
	unit: string | undefined,
	width: number,
	look: Look,
): Line {
	const right = (text: string) => padTo(text, column, 'right');
	const numbers = [amount(node.total, unit), share(node.total, all), amount(node.self, unit), share(node.self, all)];
	const mark = node.children.size === 0 ? ' ' : look.utf8 ? (open ? '▾' : '▸') : open ? '-' : '+';
	const hot = all > 0 && node.self / all >= 0.05;
	return fitLine(
		[
			{ text: numbers.map(right).join('') },
			{ text: `  ${'  '.repeat(indent)}${mark} ` },
			...highlighted([{ text: node.name, ...(hot ? { bold: true, ...paint('warn', look) } : {}) }], search, look),
		],
		width,
	);
}

function headerLine(tree: StackTree, search: Search | undefined, width: number): Line {
	const names = ['total', 'share', 'itself', 'share'].map((name) => padTo(name, column, 'right')).join('');
	const { stacks, samples } = tree.shortened;
	const notes = [
		...(search ? [`found in ${share(matchedSamples(tree.root, search.matches), tree.root.total)}`] : []),
		...(stacks > 0 ? [`${counted(stacks, 'stack')} shortened (${share(samples, tree.root.total)})`] : []),
	];
	return fitLine([{ text: `${names}  ${['  calls', ...notes].join('  ')}` }], width);
}
