import { counted } from '../checks/sentence.ts';
import { type FrameLook, flameSvg } from '../session/flame-svg.ts';
import { type FramePath, pathOf, type StackNode, StackTree } from '../table/stack-tree.ts';
import { isBeyondChance } from './beyond-chance.ts';
import { lastingText } from './row-sums.ts';

/** Stacks of the same tool from two sessions, as shares of each one's total: they ran for different times on different hosts. */
export interface FlameDiff {
	a: StackTree;
	b: StackTree;
	/** What has samples in a and not by chance none in b: the outermost of such frames, the largest first. */
	gone: { path: FramePath; share: number }[];
	/** The processes whose share differs, and the functions whose own does, the largest change first, idle time last. */
	processes: Moved[];
	moved: Moved[];
}

export interface Moved {
	process: string;
	function: string;
	a: number;
	b: number;
}

/** As the kernel calls what a CPU does that has nothing to do: what others take, it loses. */
export const idle = 'swapper';

/** Smaller changes of a share are not worth a line. */
const leastChange = 0.005;

export function compareStacks(one: StackTree, other: StackTree): FlameDiff {
	const [a, b] = [comparable(one), comparable(other)];
	const moved = movedBetween(ownSamples(a), a.root.total, ownSamples(b), b.root.total);
	const processes = movedBetween(samplesOfProcesses(a), a.root.total, samplesOfProcesses(b), b.root.total);
	return { a, b, gone: goneFrom(a, b), processes, moved };
}

/** The same code has other names on other hosts: addresses that nobody could name, what the compiler made of a function, numbered threads. */
function comparable(tree: StackTree): StackTree {
	const made = new StackTree();
	const visit = (node: StackNode, path: readonly string[]) => {
		if (node.self > 0) made.add(node.self, path);
		for (const child of node.children.values()) {
			const name = node.parent ? comparableName(child.name) : lastingText(child.name);
			// How many frames nobody could name follow each other says nothing.
			const isRepeated = name === unnamed && path.at(-1) === unnamed;
			visit(child, isRepeated ? path : [...path, name]);
		}
	};
	visit(tree.root, []);
	made.shortened.stacks += tree.shortened.stacks;
	made.shortened.samples += tree.shortened.samples;
	return made;
}

const unnamed = '[unknown]';

