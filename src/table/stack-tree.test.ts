import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { type Row, rowOf } from '../output/reader.ts';
import { childrenByTotal, matchedSamples, pathOf, type StackNode, type StackTree, stackTreeOf } from './stack-tree.ts';

function randomRows(random: Random): Row[] {
	const frame = () => random.pick(['main', 'read', 'write', 'vfs_read', '[unknown]', '漢字']);
	return random.many(60, () =>
		rowOf([1 + random.below(50), random.pick(['bash', 'python3', '']), random.many(8, frame).join(';')]),
	);
}

function everyNode(tree: StackTree): StackNode[] {
	const nodes: StackNode[] = [];
	const visit = (node: StackNode) => {
		nodes.push(node);
		for (const child of node.children.values()) visit(child);
	};
	visit(tree.root);
	return nodes;
}

const wholePath = (row: Row) => [row.cell(1), ...(row.cell(2) === '' ? [] : String(row.cell(2)).split(';'))];
const sum = (rows: Row[]) => rows.reduce((total, row) => total + Number(row.cell(0)), 0);

test("a frame's samples are those of all stacks that begin with its path", () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const rows = randomRows(random);
		const tree = stackTreeOf(rows);
		expect(tree.root.total, `seed ${seed}`).toBe(sum(rows));
		for (const node of everyNode(tree)) {
			const path = pathOf(node);
			const through = rows.filter((row) => path.every((name, index) => wholePath(row)[index] === name));
			const ending = through.filter((row) => wholePath(row).length === path.length);
			expect([node.total, node.self], `seed ${seed}`).toEqual([sum(through), sum(ending)]);
			expect(tree.at(path)).toBe(node);
		}
	}
});

test('a tree of few frames still counts every sample, and says what it has shortened', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const rows = randomRows(random);
		const most = random.below(20);
		const tree = stackTreeOf(rows, undefined, most);
		const nodes = everyNode(tree);
		expect(nodes.length - 1).toBeLessThanOrEqual(most);
		expect(tree.root.total, `seed ${seed}`).toBe(sum(rows));
		expect(
			nodes.reduce((total, { self }) => total + self, 0),
			`seed ${seed}`,
		).toBe(sum(rows));
		const missing = rows.filter((row) => !tree.at(wholePath(row) as string[]));
		expect(tree.shortened, `seed ${seed}`).toEqual({ stacks: missing.length, samples: sum(missing) });
	}
});

test('a stack without end neither fills memory nor is it lost', () => {
	const tree = stackTreeOf([rowOf([7, 'deep', 'f;'.repeat(100_000)])]);
	expect(tree.nodes).toBeLessThan(300);
	expect(tree.root.total).toBe(7);
	expect(tree.shortened).toEqual({ stacks: 1, samples: 7 });
});

test('is of one process where it is named', () => {
	const rows = [rowOf([3, 'bash', 'main']), rowOf([4, 'curl', 'main;read'])];
	expect(stackTreeOf(rows, 'curl').root.total).toBe(4);
	expect([...stackTreeOf(rows, 'curl').root.children.keys()]).toEqual(['curl']);
});

test('counts that are no numbers are not summed', () => {
	const rows = [
		rowOf([null, 'a', '']),
		rowOf([Number.POSITIVE_INFINITY, 'a', '']),
		rowOf([-1, 'a', '']),
		rowOf([2, 'a', '']),
	];
	expect(stackTreeOf(rows).root.total).toBe(2);
});

test('what a search matches is counted once, however deep it recurses', () => {
	const tree = stackTreeOf([rowOf([3, 'p', 'f;f;g']), rowOf([2, 'p', 'g;f']), rowOf([5, 'p', 'h'])]);
	expect(matchedSamples(tree.root, (name) => name === 'f')).toBe(5);
	expect(matchedSamples(tree.root, () => true)).toBe(10);
	expect(matchedSamples(tree.root, () => false)).toBe(0);
});

test('the frames with most samples come first', () => {
	const tree = stackTreeOf([rowOf([1, 'a', '']), rowOf([3, 'c', '']), rowOf([3, 'b', ''])]);
	expect(childrenByTotal(tree.root).map(({ name }) => name)).toEqual(['b', 'c', 'a']);
});
