import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { ndjsonPrinter, tablePrinter } from '../commands/print-rows.ts';
import { piecesOf, TextRow } from './ansi-text.ts';
import { textColumns } from './reader.ts';

const control = /[\x00-\x1f\x7f-\x9f]/;
const plain = (raw: string) =>
	piecesOf(raw)
		.map(({ text }) => text)
		.join('');

describe('looks', () => {
	test.each([
		['\x1b[31mred\x1b[0m plain', [{ text: 'red', color: 'red' }, { text: ' plain' }]],
		['\x1b[1;93;44mx', [{ text: 'x', bold: true, color: 'yellowBright', background: 'blue' }]],
		['\x1b[90mx\x1b[39my', [{ text: 'x', color: 'gray' }, { text: 'y' }]],
		['\x1b[4;7;2mx\x1b[24;27;22my', [{ text: 'x', underline: true, inverse: true, dim: true }, { text: 'y' }]],
		['\x1b[38;5;208mx', [{ text: 'x', color: 'ansi256(208)' }]],
		['\x1b[48;2;10;200;255mx', [{ text: 'x', background: '#0ac8ff' }]],
		['\x1b[mx', [{ text: 'x' }]],
		['\x1b[;31mx', [{ text: 'x', color: 'red' }]],
		['\x9b32mx', [{ text: 'x', color: 'green' }]],
	] as const)('%j', (raw, pieces) => {
		expect(piecesOf(raw)).toEqual(pieces);
	});

	test.each([
		'\x1b[38;5;999mx',
		'\x1b[38;2;1;2mx',
		'\x1b[38;2;999;0;0mx',
		'\x1b[38mx',
		'\x1b[>4;1mx',
		'\x1b[8mx',
		'\x1b[5mx',
		'\x1b[999999999999mx',
		`\x1b[${'1;'.repeat(50)}0mx`,
	])('%j has none', (raw) => {
		expect(piecesOf(raw)).toEqual([{ text: 'x' }]);
	});

	test.each(['\x1b[30mx', '\x1b[31;41mx', '\x1b[38;5;16mx', '\x1b[38;2;0;0;0mx', '\x1b[38;5;9;48;5;9mx'])(
		'%j is not hidden in its ground',
		(raw) => {
			expect(piecesOf(raw)).toEqual([{ text: 'x' }]);
		},
	);
});

describe('what would command the terminal is not there', () => {
	test.each([
		['the cursor', 'a\x1b[2Jb\x1b[10;10Hc\x1b[3Ad', 'abcd'],
		['the title', 'a\x1b]0;owned\x07b\x1b]2;owned\x1b\\c', 'abc'],
		['the title of a screen', '\x1bkowned\x1b\\x', 'x'],
		['the clipboard', '\x1b]52;c;cm0gLXJmIC8=\x07x', 'x'],
		['a link', '\x1b]8;;http://example.org\x1b\\text\x1b]8;;\x1b\\', 'text'],
		['a device string', 'a\x1bPq#0\x1b\\b\x1b_gone\x1b\\c\x1b^gone\x1b\\d\x1bXgone\x1b\\e', 'abcde'],
		['a reset', 'a\x1bcb\x1b(0c\x1b7d', 'abcd'],
		['eight-bit controls', 'a\x9b2Jb\x9d0;t\x9cc\x90q\x9cd\x85e', 'abcd·e'],
		['a string without end', 'a\x1b]0;not hidden', 'a0;not hidden'],
		['a sequence without end', 'a\x1b[31', 'a'],
		['a bare escape', 'a\x1b', 'a'],
		['an escape that begins another', 'a\x1b\x1b[31mb', 'ab'],
		['backspace, return, bell, delete', 'a\bb\rc\x07d\x7fe\0f', 'a·b·c·d·e·f'],
		['text that is turned around or hidden', 'a\u202eb\u200bc', 'a·b·c'],
		['a modes key', '\x1b[?1049hx\x1b[?25ly\x1b[6nz\x1b[!p', 'xyz'],
	])('%s', (_, raw, text) => {
		expect(plain(raw)).toBe(text);
		expect(new TextRow(raw).cell(0)).toBe(text);
	});

	test('whatever the bytes are', () => {
		const parts = [
			'\x1b',
			'[',
			']',
			'31',
			';',
			'm',
			'H',
			'\x07',
			'\x9b',
			'\x9d',
			'\x9c',
			'\\',
			'P',
			'\t',
			'\r',
			'é',
			'漢',
			'?',
			' ',
			'\x7f',
			'\x85',
		];
		for (let seed = 1; seed <= 2000; seed++) {
			const random = new Random(seed);
			const raw = random.many(30, () => random.pick(parts)).join('');
			const pieces = piecesOf(raw);
			for (const piece of pieces) {
				expect(piece.text, `seed ${seed}`).not.toMatch(control);
				expect(piece.text).not.toBe('');
				for (const color of [piece.color, piece.background]) {
					if (color !== undefined) expect(color).toMatch(/^(?:[a-zA-Z]+|ansi256\(\d{1,3}\)|#[0-9a-f]{6})$/);
				}
			}
			expect(new TextRow(raw).cell(0)).toBe(plain(raw));
		}
	});

	test('neither where rows are printed', () => {
		const row = new TextRow('\x1b[31mred\x1b[0m \x1b]0;owned\x07\x9b2J\x1b[2Jend');
		for (const make of [tablePrinter, ndjsonPrinter]) {
			let out = '';
			const printer = make(textColumns, 'text', (text) => {
				out += text;
			});
			printer.row(row);
			printer.end();
			expect(out.replace(/\n$/, '')).not.toMatch(control);
			expect(out).toContain('red end');
		}
	});
});

test('plain text is itself, and tabs are spaces up to their stops', () => {
	expect(piecesOf('[ 1.5] eth0: link down')).toEqual([{ text: '[ 1.5] eth0: link down' }]);
	expect(piecesOf('')).toEqual([]);
	expect(plain('a\tb\x1b[1m\tc')).toBe(`a${' '.repeat(7)}b${' '.repeat(7)}c`);
});

test('a sequence of many thousand characters costs no more than its length', () => {
	const raw = `${'\x1b[1;31'.repeat(3000)}${'\x1b]0;'.repeat(3000)}x`;
	expect(plain(raw).endsWith('x')).toBe(true);
});
