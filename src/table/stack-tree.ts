import type { Row } from '../output/reader.ts';
import { detached } from './detached.ts';

/** A frame, as it was called by the frames above it. */
export interface StackNode {
	name: string;
	/** Samples in it and in all that it called. */
	total: number;
	/** Samples in itself. */
	self: number;
	parent: StackNode | undefined;
	children: Map<string, StackNode>;
	depth: number;
}

/** The names of the frames that lead to one, the process first. */
export type FramePath = readonly string[];

const mostNodes = 50_000;
/** Of names in a tree as many characters may be kept as if each had so many; few have more. */
const usualName = 100;
/** More than any kernel collects; the drawing code goes down one call for each. */
const mostDepth = 256;

/** Stacks that share their outer frames, put together. A process is the outermost frame of its stacks. */
export class StackTree {
	readonly root: StackNode = newNode('all', undefined);
	nodes = 0;
	/** Stacks of which the inner frames had no room, and their samples. They count for the frames that had. */
	readonly shortened = { stacks: 0, samples: 0 };
	private readonly most: number;
	private characters = 0;

	constructor(most = mostNodes) {
		this.most = most;
	}

	add(count: number, frames: readonly string[]): void {
		let node = this.root;
		node.total += count;
		for (const name of frames) {
			let child = node.children.get(name);
			if (!child) {
				if (this.isFull || node.depth >= mostDepth) {
					this.shortened.stacks++;
					this.shortened.samples += count;
					break;
				}
				child = newNode(detached(name), node);
				node.children.set(child.name, child);
				this.nodes++;
				this.characters += name.length;
			}
			child.total += count;
			node = child;
		}
		node.self += count;
	}

	private get isFull(): boolean {
		return this.nodes >= this.most || this.characters >= this.most * usualName;
	}

	/** The frame at a path, or undefined where there is none (any more). */
	at(path: FramePath): StackNode | undefined {
		let node: StackNode | undefined = this.root;
		for (const name of path) node = node?.children.get(name);
		return node;
	}
}

/** From rows of [count, process, stack], of one process where it is named. */
export function stackTreeOf(rows: Iterable<Row>, process?: string, most?: number): StackTree {
	const tree = new StackTree(most);
	for (const row of rows) if (process === undefined || String(row.cell(1) ?? '') === process) addStack(tree, row);
	return tree;
}

/** From a row of [count, process, stack]. */
export function addStack(tree: StackTree, row: Row): void {
	const count = Number(row.cell(0));
	// A count that is no number would make every sum one.
	if (!(count > 0) || !Number.isFinite(count)) return;
	tree.add(count, framesOf(String(row.cell(1) ?? ''), String(row.cell(2) ?? '')));
}

function framesOf(process: string, stack: string): string[] {
	return stack === '' ? [process] : [process, ...stack.split(';')];
}

export function pathOf(node: StackNode): FramePath {
	const names: string[] = [];
	for (let at = node; at.parent; at = at.parent) names.unshift(at.name);
	return names;
}

/** By name, so that frames keep their places while counts grow. */
export function childrenByName(node: StackNode): StackNode[] {
	return [...node.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function childrenByTotal(node: StackNode): StackNode[] {
	return [...node.children.values()].sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

/** The samples in frames that match, each counted once however often it matches on its way. */
export function matchedSamples(node: StackNode, matches: (name: string) => boolean): number {
	if (node.parent && matches(node.name)) return node.total;
	let sum = 0;
	for (const child of node.children.values()) sum += matchedSamples(child, matches);
	return sum;
}

function newNode(name: string, parent: StackNode | undefined): StackNode {
	return { name, total: 0, self: 0, parent, children: new Map(), depth: parent ? parent.depth + 1 : 0 };
}
