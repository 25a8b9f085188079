import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Recorder } from './recorder.ts';
import { tidy } from './tidy.ts';

const about = { program: 'bpftools', host: {}, target: 'host' };
const keep = { sessionBytes: 1e9, folderBytes: 1e9, days: 30 };
const kilobytes = 1024;

function sessionsFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'tidy-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

interface Draft {
	daysAgo?: number;
	/** Of the raw output of each run. */
	runs?: number[];
	isOpen?: boolean;
}

/** A session that was last written so long ago. Answers with its folder. */
function recorded(parent: string, { daysAgo = 0, runs = [], isOpen = false }: Draft): string {
	const recorder = new Recorder(parent, about);
	recorder.event('note', { text: 'kept' });
	runs.forEach((bytes, n) => {
		const folder = join(recorder.folder, `runs/0${n + 1}-says`);
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, 'run.json'), JSON.stringify({ tool: 'says', rows: 7 }));
		writeFileSync(join(folder, 'output.log'), Buffer.alloc(bytes));
		writeFileSync(join(folder, 'timing.ndjson'), '{}\n');
	});
	if (isOpen) onTestFinished(() => recorder.close());
	else recorder.close();
	const then = Date.now() / 1000 - daysAgo * 24 * 60 * 60;
	for (const name of ['session.json', 'events.ndjson']) utimesSync(join(recorder.folder, name), then, then);
	return recorder.folder;
}

const runOf = (folder: string, name: string) =>
	JSON.parse(readFileSync(join(folder, 'runs', name, 'run.json'), 'utf8'));
const hasOutput = (folder: string, name: string) => existsSync(join(folder, 'runs', name, 'output.log'));

test('what is within its bounds stays as it is, and nothing is told', () => {
	const parent = sessionsFolder();
	const folder = recorded(parent, { daysAgo: 29, runs: [1000] });
	expect(tidy(parent, keep)).toBeUndefined();
	expect(hasOutput(folder, '01-says')).toBe(true);
	expect(tidy(join(parent, 'absent'), keep)).toBeUndefined();
});

test('a session that is too old goes, unless it is being written', () => {
	const parent = sessionsFolder();
	const [old, open, young] = [31, 31, 1].map((daysAgo, n) => recorded(parent, { daysAgo, isOpen: n === 1 }));
	expect(tidy(parent, keep)).toBe('1 session older than 30 days went.');
	expect([old, open, young].map((folder) => existsSync(folder as string))).toEqual([false, true, true]);
});

test('where there is too much, the oldest raw output goes first, and the run’s record says so', () => {
	const parent = sessionsFolder();
	const newer = recorded(parent, { daysAgo: 1, runs: [40 * kilobytes] });
	const older = recorded(parent, { daysAgo: 2, runs: [40 * kilobytes, 40 * kilobytes] });
	const open = recorded(parent, { daysAgo: 3, runs: [40 * kilobytes], isOpen: true });
	const told = tidy(parent, { ...keep, folderBytes: 150 * kilobytes });
	expect(told).toBe('To keep sessions within 150K, 40K of the oldest raw output went.');
	expect([hasOutput(older, '01-says'), hasOutput(older, '02-says')]).toEqual([false, true]);
	expect(runOf(older, '01-says')).toEqual({ tool: 'says', rows: 7, bytesDropped: 40 * kilobytes + 3 });
	expect(readFileSync(join(older, 'events.ndjson'), 'utf8')).toContain('kept');
	tidy(parent, { ...keep, folderBytes: 70 * kilobytes });
	expect([hasOutput(older, '02-says'), hasOutput(newer, '01-says')]).toEqual([false, false]);
	expect(hasOutput(open, '01-says')).toBe(true);
	expect(readdirSync(parent)).toHaveLength(3);
});

test('where that is not enough, the oldest sessions go', () => {
	const parent = sessionsFolder();
	const folders = [3, 2, 1].map((daysAgo) => recorded(parent, { daysAgo, runs: [10] }));
	writeFileSync(join(folders[0] as string, 'runs/01-says/flame.svg'), Buffer.alloc(40 * kilobytes));
	writeFileSync(join(folders[1] as string, 'runs/01-says/flame.svg'), Buffer.alloc(40 * kilobytes));
	expect(tidy(parent, { ...keep, folderBytes: 60 * kilobytes })).toMatch(/1 session of the oldest went\.$/);
	expect(folders.map((folder) => existsSync(folder))).toEqual([false, true, true]);
});

test('a session that is being written is no reason to forget others', () => {
	const parent = sessionsFolder();
	const folder = recorded(parent, { daysAgo: 2, runs: [10] });
	recorded(parent, { runs: [100 * kilobytes], isOpen: true });
	tidy(parent, { ...keep, folderBytes: 50 * kilobytes });
	expect(existsSync(folder)).toBe(true);
	expect(hasOutput(folder, '01-says')).toBe(false);
});

test('what a newer program wrote, and what is no session, is left alone', () => {
	const parent = sessionsFolder();
	const newer = recorded(parent, { daysAgo: 100, runs: [100 * kilobytes] });
	writeFileSync(join(newer, 'session.json'), JSON.stringify({ format: 99, ended: 'then' }));
	const then = Date.now() / 1000 - 1e7;
	utimesSync(join(newer, 'session.json'), then, then);
	mkdirSync(join(parent, 'holiday'));
	writeFileSync(join(parent, 'holiday/photo'), Buffer.alloc(100 * kilobytes));
	expect(tidy(parent, { ...keep, folderBytes: 1 })).toBeUndefined();
	expect(hasOutput(newer, '01-says')).toBe(true);
	expect(existsSync(join(parent, 'holiday/photo'))).toBe(true);
});
