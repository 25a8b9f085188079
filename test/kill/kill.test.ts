import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openConsole, runTool } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, type Started, scratchFolder, sessionIn, start } from '../support/program.ts';
import { readSession } from '../support/read-session.ts';
import { Terminal } from '../support/terminal.ts';
import { keepingStats, loadedPrograms, Marker, programsHeldBy, statsEnabled } from '../support/traces.ts';

const lack = needs('root', { program: 'bpftool' }, { tool: 'opensnoop', via: 'libbpf' });
const lackOnScreen = lack ?? needs({ program: 'tmux' }, { tool: 'syserrors', via: 'bpftrace' });

/** What a killed console must not leave behind. */
interface Traces {
	marker: Marker;
	/** BPF programs that its tools held while they ran. */
	programs: number[];
	stats: string;
}

describe.skipIf(lackOnScreen)(titled('A console with a bpftrace and a libbpf tool', lackOnScreen), () => {
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		test(`stops both on ${signal}, undoes what it changed and gives the terminal back`, async () => {
			await using visit = await busyConsole();
			process.kill(visit.console, signal);
			expect(await visit.terminal.ended()).toBe(0);
			await expectNothingLeft(visit.traces, await visit.terminal.shell());
			await expectTerminalRestored(visit.terminal);
			expectWholeSession(visit.sessions, signal);
		});
	}

	test('stops both when its terminal is closed, and ends its session', async () => {
		await using visit = await busyConsole();
		await visit.terminal.close();
		await expectNothingLeft(visit.traces);
		expectWholeSession(visit.sessions, /SIGHUP|terminal closed/);
	});

	test('leaves nothing running when it is killed outright, and a session that can be read', async () => {
		await using visit = await busyConsole();
		process.kill(visit.console, 'SIGKILL');
		expect(await visit.terminal.ended()).toBe(128 + 9);
		await expectNothingLeft(visit.traces, await visit.terminal.shell());
		const session = readSession(sessionIn(visit.sessions));
		expect(session.session.ended).toBeNull();
		expect(session.runs.map(({ name }) => name)).toEqual(['01-syserrors', '02-opensnoop']);
		expect(outputOf(session.runs[1]?.folder)).toBeGreaterThan(0);
		expect(session.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['readings', 'run-started']));
	});

	test('leaves nothing running when the whole of its process group is killed outright', async () => {
		await using visit = await busyConsole();
		process.kill(-(await visit.terminal.shell()), 'SIGKILL');
		await expectNothingLeft(visit.traces);
		expect(readSession(sessionIn(visit.sessions)).session.ended).toBeNull();
	});

	test('stops both when the signal comes twice', async () => {
		await using visit = await busyConsole();
		process.kill(visit.console, 'SIGTERM');
		process.kill(visit.console, 'SIGTERM');
		expect(await visit.terminal.ended()).toBe(0);
		await expectNothingLeft(visit.traces, await visit.terminal.shell());
		expectWholeSession(visit.sessions, 'SIGTERM');
	});
});

/** Complete, or lossy: a reader that falls behind on a busy machine loses events, and the program says so. */
const trusted = [0, 1];

describe.skipIf(lack)(titled('bpftools run', lack), () => {
	test('ends on SIGINT like on Ctrl-C, with its evidence and nothing left', async () => {
		await using visit = await busyRun();
		visit.run.child.kill('SIGINT');
		const { code, stderr } = await visit.run.ended;
		expect(code).toBeOneOf(trusted);
		expect(stderr).toMatch(code === 0 ? /^evidence: complete, /m : /^evidence: lossy, /m);
		await expectNothingLeft(visit.traces);
	});

	test('ends when nobody reads its rows any more, without a word about the pipe', async () => {
		await using visit = await busyRun();
		visit.run.child.stdout?.destroy();
		const { code, stderr } = await visit.run.ended;
		expect(code).toBeOneOf(trusted);
		expect(stderr).toMatch(code === 0 ? /^evidence: complete, /m : /^evidence: lossy, /m);
		expect(stderr).not.toMatch(/EPIPE|Error|node:/);
		await expectNothingLeft(visit.traces);
	});

	test('ends when neither its rows nor its messages have a reader', async () => {
		await using visit = await busyRun();
		visit.run.child.stdout?.destroy();
		visit.run.child.stderr?.destroy();
		const { code } = await visit.run.ended;
		expect(code).toBeOneOf(trusted);
		await expectNothingLeft(visit.traces);
	});

	test('leaves nothing running when it is killed outright', async () => {
		await using visit = await busyRun();
		visit.run.child.kill('SIGKILL');
		expect(await visit.run.ended).toMatchObject({ signal: 'SIGKILL' });
		await expectNothingLeft(visit.traces);
	});

	test('stops its tool at the limit while the reader of its rows stands still', async () => {
		await using visit = await busyRun('3');
		visit.run.child.stdout?.pause();
		await expectNothingLeft(visit.traces, visit.run.child.pid);
		visit.run.child.stdout?.resume();
		expect(await visit.run.ended).toMatchObject({ code: 0 });
	});
});

const lackOfProfile = needs('root', { tool: 'profile', via: 'perf' });

