import { type Dirent, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A folder's entries; none when it is missing or closed to us. */
export function listFolder(path: string): string[] {
	return entriesOf(path).map(({ name }) => name);
}

/** Only the folders among them. */
export function listFolders(path: string): string[] {
	return entriesOf(path).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/** A folder that a user named, and those it lies in. Node's own way to do that goes on for ever in /proc. */
export function makeFolders(path: string): void {
	if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
	const parent = dirname(resolve(path));
	if (parent !== resolve(path)) makeFolders(parent);
	try {
		mkdirSync(path);
	} catch (error) {
		// Another console may have made it meanwhile.
		if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
	}
}

function entriesOf(path: string): Dirent[] {
	try {
		return readdirSync(path, { withFileTypes: true });
	} catch {
		return [];
	}
}
