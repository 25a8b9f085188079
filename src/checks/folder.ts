import { readdirSync } from 'node:fs';

/** A folder's entries; none when it is missing or closed to us. */
export function listFolder(path: string): string[] {
	try {
		return readdirSync(path);
	} catch {
		return [];
	}
}
