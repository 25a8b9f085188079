import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes of all files in a folder, or of a file. Links are not followed, and what goes meanwhile counts nothing. */
export function folderSize(path: string): number {
	const found = lstatSync(path, { throwIfNoEntry: false });
	if (!found?.isDirectory()) return found?.size ?? 0;
	return namesIn(path).reduce((sum, name) => sum + folderSize(join(path, name)), 0);
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}
