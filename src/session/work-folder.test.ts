import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { usualKeep } from './keep.ts';
import { tidy } from './tidy.ts';
import { sweepUnfinished, WorkFolder } from './work-folder.ts';

function parentFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'work-folder-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** As a killed program leaves one, a minute ago. */
function leftIn(parent: string, name: string): string {
	const folder = join(parent, `.bpftools-unfinished-${name}`);
	mkdirSync(join(folder, 'session'), { recursive: true });
	writeFileSync(join(folder, 'session/session.json'), '{}');
	const then = Date.now() / 1000 - 60;
	for (const path of ['session/session.json', 'session', '.']) utimesSync(join(folder, path), then, then);
	return folder;
}

test('is gone when the work is done', () => {
	const parent = parentFolder();
	const work = new WorkFolder(parent);
	writeFileSync(join(work.path, 'half'), '');
	expect(readdirSync(parent)).toEqual([basename(work.path)]);
	work.remove();
	expect(readdirSync(parent)).toEqual([]);
});

test('what a killed program left is swept by the next one, and when sessions are tidied up', () => {
	const parent = parentFolder();
	leftIn(parent, 'one');
	const work = new WorkFolder(parent);
	expect(readdirSync(parent)).toEqual([basename(work.path)]);
	leftIn(parent, 'other');
	tidy(parent, usualKeep);
	expect(readdirSync(parent)).toEqual([basename(work.path)]);
	work.remove();
});

test('what somebody works in stays, seen or not, and so does what is called otherwise', () => {
	const parent = parentFolder();
	const held = openSync(leftIn(parent, 'held'), 'r');
	onTestFinished(() => closeSync(held));
	writeFileSync(join(leftIn(parent, 'written'), 'session/output.log'), 'now');
	writeFileSync(join(parent, '.bpftools-unfinished-file'), '');
	mkdirSync(join(parent, 'other.unfinished'));
	const before = readdirSync(parent);
	sweepUnfinished(parent);
	expect(readdirSync(parent)).toEqual(before);
	sweepUnfinished(join(parent, 'absent'));
});
