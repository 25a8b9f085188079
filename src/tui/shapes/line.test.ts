import { expect, test } from 'vitest';
import { Random } from '../../../test/fixtures/random.ts';
import { fitLine, lineWidth, type Span, textOf, wholeWords, withoutColumns } from './line.ts';

function randomLine(random: Random): Span[] {
	return random.many(6, () => ({
		text: random.pick(['漢字', 'a', 'é', 'word ', '', '👩‍💻x']).repeat(random.below(4)),
	}));
}

test('a line is as wide as it was asked to be, whatever is in it', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const line = randomLine(random);
		const width = random.below(30);
		expect(lineWidth(fitLine(line, width)), `seed ${seed}`).toBe(width);
	}
});

test('a line without its first columns is narrower by just as many', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const line = randomLine(random);
		const left = random.below(20);
		const rest = withoutColumns(line, left);
		expect(lineWidth(rest), `seed ${seed}`).toBe(Math.max(0, lineWidth(line) - left));
	}
});

test('a line that is cut keeps the looks of its spans', () => {
	const line = [
		{ text: 'red', color: 'red' },
		{ text: 'bold', bold: true },
	];
	expect(fitLine(line, 5)).toEqual([
		{ text: 'red', color: 'red' },
		{ text: 'bo', bold: true },
	]);
	expect(withoutColumns(line, 4)).toEqual([{ text: 'old', bold: true }]);
	expect(withoutColumns([{ text: '漢字' }], 1)).toEqual([{ text: ' 字' }]);
});

test('words that have no room are left out whole', () => {
	expect(textOf(wholeWords(['total 100', 'p50 12us', 'max 300us'], 20))).toBe('total 100  p50 12us');
	expect(wholeWords(['total 100'], 5)).toEqual([]);
});
