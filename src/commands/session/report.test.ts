import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeSession, readingWith, secondOf } from '../../../test/support/made-session.ts';
import { UsageError } from '../../catalog/argv.ts';
import { reportCommand } from './report.ts';

function sessions(about: object = {}): string {
	const parent = mkdtempSync(join(tmpdir(), 'report-'));
	onTestFinished(() => rmSync(parent, { recursive: true }));
	makeSession(join(parent, 'one'), secondOf(0, [readingWith({})], [readingWith({})]), [], about);
	return parent;
}

async function report(...args: string[]): Promise<string> {
	let text = '';
	const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
		text += chunk;
		return true;
	});
	try {
		expect(await reportCommand.run(args)).toBe(0);
	} finally {
		write.mockRestore();
	}
	return text;
}

test('names the two files, in the session or where they are wanted', async () => {
	const parent = sessions();
	const beside = await report('one', '--session-dir', parent);
	expect(beside).toBe(`${join(parent, 'one/report.md')}\n${join(parent, 'one/report.html')}\n`);
	const out = join(parent, 'out');
	expect(await report(join(parent, 'one'), '--out', out)).toContain(join(out, 'report.html'));
	expect(readdirSync(out).sort()).toEqual(['report.html', 'report.md']);
});

test('a report is written again over the old one', async () => {
	const parent = sessions();
	const first = await report('one', '--session-dir', parent);
	expect(await report('one', '--session-dir', parent)).toBe(first);
	expect(readdirSync(join(parent, 'one')).sort()).toEqual([
		'events.ndjson',
		'report.html',
		'report.md',
		'session.json',
	]);
});

test('says in a sentence what is in the way', async () => {
	const parent = sessions();
	writeFileSync(join(parent, 'file'), '');
	await expect(report('two', '--session-dir', parent)).rejects.toThrow(UsageError);
	await expect(report('one', '--session-dir', parent, '--out', join(parent, 'file'))).rejects.toThrow(
		/^The report can't be written: .*\.$/,
	);
	await expect(report('one', '--session-dir', sessions({ format: 2 }))).rejects.toThrow(/newer bpftools \(format 2/);
});
