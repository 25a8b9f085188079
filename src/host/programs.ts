import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** System tools live here even where the user's PATH leaves it out. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** The absolute path of a program, or undefined when it is not installed. */
export function findProgram(name: string, moreFolders: string[] = []): string | undefined {
	if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
	const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...systemFolders, ...moreFolders];
	return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		return false;
	}
}

/** A compiled program, as against a script of the same name. */
export function isCompiled(path: string): boolean {
	const magic = Buffer.alloc(4);
	try {
		const file = openSync(path, 'r');
		readSync(file, magic, 0, 4, 0);
		closeSync(file);
	} catch {
		return false;
	}
	return magic.toString('latin1') === '\x7fELF';
}
