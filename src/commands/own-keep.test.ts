import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { UsageError } from '../catalog/argv.ts';
import { usualKeep } from '../session/keep.ts';
import { keepFile, readOwnKeep } from './own-keep.ts';

function withFile(text: string | undefined): void {
	const folder = mkdtempSync(join(tmpdir(), 'keep-'));
	vi.stubEnv('XDG_CONFIG_HOME', folder);
	mkdirSync(join(folder, 'bpftools'));
	if (text !== undefined) writeFileSync(keepFile(), text);
	onTestFinished(() => {
		vi.unstubAllEnvs();
		rmSync(folder, { recursive: true, force: true });
	});
}

test('what the file says counts, and the rest is as usual', async () => {
	withFile('folder-megabytes: 500\ndays: 7\n');
	expect(await readOwnKeep()).toEqual({ ...usualKeep, folderBytes: 500 * 1024 ** 2, days: 7 });
});

test.each([undefined, '', '# nothing yet\n'])(
	'without a file, or with an empty one (%j), all is as usual',
	async (text) => {
		withFile(text);
		expect(await readOwnKeep()).toEqual(usualKeep);
	},
);

test.each([
	['day: 7', 'there is no "day"; did you mean days?'],
	['days: -1', 'days takes a number above 0.'],
	['days: soon', 'days takes a number above 0.'],
	['constructor: 1', 'there is no "constructor"; there are session-megabytes, folder-megabytes, days.'],
	['7', 'holds lines like "folder-megabytes: 500", and this is none.'],
])('%j is refused with a sentence', async (text, sentence) => {
	withFile(text);
	const separator = sentence.startsWith('holds') ? ' ' : ': ';
	await expect(readOwnKeep()).rejects.toThrow(new UsageError(`${keepFile()}${separator}${sentence}`));
});
