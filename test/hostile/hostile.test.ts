import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ToolDraft } from '../fixtures/tools.ts';
import { expectFrame, openConsole, runTool } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, type Result, run, scratchFolder, start } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { keepingStats, Marker } from '../support/traces.ts';
import { fixture, fixturePrograms, userTools, writeTool } from '../support/user-tools.ts';

const size = { columns: 150, rows: 30 };
const lackOnScreen = needs({ program: 'tmux' });

const ownTools: Record<string, ToolDraft> = {
	absolute: fixture(join(fixturePrograms, 'prints-nothing')),
	escapes: fixture('prints-escapes'),
	'long-lines': fixture('prints-long-lines'),
	flood: fixture('floods'),
	nothing: fixture('prints-nothing'),
	dying: fixture('dies-at-once'),
	missing: fixture('no-such-program'),
	stubborn: fixture('ignores-signals'),
	forking: fixture('forks'),
	stuck: { providers: [{ via: 'classic', run: ['floods'], through: ['stops-reading'], package: 'none' }] },
};

const marker = new Marker();
const files = new DisposableStack();
let scratch: string;
let env: Record<string, string>;

beforeAll(() => {
	scratch = files.use(scratchFolder()).path;
	files.use(keepingStats());
	env = { ...userTools(scratch, ownTools), ...marker.env };
});

afterEach(() => marker.killAll());

afterAll(() => files.dispose());

describe('bpftools run, with a tool that', () => {
	test('prints escape sequences: none of them reaches the terminal', async () => {
		const { code, stdout, stderr } = await runOwn('escapes', '--duration', '1');
		expect(code).toBe(0);
		expect(stdout).toMatch(/^PRINTED clear moved$/m);
		expect(stdout).toMatch(/^PRINTED title$/m);
		expect(stdout).toMatch(/^PRINTED bidi ·desrever· ·isolated·$/m);
		expect(stdout).toMatch(/^PRINTED invalid \ufffd/m);
		expect(stderr).toContain('to the log ·]0;STOLEN··[2J');
		expectHarmless(stdout);
		expectHarmless(stderr);
	});

	test('prints lines of a megabyte: each is cut, and the next one is a row again', async () => {
		const { code, stdout, stderr } = await runOwn('long-lines', '--format', 'ndjson');
		expect(code).toBe(0);
		const rows = stdout.trimEnd().split('\n').map(textOfRow);
		expect(rows.map((text) => text.slice(0, 7))).toEqual(['line 1 ', 'line 2 ', 'line 3 ', 'line 4 ', 'the las']);
		for (const text of rows) expect(text.length).toBeLessThanOrEqual(64 * 1024);
		expect(stderr).toMatch(/^evidence: complete/m);
	});

	test('floods: it ends at its limit, and every line of the output is a whole row', async () => {
		const { code, stdout } = await runOwn('flood', '--duration', '1');
		expect(code).toBe(0);
		expect(new Set(stdout.split('\n'))).toEqual(new Set(['one row of a flood that does not end by itself', '']));
	});

	test('prints nothing: it is complete, with no rows', async () => {
		const { code, stdout, stderr } = await runOwn('nothing');
		expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
		expect(stderr).toMatch(/^evidence: complete, the command reported no error$/m);
		expect(stderr).toMatch(/; 0 rows$/m);
	});

	test('dies at once: it is blind, with its exit code', async () => {
		const { code, stdout, stderr } = await runOwn('dying');
		expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
		expect(stderr).toMatch(/^evidence: blind, it ended with exit code 3 and printed no rows$/m);
	});

	test('is not installed: one sentence names it and its package', async () => {
		const { code, stdout, stderr } = await runOwn('missing');
		expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
		expect(stderr).toBe(
			"bpftools: missing can't run here: classic: no-such-program is not installed (package none).\n",
		);
	});

	test('is named by its absolute path: it runs', async () => {
		expect(await runOwn('absolute')).toMatchObject({ code: 0 });
	});

	test('ignores SIGINT and SIGTERM: it is killed', async () => {
		const { stdout } = await runOwn('stubborn', '--duration', '1');
		expect(stdout).toBe('I stay\n');
		await expectNoProcesses();
	});

	test('has started another program: that ends with it', async () => {
		const { stdout } = await runOwn('forking', '--duration', '1');
		expect(stdout).toMatch(/^grandchild \d+$/m);
		await expectNoProcesses();
	});

	test('has started another program: that ends when bpftools is killed outright, too', async () => {
		const { child, output, ended } = start([...bpftools, 'run', 'forking'], { env: { ...process.env, ...env } });
		await eventually('the grandchild runs', () => /grandchild \d+/.test(output.stdout));
		child.kill('SIGKILL');
		await ended;
		await expectNoProcesses();
	});

	test('writes to a program that stops reading: both end at the limit', async () => {
		const { stdout } = await runOwn('stuck', '--duration', '1');
		expect(stdout).toBe('one row of a flood that does not end by itself\n');
		await expectNoProcesses();
	});
});

