import { UsageError } from '../catalog/argv.ts';
import { printable } from '../host/printable.ts';
import { type Keep, usualKeep } from '../session/keep.ts';
import { nearest } from './arguments.ts';
import { ownFile, readOwnFile } from './own-file.ts';

const megabyte = 1024 ** 2;

/** As they are written in the file, and how many of what each stands for. */
const numbers: Record<string, { of: keyof Keep; unit: number }> = {
	'session-megabytes': { of: 'sessionBytes', unit: megabyte },
	'folder-megabytes': { of: 'folderBytes', unit: megabyte },
	days: { of: 'days', unit: 1 },
};

export const keepFile = () => ownFile('sessions.yaml');

/** How much of sessions is kept: as usual, but for what the user's file says, such as "folder-megabytes: 500". */
export async function readOwnKeep(): Promise<Keep> {
	const file = keepFile();
	const keep = { ...usualKeep };
	for (const [name, value] of Object.entries(await readOwnFile(file, 'folder-megabytes: 500'))) {
		const known = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
		if (!known) {
			const near = nearest(name, Object.keys(numbers));
			const hint = near ? `did you mean ${near}?` : `there are ${Object.keys(numbers).join(', ')}.`;
			throw new UsageError(`${file}: there is no "${printable(name)}"; ${hint}`);
		}
		if (typeof value !== 'number' || !(value > 0)) throw new UsageError(`${file}: ${name} takes a number above 0.`);
		keep[known.of] = value * known.unit;
	}
	return keep;
}
