import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../checks/sentence.ts';
import { listFolders } from '../host/folder.ts';
import { formatBytes } from '../table/format-cell.ts';
import { folderSize } from './folder-size.ts';
import type { Keep } from './keep.ts';
import { dropRawOutput, rawBytesOf } from './raw-output.ts';
import { readSessionFile, sessionNames } from './read-session.ts';
import { sweepUnfinished } from './work-folder.ts';
import { holdersOf, writerOf } from './writer.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;

interface Kept {
	folder: string;
	bytes: number;
	/** When something of it was written last. */
	written: number;
}

/**
 * Brings a folder of sessions within its bounds: removes what is too old, then drops raw output, the oldest first, and
 * only when that was not enough whole sessions. One that is being written stays as it is, and so does one that a newer
 * program wrote. Tells what was done, if something was.
 */
export function tidy(parent: string, { folderBytes, days }: Keep, now = Date.now()): string | undefined {
	sweepUnfinished(parent);
	const sessions = sessionNames(parent)
		.map((name) => keptIn(join(parent, name)))
		.toSorted((a, b) => a.written - b.written);
	let total = sessions.reduce((sum, { bytes }) => sum + bytes, 0);
	const done = { old: 0, outputs: 0, outputBytes: 0, sessions: 0 };
	// Nobody is looked for where there is nothing to do, and all processes are looked at once.
	let holders: Map<string, number> | undefined;
	const isClosed = (folder: string): boolean => {
		holders ??= holdersOf(sessions.map((each) => each.folder));
		return isReadable(folder) && writerOf(folder, holders) === undefined;
	};
	const remove = (session: Kept): boolean => {
		if (!isClosed(session.folder) || !isRemoved(session.folder)) return false;
		total -= session.bytes;
		session.bytes = 0;
		return true;
	};
	for (const session of sessions) {
		if (now - session.written > days * dayMilliseconds && remove(session)) done.old++;
	}
	for (const session of sessions) {
		if (total <= folderBytes) break;
		if (session.bytes === 0 || !isClosed(session.folder)) continue;
		for (const run of listFolders(join(session.folder, 'runs')).toSorted()) {
			const bytes = total > folderBytes ? dropped(join(session.folder, 'runs', run)) : 0;
			if (bytes === 0) continue;
			total -= bytes;
			session.bytes -= bytes;
			done.outputs++;
			done.outputBytes += bytes;
		}
	}
	// What is being written now is no reason to forget what was seen before.
	const closed = total > folderBytes ? sessions.filter(({ folder, bytes }) => bytes > 0 && isClosed(folder)) : [];
	const open = total - closed.reduce((sum, { bytes }) => sum + bytes, 0);
	for (const session of closed) {
		if (total - open > folderBytes && remove(session)) done.sessions++;
	}
	const size = formatBytes(folderBytes);
	const sentences = [
		...(done.old > 0 ? [`${counted(done.old, 'session')} older than ${counted(days, 'day')} went.`] : []),
		...(done.outputs > 0
			? [`To keep sessions within ${size}, ${formatBytes(done.outputBytes)} of the oldest raw output went.`]
			: []),
		...(done.sessions > 0 ? [`To keep within ${size}, ${counted(done.sessions, 'session')} of the oldest went.`] : []),
	];
	return sentences.length > 0 ? sentences.join(' ') : undefined;
}

function keptIn(folder: string): Kept {
	const written = ['session.json', 'events.ndjson'].map(
		(name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
	);
	return { folder, bytes: folderSize(folder), written: Math.max(...written) };
}

/** What a newer program wrote is its own business. */
function isReadable(folder: string): boolean {
	try {
		readSessionFile(folder);
		return true;
	} catch {
		return false;
	}
}

/** What somebody else owns stays. */
function isRemoved(folder: string): boolean {
	try {
		rmSync(folder, { recursive: true, force: true });
		return true;
	} catch {
		return false;
	}
}

/** Another console may tidy up at the same time. */
function dropped(run: string): number {
	try {
		return rawBytesOf(run) > 0 ? dropRawOutput(run) : 0;
	} catch {
		return 0;
	}
}