describe.skipIf(lackOnScreen)(titled('The console, with a tool that', lackOnScreen), () => {
	test('prints escape sequences: the screen stays whole, and they are left out', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		const title = await terminal.ask('#{pane_title}');
		const bytes = join(sessions.path, 'bytes');
		await terminal.recordInto(bytes);
		await runTool(terminal, 'escapes');
		await terminal.waitFor(/PRINTED clear moved/);
		await terminal.waitFor(/PRINTED title *$/m);
		await terminal.waitFor(/escapes · classic · \d+s of 60s · .*\d{2,} rows/);
		await expectFrame(terminal, size);
		expect(await terminal.ask('#{pane_title}')).toBe(title);
		expect(await terminal.ask('#{alternate_on}')).toBe('1');
		expectHarmlessScreen(readFileSync(bytes, 'utf8'));
		await leave(terminal);
	});

	test('floods: keys answer, and it can be stopped', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'flood');
		await terminal.waitFor(/flood · classic · .* rows \(\d+ no longer held\)/);
		await terminal.press('?');
		await terminal.waitFor(/1 to \d+ of \d+ lines/);
		await terminal.press('q', '/');
		await terminal.type('!flood');
		await terminal.waitFor(/filter: !flood_ +\([1-9]\d* rows hidden\)/);
		await terminal.press('Escape');
		await expectFrame(terminal, size);
		await terminal.press('x');
		await terminal.waitFor(/flood · classic · stopped/);
		await leave(terminal);
		await expectNoProcesses();
	});

	test('is not installed, or prints nothing, or dies at once: the screen says which', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'missing');
		await terminal.waitFor(/missing can't run here: classic: no-such-program is not installed \(package none\)/);
		await terminal.press('Escape');
		await runTool(terminal, 'nothing');
		await terminal.waitFor(/nothing · classic · ended · complete · .*no rows/);
		await terminal.waitFor(/No rows: the command reported no error\./);
		await terminal.press('q');
		await runTool(terminal, 'dying');
		await terminal.waitFor(/dying · classic · ended with exit code 3 · blind · .*no rows/);
		await terminal.waitFor(/blind: it ended with exit code 3 and printed no rows/);
		await leave(terminal);
	});

	test('prints raw bytes to the terminal of bpftools run: they are harmless, too', async () => {
		await using terminal = new Terminal();
		const bytes = join(scratch, 'raw-bytes');
		await terminal.start([...bpftools, 'run', 'escapes', '--format', 'raw', '--duration', '1'], { ...size, env });
		await terminal.recordInto(bytes);
		const title = await terminal.ask('#{pane_title}');
		expect(await terminal.ended()).toBe(0);
		expect(await terminal.ask('#{pane_title}')).toBe(title);
		expectHarmlessScreen(readFileSync(bytes, 'utf8'));
	});
});

const lackOfTools = needs('root', { tool: 'opensnoop', via: 'libbpf' }, { tool: 'pidstat', via: 'classic' });