function comparableName(name: string): string {
	if (/^(?:0x)?[0-9a-f]{6,16}$/.test(name)) return unnamed;
	return name.replace(/(?:\.(?:isra|constprop|part|cold|llvm)(?:\.\d+)?)+(?=$|_\[)/, '');
}

export function shareOf(node: StackNode | undefined, tree: StackTree): number {
	return node && tree.root.total > 0 ? node.total / tree.root.total : 0;
}

function goneFrom(a: StackTree, b: StackTree): FlameDiff['gone'] {
	const gone: FlameDiff['gone'] = [];
	const visit = (node: StackNode, counterpart: StackNode | undefined) => {
		const share = shareOf(node, a);
		// A way that was seen once or twice may be missed by chance.
		if (!counterpart && isBeyondChance(share, a.root.total, 0, b.root.total)) gone.push({ path: pathOf(node), share });
		if (counterpart) for (const child of node.children.values()) visit(child, counterpart.children.get(child.name));
	};
	visit(a.root, b.root);
	return gone.sort((one, other) => other.share - one.share);
}

function movedBetween(
	old: ReadonlyMap<string, number>,
	oldTotal: number,
	now: ReadonlyMap<string, number>,
	nowTotal: number,
): Moved[] {
	const moved: Moved[] = [];
	for (const key of new Set([...now.keys(), ...old.keys()])) {
		const [process = '', name = ''] = key.split('\n');
		const share = { a: (old.get(key) ?? 0) / (oldTotal || 1), b: (now.get(key) ?? 0) / (nowTotal || 1) };
		if (Math.abs(share.b - share.a) < leastChange) continue;
		if (isBeyondChance(share.a, oldTotal, share.b, nowTotal)) moved.push({ process, function: name, ...share });
	}
	const isIdle = ({ process }: Moved) => Number(process === idle);
	const change = ({ a, b }: Moved) => Math.abs(b - a);
	return moved.sort((one, other) => isIdle(one) - isIdle(other) || change(other) - change(one));
}

function samplesOfProcesses({ root }: StackTree): Map<string, number> {
	return new Map([...root.children.values()].map(({ name, total }) => [name, total]));
}

/** Samples in each function itself, by process; in a process without frames, in the process. */
function ownSamples(tree: StackTree): Map<string, number> {
	const sums = new Map<string, number>();
	const visit = (node: StackNode, process: string) => {
		if (node.self > 0 && node.parent) {
			const key = `${process}\n${node.depth === 1 ? '' : node.name}`;
			sums.set(key, (sums.get(key) ?? 0) + node.self);
		}
		for (const child of node.children.values()) visit(child, node.depth === 0 ? child.name : process);
	};
	visit(tree.root, '');
	return sums;
}

/** A change of this share, or of the largest there is, has the full colour. */
const fullChange = 0.05;
const mostNamed = 3;

/** The frames and widths of b; red is more of it than in a, blue is less. */
export function flameDiffSvg(diff: FlameDiff, about: { title: string; subtitle: string; unit: string }): string {
	const { a, b } = diff;
	const old = counterparts(b, a);
	const changes = new Map([...old].map(([node, was]) => [node, shareOf(node, b) - shareOf(was, a)]));
	const full = [...changes.values()].reduce((most, change) => Math.max(most, Math.abs(change)), fullChange);
	const look: FrameLook = {
		fill(node) {
			const change = changes.get(node) ?? 0;
			const was = shareOf(old.get(node), a);
			const counts = isBeyondChance(was, a.root.total, shareOf(node, b), b.root.total);
			return counts ? colourOf(change / full) : neutral;
		},
		remark(node) {
			const was = old.get(node);
			if (!was) return '; not in A';
			const change = changes.get(node) ?? 0;
			return `; in A ${percentText(shareOf(was, a))}, ${change < 0 ? '-' : '+'}${(100 * Math.abs(change)).toFixed(2)} points`;
		},
		legend: [
			'Red: a larger share in B than in A. Blue: a smaller one. Widths are those of B; each side is taken as 100%.',
			goneText(diff.gone),
		],
		outermost: 'top',
	};
	return flameSvg(b, about, look);
}

function goneText(gone: FlameDiff['gone']): string {
	if (gone.length === 0) return 'No frame is gone.';
	const sum = gone.reduce((total, { share }) => total + share, 0);
	const named = gone.slice(0, mostNamed).map(({ path, share }) => `${placeText(path)} (${percentText(share)})`);
	const more = gone.length > mostNamed ? ` and ${gone.length - mostNamed} more` : '';
	return `Gone, and so not in the picture: ${counted(gone.length, 'frame')} with ${percentText(sum)} of A: ${named.join(', ')}${more}.`;
}

/** Whose a frame is, and which. */
export function placeText(path: FramePath): string {
	return path.length < 3 ? path.join(' > ') : `${path[0]} > … > ${path.at(-1)}`;
}

/** Each node of one tree with the one at its path in the other. */
function counterparts(tree: StackTree, other: StackTree): Map<StackNode, StackNode | undefined> {
	const found = new Map<StackNode, StackNode | undefined>();
	const visit = (node: StackNode, counterpart: StackNode | undefined) => {
		found.set(node, counterpart);
		for (const child of node.children.values()) visit(child, counterpart?.children.get(child.name));
	};
	visit(tree.root, other.root);
	return found;
}

const neutral = '#e4e0d8';

/** From -1, all blue, to 1, all red. The root lets small changes be seen beside large ones. */
function colourOf(change: number): string {
	const strength = Math.sqrt(Math.min(1, Math.abs(change)));
	return `hsl(${change > 0 ? 8 : 212} 80% ${(88 - 28 * strength).toFixed(0)}%)`;
}

function percentText(share: number): string {
	return `${(100 * share).toFixed(share < 0.1 ? 2 : 1)}%`;
}
