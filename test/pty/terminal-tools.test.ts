import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ToolDraft } from '../fixtures/tools.ts';
import { expectFrame, openConsole, pointAtTool, runTool } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { run, scratchFolder, sessionIn } from '../support/program.ts';
import { readSession } from '../support/read-session.ts';
import { Terminal } from '../support/terminal.ts';
import { Marker } from '../support/traces.ts';
import { userTools } from '../support/user-tools.ts';

const lacking = needs({ program: 'tmux' });
const lackOfHtop = lacking ?? needs({ program: 'htop' });

/** A tool of the user's own, which is a shell on the terminal. */
const onTerminal = (script: string): ToolDraft => ({
	output: { class: 'terminal' },
	providers: [{ via: 'classic', run: ['sh', '-c', script], package: 'none' }],
});

const ownTools: Record<string, ToolDraft> = {
	sleeper: onTerminal('echo SLEEPING; exec sleep 1000'),
	listener: onTerminal('echo LISTENING; read -r line; echo "GOT $line END"; sleep 2'),
	wrecker: onTerminal(
		"printf '\\033[?1049h\\033[?1003h\\033[?1006h\\033[?25lWRECKING'; stty raw -echo; sleep 1; kill -9 $$",
	),
	failing: onTerminal('echo "no such thing as this" >&2; exit 3'),
	stubborn: onTerminal("trap '' TERM INT HUP; echo STUBBORN; while :; do sleep 0.2; done"),
};

const size = { columns: 130, rows: 30 };

