import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rawBytesOf } from '../../src/session/raw-output.ts';
import { readStory } from '../../src/session/story.ts';
import { expectFrame, openConsole, runTool, verdicts } from '../support/console-screen.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, run, scratchFolder, sessionIn } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { fixture, userTools } from '../support/user-tools.ts';

const size = { columns: 120, rows: 36 };
const lack = needs({ program: 'tmux' });
const lackOfMounts = lack ?? needs('root', { program: 'mount' });

const toldOf = async (session: string) => (await run(['session', 'show', session])).stdout.replace(/\s+/g, ' ');

describe.skipIf(lack)(titled('A console', lack), () => {
	test('saves its screen with P, stops recording with w and goes on with it, and the session tells', async () => {
		using scratch = scratchFolder();
		await using terminal = new Terminal();
		const sessions = join(scratch.path, 'sessions');
		await openConsole(terminal, sessions, size);
		await terminal.waitFor(/ · \S+ +rec · nothing runs$/m);
		await terminal.press('?');
		await terminal.waitFor(/1 to \d+ of \d+ lines/);
		const seen = await terminal.lines();
		await terminal.press('P');
		await terminal.waitFor(/Saved: .*\/screens\/01\.txt/);
		const session = sessionIn(sessions);
		const saved = readFileSync(join(session, 'screens/01.txt'), 'utf8').split('\n');
		expect(saved.slice(1, -1).map((line) => line.trimEnd())).toEqual(seen.slice(1, -1));
		expect(saved[0]).toMatch(/^bpftools · /);

		await terminal.press('Escape', 'w');
		await terminal.waitFor(/Recording is off; what was recorded stays\./);
		await terminal.waitFor(/ rec off · nothing runs$/m);
		const events = readFileSync(join(session, 'events.ndjson'), 'utf8');
		await terminal.press('s', 'P');
		await terminal.waitFor(/Nothing is recorded/);
		await runTool(terminal, 'vmstat');
		await terminal.waitFor(/vmstat · classic · [2-9]s of 60s/);
		expect(readFileSync(join(session, 'events.ndjson'), 'utf8')).toBe(events);
		expect(existsSync(join(session, 'runs'))).toBe(false);

		await terminal.press('w');
		await terminal.waitFor(/ rec · 1 run,/);
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);
		expect(await toldOf(session)).toMatch(
			/Saved: screens\/01\.txt\. .*Recording was turned off\. .*Recording is on again\. .*The console ended: quit\./,
		);
	});

	test('records nothing with --no-record, and says so', async () => {
		using scratch = scratchFolder();
		await using terminal = new Terminal();
		const sessions = join(scratch.path, 'sessions');
		await terminal.start([...bpftools, 'tui', '--no-record', '--session-dir', sessions], size);
		await terminal.waitFor(verdicts);
		await terminal.waitFor(/ not recorded · nothing runs$/m);
		await terminal.press('w');
		await terminal.waitFor(/Nothing is recorded that could be turned off\./);
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);
		expect(existsSync(sessions)).toBe(false);
	});
});

test.skipIf(lackOfMounts)(
	titled('On a disk that is full a console goes on and says so, and its session can be read', lackOfMounts),
	async () => {
		using scratch = scratchFolder();
		using disk = smallDisk();
		await using terminal = new Terminal();
		const env = userTools(scratch.path, { 'my-flood': fixture('floods') });
		await openConsole(terminal, disk.path, { ...size, env });
		await runTool(terminal, 'my-flood');
		await terminal.waitFor(/NOT RECORDING · 1 run/);
		await terminal.waitFor(/Recording has stopped: ENOSPC/);
		await terminal.waitFor(/my-flood · classic · [3-9]s of 60s/);
		await terminal.press('x');
		await terminal.waitFor(/my-flood · classic · stopped · complete/);
		await runTool(terminal, 'vmstat');
		await terminal.waitFor(/vmstat · classic · [2-9]s of 60s .* [1-9]\d* rows?/);
		await expectFrame(terminal, size);
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);

		const session = sessionIn(disk.path);
		expect(await run(['session', 'ls', '--session-dir', disk.path])).toMatchObject({
			code: 0,
			stdout: expect.stringMatching(/ 1 +\S+ .* in order/),
		});
		const told = await toldOf(session);
		expect(told).toMatch(/01-my-flood was started: .* Recording stopped: ENOSPC/);
		expect(told).not.toContain('did not end in order');
		const rows = await run(['session', 'convert', session, '1', '--to', 'csv'], { env: { ...process.env, ...env } });
		expect(rows.stdout).toMatch(/^(.*\n)?(.*one row of a flood that does not end by itself.*\n){100,}/);
		await terminal[Symbol.asyncDispose]();
		await using again = new Terminal();
		await again.start([...bpftools, 'session', 'replay', session], { ...size, env });
		await again.waitFor(/REPLAY · .* of /);
		await again.press('}');
		await again.waitFor(/my-flood · classic · .*[1-9]\d* rows/);
		expect(readdirSync(session)).not.toContain('.reserve');
	},
);

