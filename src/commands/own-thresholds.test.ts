import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { UsageError } from '../catalog/argv.ts';
import { limits, ruleOf, setThreshold } from '../checks/thresholds.ts';
import { readOwnThresholds, thresholdsFile } from './own-thresholds.ts';

function withFile(text: string): void {
	const folder = mkdtempSync(join(tmpdir(), 'thresholds-'));
	vi.stubEnv('XDG_CONFIG_HOME', folder);
	mkdirSync(join(folder, 'bpftools'));
	writeFileSync(thresholdsFile(), text);
	onTestFinished(() => {
		setThreshold('cpu.busy', { warn: 85, bad: 95 });
		vi.unstubAllEnvs();
		rmSync(folder, { recursive: true, force: true });
	});
}

test('numbers in the file are in force, and said to be the user’s', async () => {
	withFile('cpu.busy: { warn: 60 }\n');
	await readOwnThresholds();
	expect(limits('cpu.busy')).toEqual({ warn: 60, bad: 95 });
	expect(ruleOf({ limits: ['cpu.busy'] })).toMatch(/^Warn from 60 %, bad from 95 % \(set by you; else netdata/);
});

test('without a file, or with an empty one, all stays as it is', async () => {
	vi.stubEnv('XDG_CONFIG_HOME', '/nonexistent');
	onTestFinished(() => {
		vi.unstubAllEnvs();
	});
	await readOwnThresholds();
	withFile('# nothing yet\n');
	await readOwnThresholds();
	expect(limits('cpu.busy')).toEqual({ warn: 85, bad: 95 });
});

test.each([
	['cpu.bussy: { warn: 60 }', 'there is no threshold "cpu.bussy"; did you mean cpu.busy?'],
	['zzz: { warn: 60 }', 'there is no threshold "zzz"; "bpftools check --explain" names them.'],
	['cpu.busy: 60', 'cpu.busy takes warn: NUMBER and bad: NUMBER.'],
	['cpu.busy: {}', 'cpu.busy takes warn: NUMBER and bad: NUMBER.'],
	['cpu.busy: { warn: much }', 'cpu.busy takes warn: NUMBER and bad: NUMBER.'],
	['cpu.busy: { worst: 3 }', 'cpu.busy takes warn: NUMBER and bad: NUMBER.'],
	['memory.least: { warn: 3 }', 'memory.least takes bad: NUMBER.'],
	['- cpu.busy', 'holds lines like "cpu.busy: { warn: 90, bad: 97 }", and this is none.'],
	['cpu.busy: { warn: 60', 'thresholds.yaml: '],
])('a file that says "%s" is refused in a sentence that names it', async (text, sentence) => {
	withFile(text);
	await expect(readOwnThresholds()).rejects.toThrow(UsageError);
	await expect(readOwnThresholds()).rejects.toThrow(sentence);
	await expect(readOwnThresholds()).rejects.toThrow(thresholdsFile());
});
