import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readSessionFile } from './read-session.ts';

/** A console writes every second; one that has not for so long is gone, or stopped. */
const quietMilliseconds = 10_000;

/**
 * Whether a console still writes a session, in words. Its recorder holds the folder open, which its process shows, also
 * where the folder has another path. One that can't be seen from here, in another pid namespace, shows by what it writes.
 */
export function writerOf(folder: string, holders = holdersOf([folder])): string | undefined {
	const pid = holders.get(folder);
	if (pid !== undefined) return `by process ${pid}`;
	const written = statSync(join(folder, 'events.ndjson'), { throwIfNoEntry: false });
	return !hasEnded(folder) && written && !isQuietSince(written.mtimeMs) ? 'by a console elsewhere' : undefined;
}

/** Whether what was written then is not written any more, as far as can be told from its times. */
export function isQuietSince(milliseconds: number): boolean {
	return Date.now() - milliseconds >= quietMilliseconds;
}

function hasEnded(folder: string): boolean {
	try {
		return typeof readSessionFile(folder).ended === 'string';
	} catch {
		return false;
	}
}

/** The process that holds a folder open. */
export function holderOf(folder: string): number | undefined {
	return holdersOf([folder]).get(folder);
}

/** The same of many folders, in one look at all processes. */
export function holdersOf(folders: readonly string[]): Map<string, number> {
	const known = Map.groupBy(folders, (folder) => basename(folder));
	const holders = new Map<string, number>();
	for (const pid of numbersIn('/proc')) {
		const descriptors = join('/proc', String(pid), 'fd');
		for (const descriptor of numbersIn(descriptors)) {
			const path = join(descriptors, String(descriptor));
			// What is called otherwise is not asked more about: some files take their time to answer.
			for (const folder of known.get(nameBehind(path)) ?? []) if (isSame(path, folder)) holders.set(folder, pid);
		}
	}
	return holders;
}

function isSame(path: string, other: string): boolean {
	const [one, two] = [path, other].map((each) => statSync(each, { throwIfNoEntry: false }));
	return one !== undefined && one.dev === two?.dev && one.ino === two.ino;
}

function nameBehind(link: string): string {
	try {
		return basename(readlinkSync(link));
	} catch {
		return '';
	}
}

/** Processes come and go, and those of others may not be looked at. */
function numbersIn(folder: string): number[] {
	try {
		return readdirSync(folder).map(Number).filter(Number.isInteger);
	} catch {
		return [];
	}
}
