import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { printable } from '../host/printable.ts';

/** The lines with which a text begins. Whatever else could move a cursor is not in them. Undefined where there is no file. */
export function beginningOf(path: string, mostBytes: number): string | undefined {
	if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
	const file = openSync(path, 'r');
	try {
		const bytes = Buffer.alloc(mostBytes);
		const text = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)).toString();
		return text
			.split('\n')
			.map((line) => printable(line.replaceAll('\t', '    ')))
			.join('\n');
	} finally {
		closeSync(file);
	}
}
