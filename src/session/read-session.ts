import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../catalog/argv.ts';
import { formatVersion, type SessionFile } from './format.ts';
import { rawFiles } from './raw-output.ts';

export interface SessionEvent {
	at: string;
	type: string;
	[key: string]: unknown;
}

export interface RecordedRun {
	name: string;
	folder: string;
	run: Record<string, unknown>;
}

/** The names of what lies in a folder of sessions and looks like one, oldest first. */
export function sessionNames(parent: string): string[] {
	if (!existsSync(parent)) return [];
	return readdirSync(parent)
		.filter(
			(name) => !name.startsWith('.') && isFolder(join(parent, name)) && existsSync(join(parent, name, 'session.json')),
		)
		.sort();
}

function isFolder(path: string): boolean {
	return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What stands on a session's first page; fails with a UsageError where this program can't read the rest. */
export function readSessionFile(folder: string): SessionFile {
	const session = parseSession(firstPageOf(folder));
	if (!session) throw new UsageError(`${folder} is damaged: its session.json can't be read.`);
	if (session.format > formatVersion) {
		throw new UsageError(
			`${folder} was written by a newer bpftools (format ${session.format}; this one reads up to ${formatVersion}).`,
		);
	}
	return session;
}

/** Root's sessions are closed to others on hosts that are strict; that is no damage. */
function firstPageOf(folder: string): string {
	try {
		return readFileSync(join(folder, 'session.json'), 'utf8');
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === 'ENOENT' || code === 'ENOTDIR') {
			throw new UsageError(`${folder} is not a session: it has no session.json.`);
		}
		throw new UsageError(`${folder} can't be read: ${(error as Error).message}.`);
	}
}

function parseSession(text: string): SessionFile | undefined {
	try {
		const session = JSON.parse(text);
		return typeof session?.format === 'number' ? session : undefined;
	} catch {
		return undefined;
	}
}

export function readRuns(folder: string, warnings: string[]): RecordedRun[] {
	const root = join(folder, 'runs');
	return runNames(root, warnings).flatMap((name) => {
		const file = join(root, name, 'run.json');
		try {
			// A record that says nothing has its output all the same.
			const run = JSON.parse(readFileSync(file, 'utf8')) ?? {};
			// A tool may end without ending its line; one that was cut short did not mean to.
			if (unended.has(run?.state?.state)) warnings.push(...tornFiles(root, name));
			return [{ name, folder: join(root, name), run }];
		} catch (error) {
			warnings.push(`runs/${name} was skipped: ${(error as Error).message}`);
			return [];
		}
	});
}

function runNames(root: string, warnings: string[]): string[] {
	try {
		return existsSync(root) ? readdirSync(root).sort() : [];
	} catch (error) {
		warnings.push(`its runs were skipped: ${(error as Error).message}`);
		return [];
	}
}

const unended = new Set<unknown>(['running', 'stopping']);

function tornFiles(root: string, name: string): string[] {
	const torn = Object.values(rawFiles).filter((file) => endsTorn(join(root, name, file)));
	return torn.map((file) => `runs/${name}/${file} ends in the middle of a line`);
}

function endsTorn(path: string): boolean {
	const found = statSync(path, { throwIfNoEntry: false });
	if (!found?.isFile() || found.size === 0) return false;
	const file = openSync(path, 'r');
	try {
		const last = Buffer.alloc(1);
		readSync(file, last, 0, 1, found.size - 1);
		return last.toString() !== '\n';
	} finally {
		closeSync(file);
	}
}