describe.skipIf(lacking)(titled('A tool that takes the whole terminal', lacking), () => {
	const marker = new Marker();
	const files = new DisposableStack();
	let scratch: string;
	let env: Record<string, string>;

	beforeAll(() => {
		scratch = files.use(scratchFolder()).path;
		env = { ...userTools(scratch, ownTools), ...marker.env };
	});
	afterEach(() => marker.killAll());
	afterAll(() => files.dispose());

	test.skipIf(lackOfHtop)(
		titled('has it for itself, and gives it back with all that was there: htop', lackOfHtop),
		async () => {
			using sessions = scratchFolder();
			await using terminal = new Terminal();
			await openConsole(terminal, sessions.path, { ...size, env });
			await runTool(terminal, 'vmstat');
			await terminal.waitFor(/vmstat · classic · [1-9]\d*s of 60s · complete · .*?(\d+) rows/);
			await runTool(terminal, 'htop');
			await terminal.waitFor(/F1Help.*F10Quit/);
			const held = marker.processes().find(({ argv }) => argv[0]?.endsWith('/htop'));
			const [group, foreground, parent] = statOf(held?.pid as number);
			expect(group).toBe(foreground);
			expect(statOf(parent as number)[0]).toBe(group);
			for (const file of [0, 1, 2])
				expect(execFileSync('readlink', [`/proc/${held?.pid}/fd/${file}`], { encoding: 'utf8' })).toMatch(
					/^\/dev\/pts\//,
				);

			const other = { columns: 120, rows: 36 };
			await terminal.resize(other);
			await terminal.waitFor(/F1Help.*F10Quit/);
			expect(await terminal.screen()).not.toContain('bpftools · ');
			await terminal.press('q');
			await terminal.waitFor(/^htop has ended\.$/m);
			await expectFrame(terminal, other, /htop has ended/);
			const [, rows] = await terminal.waitFor(/vmstat · classic · \d+s of 60s · complete · .*?(\d+) rows/);
			expect(Number(rows)).toBeGreaterThan(1);
			// Keys and the mouse are the console's again.
			await terminal.press('?');
			await terminal.waitFor(/1 to \d+ of \d+ lines/);
			await expectFrame(terminal, other);
			expect(await terminal.ask('#{alternate_on} #{mouse_any_flag} #{cursor_flag}')).toBe('1 1 0');
			await terminal.press('Q');
			expect(await terminal.ended()).toBe(0);

			const events = readSession(sessionIn(sessions.path)).events.filter(({ tool }) => tool === 'htop');
			const argv = [expect.stringMatching(/^\/.*\/htop$/)];
			expect(events).toMatchObject([
				{ type: 'run-started', terminal: true, argv, target: 'host' },
				{ type: 'run-ended', terminal: true, argv, state: { state: 'ended', code: 0, signal: null } },
			]);
			const end = events[1] as unknown as { started: string; seconds: number; at: string };
			expect(end.seconds).toBeGreaterThan(0);
			expect(Date.parse(end.started)).toBeLessThan(Date.parse(end.at));
		},
	);

	test('gets every key, and the console none of them', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'listener');
		await terminal.waitFor(/LISTENING/);
		// One by one, as somebody types; without blanks, which a screen does not show at the end of a line.
		const text = 'Q?tXq,more-keys-that-would-do-something.'.repeat(4);
		for (const part of text.match(/.{1,4}/g) ?? []) await terminal.type(part);
		await terminal.press('Enter');
		await eventually(
			'the tool has read all of it',
			async () => {
				const screen = (await terminal.screen()).replaceAll('\n', '');
				return screen.includes(`GOT ${text} END`);
			},
			10,
			() => terminal.screen(),
		);
		await terminal.waitFor(/^listener has ended\.$/m);
		await expectFrame(terminal, size, /listener has ended/);
		expect(await terminal.screen()).toContain('Run next');
	});

	test('is ended by Ctrl-C and not the console with it', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'sleeper');
		await terminal.waitFor(/SLEEPING/);
		await terminal.press('C-c');
		await terminal.waitFor(/^sleeper was ended by SIGINT\.$/m);
		await expectFrame(terminal, size, /SIGINT/);
		await terminal.press('?');
		await terminal.waitFor(/1 to \d+ of \d+ lines/);
	});

	test('that is killed leaves no mess behind', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'wrecker');
		await terminal.waitFor(/WRECKING/);
		await terminal.waitFor(/^wrecker was ended by SIGKILL\.$/m);
		await expectFrame(terminal, size, /SIGKILL/);
		await terminal.press('q');
		expect(await terminal.ended()).toBe(0);
		await expectSaneTerminal(terminal);
	});

	test('that fails at once says why, until somebody has read it', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'failing');
		await terminal.waitFor(/no such thing as this\s+failing ended with exit code 3\. Enter brings the console back\./);
		await terminal.press('Enter');
		await terminal.waitFor(/Run next/);
		await expectFrame(terminal, size, /failing ended with exit code 3\./);
	});

	for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
		for (const tool of ['sleeper', 'stubborn', ...(lackOfHtop ? [] : ['htop'])]) {
			test(`ends when the console gets ${signal}, and the terminal is as it was: ${tool}`, async () => {
				using sessions = scratchFolder();
				await using terminal = new Terminal();
				await openConsole(terminal, sessions.path, { ...size, env });
				await runTool(terminal, tool);
				await terminal.waitFor(/SLEEPING|STUBBORN|F10Quit/);
				const shell = await terminal.shell();
				const console = marker.processes().find(({ parent }) => parent === shell)?.pid as number;
				process.kill(console, signal);
				expect(await terminal.ended()).toBe(0);
				await expectSaneTerminal(terminal);
				await eventually('nothing is left running', () => marker.processes().every(({ pid }) => pid === shell));
				const { events } = readSession(sessionIn(sessions.path));
				expect(events.find(({ type }) => type === 'run-ended')).toMatchObject({ tool });
				expect(events.at(-1)).toMatchObject({ type: 'console-ended', why: signal });
			});
		}
	}

	test('ends when the console is killed outright', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'stubborn');
		await terminal.waitFor(/STUBBORN/);
		const shell = await terminal.shell();
		const console = marker.processes().find(({ parent }) => parent === shell)?.pid as number;
		process.kill(console, 'SIGKILL');
		await eventually('nothing is left running', () => marker.processes().every(({ pid }) => pid === shell));
	});

	test.skipIf(lackOfHtop)(titled('shows its parameters first, where it has some: htop', lackOfHtop), async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await pointAtTool(terminal, 'htop');
		await terminal.press('Enter');
		await terminal.waitFor(/▸ pid +Only this process/);
		expect(await terminal.screen()).not.toContain('duration');
		await terminal.type('1');
		await terminal.waitFor(/^\/\S*htop -p 1$/m);
		await terminal.press('Enter');
		await terminal.waitFor(/F10Quit/);
		await terminal.press('F10');
		await terminal.waitFor(/^htop has ended\.$/m);
	});

	const lackOfPerf = lacking ?? needs({ program: 'perf' });
	test.skipIf(lackOfPerf)(titled('opens what a run has recorded: perf report', lackOfPerf), async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'vmstat');
		await terminal.waitFor(/vmstat · classic/);
		await terminal.press('O');
		await terminal.waitFor(/^Nothing is kept of vmstat that another program shows\.$/m);
		await runTool(terminal, 'profile');
		await terminal.waitFor(/profile · perf · .* · [1-9]\d* rows/, 30);
		await terminal.press('O');
		await terminal.waitFor(/^Samples: \d+.*\n +Overhead +Command +Shared Object/m);
		await terminal.press('q');
		await terminal.waitFor(/^perf report has ended\.$/m);
		await expectFrame(terminal, size, /perf report has ended/);
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);
		const folder = sessionIn(sessions.path);
		const shown = readSession(folder).events.find(({ shows }) => shows !== undefined);
		expect(shown).toMatchObject({ type: 'run-started', tool: 'profile', terminal: true });
		expect(shown?.shows).toBe(join(folder, 'runs/02-profile/perf.data'));
	});
});

test('bpftools run refuses a tool that takes the whole terminal, in a sentence', async () => {
	const { code, stdout, stderr } = await run(['run', 'htop']);
	expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
	expect(stderr).toBe('bpftools: htop takes the whole terminal; start it in the console: bpftools tui.\n');
});

/** Its process group, the one in the foreground of its terminal, and its parent. */
function statOf(pid: number): number[] {
	const fields = readFileSync(join('/proc', String(pid), 'stat'), 'utf8')
		.replace(/^.*\) /, '')
		.split(' ');
	return [2, 5, 1].map((field) => Number(fields[field]));
}

async function expectSaneTerminal(terminal: Terminal): Promise<void> {
	expect(await terminal.ask('#{alternate_on} #{mouse_any_flag} #{cursor_flag}')).toBe('0 0 1');
	const screen = await terminal.screen();
	for (const setting of ['icanon', 'echo', 'isig', 'icrnl', 'opost'])
		expect(screen).toMatch(new RegExp(`(^| )${setting}( |;|$)`, 'm'));
}
