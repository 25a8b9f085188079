import { describe, expect, test } from 'vitest';
import { Random } from '../../../test/fixtures/random.ts';
import { rowOf } from '../../output/reader.ts';
import { type Search, searchFor } from '../../table/search.ts';
import { stackTreeOf } from '../../table/stack-tree.ts';
import {
	type CallTreeState,
	callTreeShape,
	callTreeStart,
	closeCall,
	moveCall,
	nextCallMatch,
	openCall,
} from './call-tree.ts';
import { type FlameState, flameShape, flameStart, moveFlame, nextFlameMatch, zoomFlame } from './flame.ts';
import { highlighted } from './highlight.ts';
import { lineWidth, textOf } from './line.ts';

const plain = { utf8: false, colors: false };
const look = { utf8: true, colors: true };
const tree = stackTreeOf([
	rowOf([6, 'python3', 'main;read;vfs_read']),
	rowOf([2, 'python3', 'main;write']),
	rowOf([2, 'sh', 'fork']),
]);

function flame(state: Partial<FlameState> = {}, width = 40, height = 7) {
	const whole = { ...flameStart, ...state };
	const shape = flameShape({ tree, state: whole, unit: undefined, width, height, look: plain });
	return { ...shape, texts: shape.lines.map((line) => textOf(line).trimEnd()), head: textOf(shape.header).trim() };
}

describe('a flame graph', () => {
	test('has the root at the bottom and frames as wide as their shares', () => {
		expect(flame().texts).toEqual([
			'|vfs_read',
			'|read                   |write',
			'|main                           |fork',
			'|python3                        |sh',
			'>all',
			'all',
			'10 samples, 100.0% of all',
		]);
		expect(flame().cursorLine).toBe(4);
	});

	test('hangs from the top as an icicle', () => {
		const { texts, cursorLine } = flame({ inverted: true });
		expect(texts.slice(0, 3)).toEqual([
			'>all',
			'|python3                        |sh',
			'|main                           |fork',
		]);
		expect(cursorLine).toBe(0);
	});

	test('the cursor goes to callers, to the widest frame called, and to neighbours', () => {
		const moves = (...ways: Parameters<typeof moveFlame>[2][]) =>
			ways.reduce((state, way) => moveFlame(tree, state, way, 40), flameStart).cursor;
		expect(moves('up', 'up', 'up')).toEqual(['python3', 'main', 'read']);
		expect(moves('up', 'right')).toEqual(['sh']);
		expect(moves('up', 'up', 'up', 'right')).toEqual(['python3', 'main', 'write']);
		expect(moves('up', 'right', 'right', 'left', 'down', 'down')).toEqual([]);
		const inverted = { ...flameStart, inverted: true };
		expect(moveFlame(tree, inverted, 'down', 40).cursor).toEqual(['python3']);
		expect(moveFlame(tree, inverted, 'up', 40)).toBe(inverted);
	});

	test('the frame under the cursor is told in full', () => {
		const { texts } = flame({ cursor: ['python3', 'main', 'read'] }, 80);
		expect(texts.slice(-2)).toEqual(['read', '6 samples, 60.0% of all, itself 0 (0.0%)']);
	});

	test('zooms into a frame, with its callers under it, and out again', () => {
		const zoomed = zoomFlame(tree, { ...flameStart, cursor: ['python3', 'main', 'write'] });
		const { texts, head } = flame(zoomed, 60);
		expect(texts.slice(1, 5)).toEqual(['>write', '|main', '|python3', '|all']);
		expect(texts.at(-1)).toBe('2 samples, 20.0% of all, 100.0% of the zoomed');
		expect(head).toContain('zoomed to 20.0%');
		expect(zoomFlame(tree, zoomed).zoom).toEqual([]);
	});

	test('a search marks what it finds and tells its share', () => {
		const { texts, head } = flame({ search: 'READ' });
		expect(head).toContain('"READ" in 60.0%');
		expect(texts.slice(0, 2)).toEqual(['*vfs_read', '*read                   |write']);
		const first = nextFlameMatch(tree, { ...flameStart, search: 'read' }, 1, 40);
		expect(first.cursor.at(-1)).toBe('read');
		expect(nextFlameMatch(tree, first, 1, 40).cursor.at(-1)).toBe('vfs_read');
		expect(nextFlameMatch(tree, nextFlameMatch(tree, first, 1, 40), 1, 40)).toEqual(first);
		expect(nextFlameMatch(tree, first, -1, 40).cursor.at(-1)).toBe('vfs_read');
		expect(nextFlameMatch(tree, { ...flameStart, search: 'nothing' }, 1, 40).cursor).toEqual([]);
	});

	test('a cursor and a zoom whose frames are gone fall back to their callers', () => {
		const gone = ['python3', 'main', 'gone', 'for good'];
		expect(flame({ cursor: gone, zoom: gone }).texts.at(-2)).toBe('main');
	});

	test('scrolls to the depth of the cursor, and says that it does', () => {
		const { texts, head, cursorLine } = flame({ cursor: ['python3', 'main', 'read', 'vfs_read'] }, 60, 4);
		expect(texts[cursorLine as number]).toMatch(/^>vfs_read/);
		expect(head).toContain('depth 4-5 of 5');
	});

	test('frames without a column are counted', () => {
		const many = stackTreeOf([rowOf([1000, 'a', '']), rowOf([1, 'b', '']), rowOf([1, 'c', ''])]);
		const { header } = flameShape({ tree: many, state: flameStart, unit: 'us', width: 60, height: 5, look });
		expect(textOf(header).trim()).toBe('1.00ms  2 frames too narrow to show');
	});

	test('what colours say, marks say, too', () => {
		const state = { ...flameStart, search: 'read', cursor: ['sh'] };
		const shape = flameShape({ tree, state, unit: undefined, width: 40, height: 7, look });
		const spans = shape.lines
			.slice(0, 5)
			.flat()
			.filter(({ background }) => background);
		const found = spans.filter(({ background }) => background === 'ansi256(177)');
		expect(found.map(({ text }) => text.trim())).toEqual(['*vfs_read', '*read']);
		expect(spans.filter(({ inverse }) => inverse).map(({ text }) => text.trim())).toEqual(['▸sh']);
		for (const { color, background } of flame().lines.flat())
			expect([color, background]).toEqual([undefined, undefined]);
	});
});

