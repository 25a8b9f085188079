import {
	closeSync,
	createWriteStream,
	lstatSync,
	mkdtempSync,
	openSync,
	readdirSync,
	renameSync,
	rmSync,
	type WriteStream,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../catalog/argv.ts';
import { holderOf, isQuietSince } from './writer.ts';

const prefix = '.bpftools-unfinished-';

/**
 * A place for what is not finished, on the disk where it is going to be. It is gone in the end, and when the program is
 * ended by a signal that it hears of; one that was killed outright leaves it to whoever comes next.
 */
export class WorkFolder {
	readonly path: string;
	/** For others to see that somebody works in it. */
	private readonly held: number;

	constructor(parent: string) {
		sweepUnfinished(parent);
		try {
			this.path = mkdtempSync(join(parent, prefix));
		} catch (error) {
			throw new UsageError(`Nothing can be written in ${parent}: ${(error as Error).message}.`);
		}
		this.held = openSync(this.path, 'r');
		process.once('exit', this.removeFiles);
	}

	remove(): void {
		this.removeFiles();
		closeSync(this.held);
		process.off('exit', this.removeFiles);
	}

	private readonly removeFiles = () => rmSync(this.path, { recursive: true, force: true });
}

/** Writes a file that has its name only when it is whole: half of one can't be told from all of it. */
export async function writeWhole(file: string, write: (unfinished: WriteStream) => Promise<void>): Promise<void> {
	const work = new WorkFolder(dirname(resolve(file)));
	try {
		const unfinished = join(work.path, basename(file));
		await write(createWriteStream(unfinished, { flags: 'wx' }));
		renameSync(unfinished, file);
	} finally {
		work.remove();
	}
}

/** Removes what exports, imports and conversions left behind that were killed. */
export function sweepUnfinished(parent: string): void {
	for (const name of namesIn(parent).filter((each) => each.startsWith(prefix))) {
		const folder = join(parent, name);
		try {
			if (!lstatSync(folder).isDirectory() || holderOf(folder) !== undefined) continue;
			// Whoever works in it may be in another pid namespace.
			if (isQuietSince(newestIn(folder))) rmSync(folder, { recursive: true, force: true });
		} catch {
			// Somebody else removes it, or owns it.
		}
	}
}

function newestIn(folder: string): number {
	const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)));
	return Math.max(...[folder, ...paths].map((path) => lstatSync(path).mtimeMs));
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}
