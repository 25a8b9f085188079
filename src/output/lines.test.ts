import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { LineSplitter } from './lines.ts';

function split(pieces: (string | Buffer)[], longest?: number) {
	const lines: string[] = [];
	const splitter = new LineSplitter((line) => lines.push(line), longest);
	for (const piece of pieces) splitter.push(Buffer.from(piece as string));
	splitter.end();
	return { lines, cut: splitter.cut };
}

/** What a splitter that is given everything at once, and has all the memory it wants, would do. */
function naiveSplit(text: string, longest: number) {
	const parts = text.split('\n');
	if (parts.at(-1) === '') parts.pop();
	const cut = parts.filter((part) => part.length > longest).length;
	const lines = parts.map((part) => (part.length > longest ? part.slice(0, longest) : part.replace(/\r$/, '')));
	return { lines, cut };
}

describe('lines', () => {
	test('end at a newline, however they are cut', () => {
		expect(split(['on', 'e\ntwo\nth', 'ree\n']).lines).toEqual(['one', 'two', 'three']);
	});

	test('may be empty', () => {
		expect(split(['\n\na\n\n']).lines).toEqual(['', '', 'a', '']);
	});

	test('need no newline at the end of the output', () => {
		expect(split(['a\nb']).lines).toEqual(['a', 'b']);
		expect(split(['a\n']).lines).toEqual(['a']);
		expect(split([]).lines).toEqual([]);
	});

	test('lose the carriage return of a CRLF, even when it comes in another piece than its newline', () => {
		expect(split(['a\r\nb\r', '\nc\rd\r\n']).lines).toEqual(['a', 'b', 'c\rd']);
	});

	test('keep a character whose bytes come in two pieces', () => {
		const bytes = Buffer.from('naïve 漢字 👍\n');
		for (let at = 1; at < bytes.length; at++) {
			expect(split([bytes.subarray(0, at), bytes.subarray(at)]).lines).toEqual(['naïve 漢字 👍']);
		}
	});

	test('have a mark where bytes are no UTF-8', () => {
		expect(split([Buffer.from([0x61, 0xff, 0xc3, 0x0a, 0x62, 0x0a])]).lines).toEqual(['a\ufffd\ufffd', 'b']);
	});

	test('over the limit are cut, counted, and do not touch the next one', () => {
		expect(split(['123456', '78\nnext\n123456\n'], 5)).toEqual({ lines: ['12345', 'next', '12345'], cut: 2 });
		expect(split(['12345\n'], 5)).toEqual({ lines: ['12345'], cut: 0 });
	});

	test('that never end do not fill memory', () => {
		const megabyte = Buffer.alloc(1024 * 1024, 'x');
		const lines: string[] = [];
		const splitter = new LineSplitter((line) => lines.push(line));
		const before = process.memoryUsage.rss();
		for (let n = 0; n < 300; n++) splitter.push(megabyte);
		expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
		splitter.end();
		expect(lines.map((line) => line.length)).toEqual([16 * 1024]);
		expect(splitter.cut).toBe(1);
	});

	test('are cut at the same character whether they come whole or in pieces', () => {
		const line = `${'é'.repeat(8)}\n`;
		const whole = split([line], 10);
		expect(whole).toEqual({ lines: ['éééééééé'], cut: 0 });
		expect(split([line.slice(0, 7), line.slice(7)], 10)).toEqual(whole);
	});
});

test.each([
	['plain text', ['a', 'b', ' ', '\n']],
	['carriage returns', ['a', '\r', '\n', '\r\n']],
	['characters of one to four bytes', ['a', 'é', '漢', '👍', '\n']],
])('%s in any pieces come out as a naive split of the whole would', (_, alphabet) => {
	for (let seed = 1; seed <= 400; seed++) {
		const random = new Random(seed);
		const text = random.many(40, () => random.pick(alphabet)).join('');
		const longest = 4 + random.below(12);
		const got = split(random.pieces(Buffer.from(text), 1 + random.below(9)), longest);
		expect(got, `seed ${seed}: ${JSON.stringify(text)}, limit ${longest}`).toEqual(naiveSplit(text, longest));
	}
});

test('random bytes in any pieces come out as their whole would', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const bytes = Buffer.from(random.many(60, () => (random.below(5) === 0 ? 10 : random.below(256))));
		const got = split(random.pieces(bytes, 7)).lines;
		expect(got, `seed ${seed}`).toEqual(naiveSplit(bytes.toString('utf8'), 16 * 1024).lines);
	}
});
