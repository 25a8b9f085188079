import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { UsageError } from '../../catalog/argv.ts';
import type { Reading } from '../../checks/check.ts';
import { Recorder } from '../../session/recorder.ts';
import { writerOf } from '../../session/writer.ts';
import { lsCommand } from './ls.ts';
import { rmCommand } from './rm.ts';
import { showCommand } from './show.ts';

function sessionsFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'sessions-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

const about = { program: 'bpftools', host: { hostname: 'box\u001b[2J', kernel: '6.12.0' }, target: 'host' };

function recorded(parent: string): Recorder {
	const recorder = new Recorder(parent, about);
	const reading: Reading = {
		check: 'disk.latency',
		resource: 'disk',
		kind: 'saturation',
		device: 'vda',
		value: 90,
		unit: 'ms',
		verdict: 'warn',
		why: 'vda takes 90 ms.',
		suspects: [],
	};
	recorder.event('verdict', { reading });
	return recorder;
}

/** What a command prints. */
async function printed(run: () => Promise<number>): Promise<string> {
	let text = '';
	const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
		text += chunk;
		return true;
	});
	try {
		await run();
	} finally {
		write.mockRestore();
	}
	return text;
}

const nameOf = ({ folder }: Recorder) => folder.split('/').at(-1) as string;

describe('session ls', () => {
	test('lists what is there, also what it can not read, and lets no name command the terminal', async () => {
		const parent = sessionsFolder();
		recorded(parent).close();
		mkdirSync(join(parent, 'z-newer'));
		writeFileSync(join(parent, 'z-newer/session.json'), JSON.stringify({ format: 99, ...about }));
		mkdirSync(join(parent, 'no-session'));
		const text = await printed(() => lsCommand.run(['--session-dir', parent]));
		expect(text.split('\n')).toHaveLength(4);
		expect(text).toMatch(/ box·\[2J +host +0 +warn .* in order/);
		expect(text).toMatch(/z-newer .* was written by a newer bpftools \(format 99; this one reads up to 1\)/);
		expect(text).not.toContain('\u001b');
	});

	test('of nothing says so', async () => {
		const parent = sessionsFolder();
		expect(await printed(() => lsCommand.run(['--session-dir', parent]))).toBe(`There is no session in ${parent}.\n`);
		expect(await printed(() => lsCommand.run(['--session-dir', join(parent, 'absent'), '--json']))).toBe('[]\n');
	});
});

describe('session show', () => {
	test('tells the story, that it has no end yet, and what is torn', async () => {
		const parent = sessionsFolder();
		const recorder = recorded(parent);
		onTestFinished(() => recorder.close());
		writeFileSync(join(recorder.folder, 'events.ndjson'), '{"at":"2026-', { flag: 'a' });
		const text = await printed(() => showCommand.run([nameOf(recorder), '--session-dir', parent]));
		expect(text).toMatch(/^box·\[2J, Linux 6\.12\.0, host\. .* It did not end in order/);
		expect(text).toMatch(/\d\d:\d\d:\d\dZ {2}disk saturation is warn: vda takes 90 ms\.\n/);
		expect(text).toContain('events.ndjson line 2 is torn and was skipped.');
		const json = await printed(() => showCommand.run([recorder.folder, '--json']));
		expect(JSON.parse(json)).toMatchObject({ story: [{ type: 'verdict' }], warnings: [expect.any(String)] });
	});

	test('of none that there is names one that is near', async () => {
		const parent = sessionsFolder();
		mkdirSync(join(parent, 'before'));
		writeFileSync(join(parent, 'before/session.json'), '{"format":1}');
		await expect(showCommand.run(['befor', '--session-dir', parent])).rejects.toThrow(/did you mean before\?/);
		await expect(showCommand.run([])).rejects.toThrow(UsageError);
	});
});

describe('session rm', () => {
	const remove = (parent: string, ...args: string[]) =>
		printed(() => rmCommand.run([...args, '--yes', '--session-dir', parent]));

	test('removes what is named and closed, and nothing when one of them is still written', async () => {
		const parent = sessionsFolder();
		const [closed, open] = [recorded(parent), recorded(parent)];
		closed.close();
		await expect(remove(parent, nameOf(closed), nameOf(open))).rejects.toThrow(
			new UsageError(`${nameOf(open)} is still written by process ${process.pid}; quit that console first.`),
		);
		expect(readdirSync(parent)).toHaveLength(2);
		await remove(parent, nameOf(closed));
		expect(readdirSync(parent)).toEqual([nameOf(open)]);
		open.close();
		await remove(parent, nameOf(open));
		expect(readdirSync(parent)).toEqual([]);
	});

	test('follows no way out of the folder', async () => {
		const parent = sessionsFolder();
		const elsewhere = recorded(sessionsFolder());
		elsewhere.close();
		symlinkSync(elsewhere.folder, join(parent, 'link'));
		for (const name of ['link', '..', '.', elsewhere.folder, `../${nameOf(elsewhere)}`, ''])
			await expect(remove(parent, name), name).rejects.toThrow(UsageError);
		expect(existsSync(join(elsewhere.folder, 'session.json'))).toBe(true);
	});

	test('a console that can not be seen from here shows by what it wrote last', () => {
		const parent = sessionsFolder();
		const recorder = recorded(parent);
		const copy = join(parent, 'copy');
		cpSync(recorder.folder, copy, { recursive: true });
		recorder.close();
		expect(writerOf(recorder.folder)).toBeUndefined();
		expect(writerOf(copy)).toBe('by a console elsewhere');
		const minuteAgo = Date.now() / 1000 - 60;
		utimesSync(join(copy, 'events.ndjson'), minuteAgo, minuteAgo);
		expect(writerOf(copy)).toBeUndefined();
	});
});