describe.skipIf(lackOfTools)(titled('A program whose name would set the title of the window', lackOfTools), () => {
	const name = '\x1b]0;STOLEN\x07';
	const shown = '·]0;STOLEN·';
	const resources = new DisposableStack();

	beforeAll(() => {
		resources.use(keepingStats());
		const folder = resources.use(scratchFolder()).path;
		const program = join(folder, name);
		copyFileSync('/bin/sh', program);
		const busy = 'while :; do n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); done; : </dev/null; done';
		for (let count = 0; count < 6; count++) {
			const { child } = start([program, '-c', busy], { stdio: 'ignore' });
			resources.defer(() => child.kill('SIGKILL'));
		}
	});

	afterAll(() => resources.dispose());

	for (const tool of ['opensnoop', 'pidstat']) {
		test(`is a row of ${tool} with its name made harmless`, async () => {
			const { stdout, stderr } = await run(['run', tool, '--duration', '3']);
			expect(stdout).toContain(shown);
			expectHarmless(stdout);
			expectHarmless(stderr);
		});
	}

	test('is a suspect of the checks with its name made harmless', async () => {
		const { stdout } = await run(['check', 'cpu']);
		expect(stdout).toContain(shown);
		expectHarmless(stdout);
		const { readings } = JSON.parse((await run(['check', 'cpu', '--json'])).stdout) as {
			readings: { suspects: string[] }[];
		};
		const suspects = readings.flatMap((reading) => reading.suspects).join('\n');
		expect(suspects).toContain(shown);
		expectHarmless(suspects);
	});

	test.skipIf(lackOnScreen)(titled('leaves the screen of the console whole', lackOnScreen), async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, size);
		const title = await terminal.ask('#{pane_title}');
		const bytes = join(sessions.path, 'bytes');
		await terminal.recordInto(bytes);
		await terminal.press('Home', 'Right', 'd');
		await terminal.waitFor(/·\]0;STOLEN·/);
		await terminal.press('q');
		await runTool(terminal, 'pidstat');
		await terminal.waitFor(/pidstat · classic .*\n.*command.*\n.*·\]0;STOLEN·/);
		await expectFrame(terminal, size);
		expect(await terminal.ask('#{pane_title}')).toBe(title);
		expectHarmlessScreen(readFileSync(bytes, 'utf8'));
		await leave(terminal);
	});
});

test('A bad tool.yaml is named with its line and reason, and the others work', async () => {
	using folder = scratchFolder();
	const home = userTools(folder.path, { good: fixture('prints-nothing') });
	const wrong = writeTool(folder.path, 'wrong', 'title: A tool\nquestion: What?\nresource: cpus\n');
	const torn = writeTool(folder.path, 'torn', 'title: A tool\nquestion: [What?\nresource: cpu\n');
	const { code, stdout, stderr } = await run(['list'], { env: { ...process.env, ...home } });
	expect(code).toBe(0);
	expect(stderr).toMatch(new RegExp(`^${wrong}:3: resource: .*cpu`, 'm'));
	expect(stderr).toMatch(new RegExp(`^${torn}:\\d: .+`, 'm'));
	expect(stdout).toMatch(/^good +software +classic/m);
	expect(stdout).toMatch(/^vmstat /m);
	expect(stdout).not.toMatch(/^(wrong|torn) /m);
	expect((await run(['run', 'good'], { env: { ...process.env, ...home } })).code).toBe(0);
});

function runOwn(tool: string, ...args: string[]): Promise<Result> {
	return run(['run', tool, ...args], { env: { ...process.env, ...env } });
}

async function leave(terminal: Terminal): Promise<void> {
	await terminal.press('Q');
	await terminal.ended();
}

async function expectNoProcesses(): Promise<void> {
	const left = () => marker.processes();
	await eventually(
		'no process is left',
		() => left().length === 0,
		15,
		() => JSON.stringify(left(), null, 2),
	);
}

/** Nothing that a terminal obeys, and nothing that turns text around. */
function expectHarmless(text: string): void {
	expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
}

/** The console's own sequences move the cursor and change colours; a tool's do all sorts of other things. */
function expectHarmlessScreen(bytes: string): void {
	expect(bytes.length).toBeGreaterThan(0);
	expect(bytes).not.toMatch(/\x1b[\]kc]|\x1b\[2J|\x1b\[10;10H|\x1b\[31;7m|\x07|\x08|\x0c|[\x80-\x9f]/);
	expect(bytes).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
}

function textOfRow(line: string): string {
	return String(Object.values(JSON.parse(line) as object)[0]);
}