test.skipIf(lackOfProfile)(titled('A profile of a busy Node program ends when asked', lackOfProfile), async () => {
	using scratch = scratchFolder();
	using stack = new DisposableStack();
	const marker = new Marker();
	stack.defer(() => marker.killAll());
	const busy = start([process.execPath, '-e', 'const f = n => n < 2 ? n : f(n - 1) + f(n - 2); for (;;) f(25)']);
	stack.defer(() => busy.child.kill('SIGKILL'));
	await using terminal = new Terminal();
	await openConsole(terminal, scratch.path, { env: marker.env });
	await runTool(terminal, 'profile');
	await terminal.waitFor(/profile · perf · [2-9]s of 60s · .*\d+ rows/);
	await terminal.press('x');
	await terminal.waitFor(/profile · perf · stopped/);
	await terminal.press('Q');
	await terminal.ended();
	const [run] = readSession(sessionIn(scratch.path)).runs;
	expect(run?.run).toMatchObject({ state: { state: 'ended', ending: 'user' }, evidence: { badge: 'complete' } });
});

interface Visit extends AsyncDisposable {
	traces: Traces;
}

/** A console that has run both tools long enough for rows of the one and programs of both. */
async function busyConsole(): Promise<Visit & { terminal: Terminal; sessions: string; console: number }> {
	await using stack = new AsyncDisposableStack();
	const { marker, stats } = traced(stack);
	const sessions = stack.use(scratchFolder()).path;
	const terminal = stack.use(new Terminal());
	await openConsole(terminal, sessions, { columns: 120, rows: 40, env: marker.env });
	for (const tool of ['syserrors', 'opensnoop']) await runTool(terminal, tool);
	await terminal.waitFor(/syserrors · bpftrace · .* complete/);
	await terminal.waitFor(/opensnoop · libbpf · \d+s of 60s · .*[1-9]\d* rows/);
	const shell = await terminal.shell();
	const console = marker.processes().find(({ parent }) => parent === shell)?.pid as number;
	const programs = heldPrograms(marker);
	const all = stack.move();
	return {
		terminal,
		sessions,
		console,
		traces: { marker, stats, programs },
		[Symbol.asyncDispose]: () => all.disposeAsync(),
	};
}

async function busyRun(duration = '30'): Promise<Visit & { run: Started }> {
	await using stack = new AsyncDisposableStack();
	const { marker, stats } = traced(stack);
	const argv = [...bpftools, 'run', 'opensnoop', '--duration', duration];
	const run = start(argv, { env: { ...process.env, ...marker.env } });
	const rows = () => /^ *\d+ +\S+ +-?\d+ +\d+ +\//m.test(run.output.stdout);
	await eventually('rows arrive', rows, 15, () => run.output.stderr);
	const programs = heldPrograms(marker);
	const all = stack.move();
	return { run, traces: { marker, stats, programs }, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function traced(stack: AsyncDisposableStack): { marker: Marker; stats: string } {
	const stats = statsEnabled();
	stack.use(keepingStats());
	const marker = new Marker();
	stack.defer(() => marker.killAll());
	return { marker, stats };
}

function heldPrograms(marker: Marker): number[] {
	const programs = marker.processes().flatMap(({ pid }) => programsHeldBy(pid));
	expect(programs.length).toBeGreaterThan(0);
	const loaded = loadedPrograms();
	expect(programs.filter((id) => !loaded.has(id))).toEqual([]);
	return programs;
}

async function expectNothingLeft({ marker, programs, stats }: Traces, shell?: number): Promise<void> {
	const left = () => marker.processes().filter(({ pid }) => pid !== shell);
	await eventually(
		'no process is left',
		() => left().length === 0,
		20,
		() => JSON.stringify(left(), null, 2),
	);
	const loaded = () => programs.filter((id) => loadedPrograms().has(id));
	await eventually(
		'no BPF program is left',
		() => loaded().length === 0,
		20,
		() => JSON.stringify(loaded()),
	);
	await eventually(`bpf_stats_enabled is ${stats} again`, () => statsEnabled() === stats);
}

async function expectTerminalRestored(terminal: Terminal): Promise<void> {
	expect(await terminal.ask('#{alternate_on} #{cursor_flag}')).toBe('0 1');
	await terminal.waitFor(/\bicanon\b[\s\S]*\becho\b/);
}

function expectWholeSession(sessions: string, why: string | RegExp): void {
	const session = readSession(sessionIn(sessions));
	expect(session.warnings).toEqual([]);
	expect(session.session.ended).not.toBeNull();
	expect(session.events.find(({ type }) => type === 'console-ended')?.why).toMatch(why);
	expect(session.runs.map(({ name }) => name)).toEqual(['01-syserrors', '02-opensnoop']);
	for (const { run, folder } of session.runs) {
		expect(run.state).toMatchObject({ state: 'ended', ending: 'console' });
		expect(outputOf(folder)).toBeGreaterThan(0);
	}
	expect(readFileSync(join(session.runs[1]?.folder as string, 'output.log'), 'utf8')).toMatch(/^PID +COMM/);
}

function outputOf(folder = ''): number {
	return statSync(join(folder, 'output.log')).size;
}
