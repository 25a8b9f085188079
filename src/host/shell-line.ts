import stringWidth from 'string-width';
import { printable } from './printable.ts';

/** A command line that can be pasted into bash or zsh and means these words again. */
export function shellLine(words: string[]): string {
	return words.map(shellWord).join(' ');
}

/**
 * The same broken into lines that a shell reads as one: each but the last ends in a
 * backslash, and a word that is longer than a line is continued on the next.
 */
export function shellLines(words: string[], width: number): string[] {
	return brokenLines(
		words.map((word) => pieces(word, width - 2)),
		width,
	);
}

/** Words in their pieces, as a shell reads them; what stands between two words is a blank, between two pieces nothing. */
function brokenLines(words: string[][], width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const [index, [first = '', ...more]] of words.entries()) {
		const added = index === 0 ? first : `${line} ${first}`;
		if (stringWidth(added) <= width - 2) line = added;
		else {
			lines.push(`${line} \\`);
			line = first;
		}
		for (const piece of more) {
			lines.push(`${line}\\`);
			line = piece;
		}
	}
	return [...lines, line];
}

function pieces(word: string, width: number): string[] {
	if (stringWidth(shellWord(word)) <= width) return [shellWord(word)];
	const found: string[] = [];
	let piece = '';
	for (const character of word) {
		if (piece !== '' && stringWidth(shellWord(piece + character)) > width) {
			found.push(shellWord(piece));
			piece = '';
		}
		piece += character;
	}
	return [...found, shellWord(piece)];
}

export function shellWord(word: string): string {
	if (/^[\w@%+=:,./-]+$/.test(word)) return word;
	if (printable(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
	const bytes = [...Buffer.from(word)].map((byte) =>
		byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
			? String.fromCharCode(byte)
			: `\\x${byte.toString(16).padStart(2, '0')}`,
	);
	return `$'${bytes.join('')}'`;
}