test.skipIf(lack)(
	titled('Two consoles in one folder keep out of each other’s way, at its bounds too', lack),
	async () => {
		using scratch = scratchFolder();
		const sessions = join(scratch.path, 'sessions');
		const env = userTools(scratch.path, { 'my-numbers': fixture('numbers'), 'my-nothing': fixture('prints-nothing') });
		// Of each run a megabyte is kept, so that two are too much.
		writeFileSync(join(scratch.path, 'bpftools/sessions.yaml'), 'session-megabytes: 4\nfolder-megabytes: 1.5\n');
		const record = (tool: string) =>
			run(['run', tool, '--record', '--session-dir', sessions, '--duration', '1'], {
				env: { ...process.env, ...env },
				stdio: ['ignore', 'ignore', 'pipe'],
			});
		const first = await record('my-numbers');
		expect(first.stderr).toMatch(/^01-my-numbers goes on; no more of its output is kept\.$/m);
		const [old = ''] = readdirSync(sessions);
		expect(rawBytesOf(join(sessions, old, 'runs/01-my-numbers'))).toBeGreaterThan(500_000);

		await using one = new Terminal();
		await using other = new Terminal();
		await Promise.all([one, other].map((terminal) => openConsole(terminal, sessions, { ...size, env })));
		await Promise.all([one, other].map((terminal) => runTool(terminal, 'my-numbers')));
		const isFull = /no more of its output is kept/;
		await Promise.all([one, other].map((terminal) => terminal.waitFor(isFull)));
		const both = readdirSync(sessions).filter((name) => name !== old);
		expect(both).toHaveLength(2);
		// What is being written stays, although the folder is too full.
		for (const name of both) expectWhole(join(sessions, name));
		for (const terminal of [one, other]) {
			await terminal.press('Q');
			expect(await terminal.ended()).toBe(0);
		}
		for (const name of both) expectWhole(join(sessions, name));
		const told = await Promise.all(both.map((name) => toldOf(join(sessions, name))));
		expect(told.join()).toMatch(/ To keep sessions within 1\.5M, \d\S+ of the oldest raw output went\. /);
		expect(await toldOf(join(sessions, old))).toMatch(/ Its output, \d\S+, has been dropped since\./);

		const last = await record('my-nothing');
		expect(last.stderr).toMatch(/^To keep sessions within 1\.5M, \d\S+ of the oldest raw output went\.$/m);
		const kept = both.filter((name) => rawBytesOf(join(sessions, name, 'runs/01-my-numbers')) > 0);
		const endOf = (name: string) => String(readStory(join(sessions, name)).session.ended);
		expect(kept).toEqual([both.toSorted((a, b) => endOf(a).localeCompare(endOf(b)))[1]]);
		const { stdout } = await run(['session', 'ls', '--session-dir', sessions]);
		expect(stdout.match(/ in order$/gm)).toHaveLength(4);
	},
);

/** Of its one run, a megabyte from the first line on. */
function expectWhole(session: string): void {
	const story = readStory(session);
	const text = readFileSync(join(story.runs[0]?.folder as string, 'output.log'), 'latin1');
	expect(text.length).toBeGreaterThan(500_000);
	const numbers = text
		.split('\n')
		.slice(0, -1)
		.map((line) => Number(line.split(' ')[0]));
	expect(numbers.findIndex((number, n) => number !== n)).toBe(-1);
}

/** A file system of 1 MB, gone when the test is over. */
function smallDisk(): { path: string } & Disposable {
	const folder = scratchFolder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder.path]);
	return {
		path: folder.path,
		[Symbol.dispose]() {
			execFileSync('umount', ['-l', folder.path]);
			folder[Symbol.dispose]();
		},
	};
}
