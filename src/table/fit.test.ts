import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { cut, fitTo, widthOf, wrap } from './fit.ts';

const characters = ['a', 'b', ' ', 'é', 'e\u0301', '漢', '字', '👍', '👨‍👩‍👧', '█', '·', '한'];

const randomText = (random: Random, most = 12) => random.many(most, () => random.pick(characters)).join('');

describe('text in a fixed width', () => {
	test.each([
		['abc', 5, 'left', 'abc  '],
		['abc', 5, 'right', '  abc'],
		['abcdef', 4, 'left', 'abcd'],
		['漢字', 3, 'left', '漢 '],
		['漢字', 4, 'right', '漢字'],
		['漢字', 1, 'left', ' '],
		['👍', 2, 'left', '👍'],
		['e\u0301x', 1, 'left', 'e\u0301'],
		['', 2, 'left', '  '],
		['abc', 0, 'left', ''],
	] as const)('%j in %i columns, to the %s, is %j', (text, width, align, fitted) => {
		expect(fitTo(text, width, align)).toBe(fitted);
	});

	test('takes exactly its columns, whatever its characters', () => {
		for (let seed = 1; seed <= 500; seed++) {
			const random = new Random(seed);
			const text = randomText(random);
			const width = random.below(20);
			const fitted = fitTo(text, width, random.pick(['left', 'right'] as const));
			expect(stringWidth(fitted), `seed ${seed}: ${text} in ${width}`).toBe(width);
		}
	});

	test('is cut only where it must be, and never inside a character', () => {
		for (let seed = 1; seed <= 500; seed++) {
			const random = new Random(seed);
			const text = randomText(random);
			const width = random.below(12);
			const short = cut(text, width);
			expect(text.startsWith(short)).toBe(true);
			expect(widthOf(short)).toBeLessThanOrEqual(width);
			const [next] = [...new Intl.Segmenter().segment(text.slice(short.length))];
			if (next) expect(widthOf(short + next.segment), `seed ${seed}: ${text} in ${width}`).toBeGreaterThan(width);
		}
	});

	test('is as wide as a terminal shows it', () => {
		expect([widthOf('abc'), widthOf('漢字'), widthOf('é'), widthOf('👍'), widthOf('')]).toEqual([3, 4, 1, 2, 0]);
	});
});

describe('text in lines', () => {
	test('keeps its words whole where they fit', () => {
		expect(wrap('the disk is busy', 8)).toEqual(['the disk', 'is busy']);
		expect(wrap('short', 80)).toEqual(['short']);
	});

	test('breaks a word that is longer than a line', () => {
		expect(wrap('a /dev/mapper/vg0 b', 6)).toEqual(['a', '/dev/m', 'apper/', 'vg0 b']);
		expect(wrap('漢字漢字', 3)).toEqual(['漢', '字', '漢', '字']);
	});

	test('of nothing is no line', () => {
		expect(wrap('', 10)).toEqual([]);
	});

	test('loses no word, and no line is too wide', () => {
		for (let seed = 1; seed <= 500; seed++) {
			const random = new Random(seed);
			const text = random.many(6, () => randomText(random, 5).replaceAll(' ', '')).join(' ');
			const width = 2 + random.below(12);
			const lines = wrap(text, width);
			expect(lines.join('').replaceAll(' ', ''), `seed ${seed}`).toBe(text.replaceAll(' ', ''));
			for (const line of lines) expect(widthOf(line), `seed ${seed}: ${line} in ${width}`).toBeLessThanOrEqual(width);
		}
	});
});
