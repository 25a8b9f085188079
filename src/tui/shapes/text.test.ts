import { describe, expect, test } from 'vitest';
import { Random } from '../../../test/fixtures/random.ts';
import { TextRow } from '../../output/ansi-text.ts';
import { lineWidth, textOf } from './line.ts';
import { nextTextMatch, textShape } from './text.ts';

const look = { utf8: true, colors: true };
const plain = { utf8: false, colors: false };
const rows = ['one', '\x1b[31mOOM\x1b[0m: killed 12', 'three', 'another oom'].map((raw) => new TextRow(raw));
const usual = { rows, top: 0, left: 0, wrap: false, search: '', width: 20, height: 10, look };
const texts = (more: Partial<typeof usual>) =>
	textShape({ ...usual, ...more }).lines.map((line) => textOf(line).trimEnd());

describe('text', () => {
	test('has the colours of its tool, and none where there are none', () => {
		expect(textShape(usual).lines[1]?.slice(0, 2)).toEqual([{ text: 'OOM', color: 'red' }, { text: ': killed 12' }]);
		expect(textShape({ ...usual, look: plain }).lines[1]?.[0]).toEqual({ text: 'OOM' });
	});

	test('scrolls both ways', () => {
		expect(texts({ top: 1, left: 5, height: 2 })).toEqual(['killed 12', '']);
	});

	test('wraps long lines, and loses nothing of them', () => {
		expect(texts({ width: 8, wrap: true })).toEqual(['one', 'OOM: kil', 'led 12', 'three', 'another', 'oom']);
		for (let seed = 1; seed <= 100; seed++) {
			const random = new Random(seed);
			const raw = random.many(40, () => random.pick(['漢', 'ab', '\x1b[32m', 'é'])).join('');
			const { lines } = textShape({
				...usual,
				rows: [new TextRow(raw)],
				wrap: true,
				width: 2 + random.below(20),
				height: 1000,
			});
			expect(lines.map((line) => textOf(line).trimEnd()).join(''), `seed ${seed}`).toBe(new TextRow(raw).cell(0));
		}
	});

	test('marks what a search finds, and counts the lines with it', () => {
		const { header, lines } = textShape({ ...usual, search: 'oom', width: 60 });
		expect(textOf(header).trim()).toBe('line 1 of 4  "oom" in 2 of them');
		expect(lines[1]?.[0]).toMatchObject({ text: 'OOM', inverse: true });
	});

	test('the next match is found around the end, backwards too, and there may be none', () => {
		expect(nextTextMatch(rows, 'oom', 0, 1)).toBe(1);
		expect(nextTextMatch(rows, 'oom', 1, 1)).toBe(3);
		expect(nextTextMatch(rows, 'oom', 3, 1)).toBe(1);
		expect(nextTextMatch(rows, 'oom', 1, -1)).toBe(3);
		expect(nextTextMatch(rows, 'nothing', 0, 1)).toBeUndefined();
		expect(nextTextMatch([], 'oom', 0, 1)).toBeUndefined();
	});

	test('tells where its cursor is on the screen', () => {
		expect(textShape({ ...usual, top: 1, cursor: 3 }).cursorLine).toBe(2);
		expect(textShape({ ...usual, cursor: 30 }).cursorLine).toBeUndefined();
	});

	test('fits its width and height, whatever it is', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = new Random(seed);
			const some = random.many(
				20,
				() => new TextRow(random.many(30, () => random.pick(['漢', 'ab ', '\x1b[31m', '\t', '\x1b[2J'])).join('')),
			);
			const [width, height] = [random.below(60), 1 + random.below(20)];
			const shape = textShape({
				...usual,
				rows: some,
				top: random.below(20),
				left: random.below(40),
				wrap: random.below(2) === 1,
				search: random.pick(['', 'b a', '/(/']),
				width,
				height,
			});
			expect(shape.lines.length).toBeLessThanOrEqual(height);
			for (const line of [shape.header, ...shape.lines]) expect(lineWidth(line), `seed ${seed}`).toBe(width);
		}
	});
});