function calls(state: CallTreeState, height = 20) {
	const shape = callTreeShape({ tree, state, unit: undefined, width: 80, height, look: plain });
	return {
		texts: shape.lines.map((line) => textOf(line).trim().replace(/ {2,}/g, '  ')),
		cursorLine: shape.cursorLine,
	};
}

describe('a call tree', () => {
	test('shows processes by their samples, and opens down to where ways part', () => {
		expect(calls(callTreeStart).texts).toEqual(['8  80.0%  0  0.0%  + python3', '2  20.0%  0  0.0%  + sh']);
		expect(calls(openCall(tree, callTreeStart)).texts).toEqual([
			'8  80.0%  0  0.0%  - python3',
			'8  80.0%  0  0.0%  - main',
			'6  60.0%  0  0.0%  + read',
			'2  20.0%  2  20.0%  write',
			'2  20.0%  0  0.0%  + sh',
		]);
	});

	test('closes, and goes to the caller of what is closed', () => {
		const open = moveCall(tree, openCall(tree, callTreeStart), 2);
		expect(open.cursor).toBe('python3\nmain\nread');
		const atCaller = closeCall(tree, open);
		expect(atCaller.cursor).toBe('python3\nmain');
		expect(calls(closeCall(tree, atCaller)).texts).toHaveLength(3);
	});

	test('a search opens what hides its match', () => {
		const found = nextCallMatch(tree, { ...callTreeStart, search: 'vfs' }, 1);
		expect(found.cursor).toBe('python3\nmain\nread\nvfs_read');
		const { texts, cursorLine } = calls(found);
		expect(texts[cursorLine as number]).toMatch(/vfs_read$/);
		expect(nextCallMatch(tree, { ...callTreeStart, search: 'nothing' }, 1).open.size).toBe(0);
	});

	test('the cursor stays within the tree, and in sight', () => {
		for (let seed = 1; seed <= 100; seed++) {
			const random = new Random(seed);
			let state = callTreeStart;
			for (let step = 0; step < 30; step++) {
				state = random.pick([
					(s: CallTreeState) => moveCall(tree, s, random.below(9) - 4),
					(s: CallTreeState) => openCall(tree, s),
					(s: CallTreeState) => closeCall(tree, s),
				])(state);
				const { texts, cursorLine = -1 } = calls(state, 3);
				const name = state.cursor.split('\n').at(-1) ?? '';
				expect(texts[cursorLine]?.endsWith(name || 'python3'), `seed ${seed}`).toBe(true);
			}
		}
	});
});

test('flame graphs and call trees fit their width and height, whatever they show', () => {
	for (let seed = 1; seed <= 150; seed++) {
		const random = new Random(seed);
		const frame = () => random.pick(['main', 'read', '漢字', 'std::vector<int>::push_back(int const&)', 'x']);
		const rows = random.many(50, () =>
			rowOf([random.below(90), random.pick(['p', 'q']), random.many(30, frame).join(';')]),
		);
		const [width, height] = [random.below(120), 3 + random.below(30)];
		const unit = random.pick([undefined, 'us']);
		const common = {
			tree: stackTreeOf(rows, undefined, 1 + random.below(300)),
			unit,
			width,
			height,
			look: random.pick([look, plain]),
		};
		let state: FlameState = { ...flameStart, inverted: random.below(2) === 1, search: random.pick(['', 'a', '/(/']) };
		let call: CallTreeState = { ...callTreeStart, search: state.search };
		for (let step = 0; step < 6; step++) {
			state = moveFlame(common.tree, state, random.pick(['up', 'down', 'left', 'right'] as const), width);
			if (random.below(4) === 0) state = zoomFlame(common.tree, state);
			call = openCall(common.tree, moveCall(common.tree, call, random.below(4)));
		}
		for (const shape of [flameShape({ ...common, state }), callTreeShape({ ...common, state: call })]) {
			expect(shape.lines.length, `seed ${seed}`).toBeLessThanOrEqual(height);
			for (const line of [shape.header, ...shape.lines]) expect(lineWidth(line), `seed ${seed}`).toBe(width);
		}
	}
});

test('what a search finds is marked across spans, and nothing is lost', () => {
	const line = [
		{ text: 'con', bold: true },
		{ text: 'nect', color: 'red' },
	];
	const marked = highlighted(line, searchFor('nne') as Search, look);
	expect(marked.map(({ text }) => text)).toEqual(['co', 'n', 'ne', 'ct']);
	expect(marked.map(({ inverse = false }) => inverse)).toEqual([false, true, true, false]);
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const spans = random.many(6, () => ({ text: random.many(5, () => random.pick([...'abc'])).join('') }));
		const search = searchFor(random.pick(['a', 'ab', '/a+/', 'cab'])) as Search;
		const found = highlighted(spans, search, look);
		expect(textOf(found), `seed ${seed}`).toBe(textOf(spans));
		const inverse = found.filter((span) => span.inverse).reduce((sum, { text }) => sum + text.length, 0);
		expect(inverse).toBe(search.places(textOf(spans)).reduce((sum, [from, to]) => sum + to - from, 0));
	}
});
