import { printable } from '../host/printable.ts';

/** A command line that can be pasted into bash or zsh and means these words again. */
export function shellLine(words: string[]): string {
	return words.map(shellWord).join(' ');
}

function shellWord(word: string): string {
	if (/^[\w@%+=:,./-]+$/.test(word)) return word;
	if (printable(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
	const bytes = [...Buffer.from(word)].map((byte) =>
		byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
			? String.fromCharCode(byte)
			: `\\x${byte.toString(16).padStart(2, '0')}`,
	);
	return `$'${bytes.join('')}'`;
}
