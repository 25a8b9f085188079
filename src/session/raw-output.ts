import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a tool wrote, as it was, and when. */
export const rawFiles = { stdout: 'output.log', stderr: 'stderr.log', timing: 'timing.ndjson' } as const;

/** All of a run that may be large: its raw output, and what its tool wrote for a second program. */
function largeFilesIn(folder: string, run: { kept?: unknown }): string[] {
	const kept = typeof run.kept === 'string' && basename(run.kept) === run.kept ? [run.kept] : [];
	return [...Object.values(rawFiles), ...kept].map((name) => join(folder, name));
}

export function rawBytesOf(folder: string): number {
	return largeFilesIn(folder, recordOf(folder)).reduce((sum, path) => sum + sizeOf(path), 0);
}

/** Removes a run's raw output and notes it in the run's record; how many bytes they were. */
export function dropRawOutput(folder: string): number {
	const [run, bytes] = [recordOf(folder), rawBytesOf(folder)];
	// The note comes first: output that is gone without one would look as if there had been none.
	replaceFile(join(folder, 'run.json'), { ...run, bytesDropped: bytes });
	for (const path of largeFilesIn(folder, run)) rmSync(path, { force: true });
	return bytes;
}

/** The old file or the new one, never half of either. */
export function replaceFile(path: string, content: unknown): void {
	writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`);
	renameSync(`${path}.new`, path);
}

function recordOf(folder: string): Record<string, unknown> {
	return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
}

function sizeOf(path: string): number {
	return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
