import { type Dirent, readdirSync } from 'node:fs';

/** A folder's entries; none when it is missing or closed to us. */
export function listFolder(path: string): string[] {
	return entriesOf(path).map(({ name }) => name);
}

/** Only the folders among them. */
export function listFolders(path: string): string[] {
	return entriesOf(path).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function entriesOf(path: string): Dirent[] {
	try {
		return readdirSync(path, { withFileTypes: true });
	} catch {
		return [];
	}
}
