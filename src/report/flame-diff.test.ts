import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { rowOf } from '../output/reader.ts';
import { type StackTree, stackTreeOf } from '../table/stack-tree.ts';
import { isBeyondChance } from './beyond-chance.ts';
import { compareStacks, flameDiffSvg } from './flame-diff.ts';

type Stack = [number, string, string];

const treeOf = (stacks: Stack[], times = 1) =>
	stackTreeOf(stacks.map(([count, ...rest]) => rowOf([count * times, ...rest])));
const about = { title: 'profile', subtitle: 'a and b', unit: 'samples' };

function randomStacks(random: Random): Stack[] {
	return random.many(12, (): Stack => {
		const frames = random.many(4, () => random.pick(['f', 'g', 'h', 'i']));
		return [1 + random.below(500), random.pick(['bash', 'curl', 'java']), frames.join(';')];
	});
}

/** Frames of the picture by name, and the colours of their boxes. */
function coloursOf(svg: string): Map<string, string> {
	const frames = svg.matchAll(/data-name="([^"]*)".*?fill="([^"]*)"/g);
	return new Map([...frames].map(([, name = '', fill = '']) => [name, fill]));
}

const redOrBlue = (fill: string | undefined) =>
	fill?.startsWith('hsl(8 ') ? 'red' : fill?.startsWith('hsl(212 ') ? 'blue' : 'neither';

describe('two profiles compared', () => {
	test('the same code at any length and load does not differ, whatever its addresses and copies are called', () => {
		for (let seed = 1; seed <= 100; seed++) {
			const stacks = randomStacks(new Random(seed));
			const diff = compareStacks(treeOf(stacks), treeOf(stacks, 7));
			expect([diff.gone, diff.moved], `seed ${seed}`).toEqual([[], []]);
			expect([...coloursOf(flameDiffSvg(diff, about)).values()].map(redOrBlue)).not.toContain('red');
		}
		const one = treeOf([[900, 'java', 'main;tcp_ack.isra.0;0x7f3a12345678;55ad11aa22bb']]);
		const other = treeOf([[800, 'java', 'main;tcp_ack.constprop.1.isra.2;[unknown]']]);
		expect(compareStacks(one, other)).toMatchObject({ gone: [], moved: [] });
	});

	test('what one has more of, the other has less of', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const [a, b] = [treeOf(randomStacks(random)), treeOf(randomStacks(random))];
			const turned = compareStacks(b, a).moved.map(({ a, b, ...rest }) => ({
				...rest,
				a: b,
				b: a,
			}));
			const byName = (moved: { process: string; function: string }[]) =>
				moved.toSorted((x, y) => (x.process + x.function < y.process + y.function ? -1 : 1));
			expect(byName(compareStacks(a, b).moved), `seed ${seed}`).toEqual(byName(turned));
		}
	});

	test('a frame is gone exactly if the second session lacks its path by more than chance', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const { gone, a, b } = compareStacks(treeOf(randomStacks(random)), treeOf(randomStacks(random)));
			for (const { path, share } of gone) {
				expect(b.at(path), `seed ${seed}`).toBeUndefined();
				expect(b.at(path.slice(0, -1))).toBeDefined();
				expect(share).toBe((a.at(path)?.total ?? 0) / a.root.total);
			}
			const missing = pathsOf(a).filter((path) => {
				const share = (a.at(path)?.total ?? 0) / a.root.total;
				return !b.at(path) && isBeyondChance(share, a.root.total, 0, b.root.total);
			});
			const isUnder = (path: string[]) => gone.some((one) => one.path.every((name, index) => name === path[index]));
			expect(missing.every(isUnder), `seed ${seed}`).toBe(true);
		}
	});

	test('a process that works only in the second is red, what gave way is blue, and chance is neither', () => {
		const a = treeOf([
			[900, 'swapper', 'do_idle'],
			[50, 'sshd', 'main;read'],
			[50, 'cron', 'main'],
		]);
		const b = treeOf([
			[480, 'swapper', 'do_idle'],
			[470, 'hog', 'main;spin'],
			[50, 'sshd', 'main;read'],
		]);
		const diff = compareStacks(a, b);
		expect(diff.moved.map(({ process, function: name }) => `${process} ${name}`)).toEqual([
			'hog spin',
			'cron main',
			'swapper do_idle',
		]);
		const svg = flameDiffSvg(diff, about);
		const colours = coloursOf(svg);
		expect(Object.fromEntries([...colours].map(([name, fill]) => [name, redOrBlue(fill)]))).toEqual({
			all: 'neither',
			hog: 'red',
			main: 'neither',
			spin: 'red',
			read: 'neither',
			sshd: 'neither',
			swapper: 'blue',
			do_idle: 'blue',
		});
		expect(svg).toContain('spin (470 samples, 47.00%); not in A');
		expect(svg).toContain('do_idle (480 samples, 48.00%); in A 90.0%, -42.00 points');
		expect(svg).toContain('Gone, and so not in the picture: 1 frame with 5.00% of A: cron (5.00%).');
	});

	test('of a session without samples nothing is claimed but that they are not there', () => {
		const some = treeOf([[10, 'bash', 'main']]);
		expect(compareStacks(treeOf([]), some).gone).toEqual([]);
		const diff = compareStacks(some, treeOf([]));
		expect(diff.gone).toEqual([{ path: ['bash'], share: 1 }]);
		expect(flameDiffSvg(diff, about)).toContain('</svg>');
	});

	test('two profiles of few samples that differ by chance only are not told apart', () => {
		const diff = compareStacks(
			treeOf([
				[3, 'a', 'f'],
				[5, 'b', 'f'],
			]),
			treeOf([
				[5, 'a', 'f'],
				[3, 'b', 'f'],
			]),
		);
		expect(diff.moved).toEqual([]);
	});
});

function pathsOf({ root }: StackTree): string[][] {
	const paths: string[][] = [];
	const visit = (node: typeof root, path: string[]) => {
		if (node.parent) paths.push(path);
		for (const child of node.children.values()) visit(child, [...path, child.name]);
	};
	visit(root, []);
	return paths;
}
