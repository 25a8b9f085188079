import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolders } from './folder.ts';

function scratch(): string {
	const folder = mkdtempSync(join(tmpdir(), 'bpftools-folder-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

test('a folder is made with those it lies in, and may be there already', () => {
	const folder = join(scratch(), 'a/b/c');
	makeFolders(folder);
	makeFolders(`${folder}/`);
	expect(statSync(folder).isDirectory()).toBe(true);
});

test.each(['/proc/x', '/proc/x/sessions', '/proc/self/fd/x/y'])('%s ends with the reason and not never', (path) => {
	expect(() => makeFolders(path)).toThrow(/ENOENT/);
});

test('a file in the way is told', () => {
	const file = join(scratch(), 'file');
	writeFileSync(file, '');
	expect(() => makeFolders(file)).toThrow(/EEXIST/);
	expect(() => makeFolders(join(file, 'below'))).toThrow(/ENOTDIR|EEXIST/);
});
