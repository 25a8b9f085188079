import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectFrame, openConsole, runTool } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, scratchFolder, sessionIn, start } from '../support/program.ts';
import { readSession, type Session } from '../support/read-session.ts';
import { type Size, Terminal } from '../support/terminal.ts';
import { keepingStats, loadedPrograms, Marker, programsHeldBy } from '../support/traces.ts';

const noTerminal = needs({ program: 'tmux' });
const noTool = noTerminal ?? needs('root', { program: 'bpftool' }, { tool: 'opensnoop', via: 'libbpf' });

const sizes: Size[] = [
	{ columns: 80, rows: 24 },
	{ columns: 120, rows: 40 },
];

for (const size of sizes) {
	describe.skipIf(noTool)(titled(`A visit on a terminal of ${size.columns}x${size.rows}`, noTool), () => {
		const resources = new DisposableStack();
		let sessions: string;
		const marker = new Marker();
		const terminal = new Terminal();
		let held: number[] = [];

		beforeAll(async () => {
			sessions = resources.use(scratchFolder()).path;
			resources.use(keepingStats());
			resources.defer(() => marker.killAll());
			// Without a locale, neither program opens more than its library.
			const argv = ['/bin/sh', '-c', 'while :; do /bin/true; sleep 0.05; done'];
			const load = start(argv, { stdio: 'ignore', env: { LC_ALL: 'C' } });
			resources.defer(() => load.child.kill('SIGKILL'));
			await openConsole(terminal, sessions, { ...size, env: marker.env });
		});

		// Each step begins where the one before it ended.
		let failed = false;
		beforeEach(({ skip, onTestFailed }) => {
			skip(failed, 'a step before it failed');
			onTestFailed(() => {
				failed = true;
			});
		});

		afterAll(async () => {
			await terminal.close();
			resources.dispose();
		});

		test('every resource has its verdicts', async () => {
			for (const resource of ['cpu', 'memory', 'disk', 'network'])
				await terminal.waitFor(new RegExp(`^${resource} +[✓!✗?] .*[✓!✗?] .*[✓!✗?] `, 'm'));
			await terminal.waitFor(/nothing runs$/m);
			await expectFrame(terminal, size);
		});

		test('a tool is found by its name and run, and its rows arrive', async () => {
			await terminal.press('t');
			await terminal.waitFor(/Enter runs, letters narrow the list/);
			await terminal.type('opensnoop');
			await terminal.waitFor(/narrow the list\): opensnoop_/);
			await terminal.press('Enter');
			await terminal.waitFor(/▸ pid +Only this process/);
			await terminal.waitFor(/^\/\S*opensnoop\S*$/m);
			await terminal.press('Enter');
			await terminal.waitFor(/opensnoop · libbpf · \d+s of 60s · complete · .*[1-9]\d* rows/);
			await terminal.waitFor(/^.*\d+ +true +\d+ +0 +\/\S+$/m);
			await terminal.waitFor(/1 run, \d+\.\d% of a CPU$/m);
			held = marker.processes().flatMap(({ pid }) => programsHeldBy(pid));
			expect(held.length).toBeGreaterThan(0);
			await expectFrame(terminal, size);
		});

		test('another column is chosen to sort by, marked in the header, and turned around', async () => {
			await terminal.press('>');
			await terminal.waitFor(/pid▼ +command +fd /);
			await terminal.press('r');
			await terminal.waitFor(/pid▲ +command +fd /);
			await terminal.press('>');
			await terminal.waitFor(/pid +command[▼▲] +fd /);
			await terminal.press('<', 'r');
			await terminal.waitFor(/pid▼ +command +fd /);
		});

		test('rows are counted by the sort column, and shown one by one again', async () => {
			await terminal.press('b');
			await terminal.waitFor(/pid +count▼/);
			await terminal.press('b');
			await terminal.waitFor(/pid +command +fd /);
		});

		test('a filter leaves the rows that match, and says how many it hides', async () => {
			await terminal.press('/');
			await terminal.type('command:true');
			await terminal.waitFor(/filter: command:true_ +\([1-9]\d* rows hidden\)/);
			await terminal.press('Enter');
			await terminal.waitFor(/filter: command:true +\([1-9]\d* rows hidden\)/);
			const rows = (await terminal.lines()).filter((line) => /\d+ +\S+ +-?\d+ +\d+ +\/\S+$/.test(line));
			expect(rows.length).toBeGreaterThan(0);
			for (const row of rows) expect(row).toMatch(/ true +\d+ +\d+ +\//);
		});

		test('a filter that is dropped leaves the one before', async () => {
			await terminal.press('/');
			await terminal.type('xyz');
			await terminal.waitFor(/The filter hides all rows/);
			await terminal.press('Escape');
			await terminal.waitFor(/filter: command:true +\(/);
		});

		test('a paused pane stands still and counts what it is behind', async () => {
			await terminal.press('Space');
			const first = await terminal.waitFor(/PAUSED, (\d+) beh/);
			const rows = await rowsOf(terminal);
			await eventually('the pane falls further behind', async () => {
				const now = /PAUSED, (\d+) beh/.exec(await terminal.screen());
				return now !== null && Number(now[1]) > Number(first[1]);
			});
			expect(await rowsOf(terminal)).toEqual(rows);
			await terminal.press('Space');
			await terminal.waitWithout(/PAUSED/);
		});

		test('Tab takes the focus away from the pane, and back', async () => {
			await terminal.press('Tab');
			await terminal.waitFor(/d details/);
			await terminal.press('BTab');
			await terminal.waitFor(/> sort/);
		});

		test('the frame survives every size, and one that is too small is told', async () => {
			for (const other of [
				{ columns: 60, rows: 16 },
				{ columns: 200, rows: 60 },
			]) {
				await terminal.resize(other);
				await expectFrame(terminal, other);
			}
			await terminal.resize({ columns: 40, rows: 10 });
			await terminal.waitFor(/This terminal has 40x10; the console\s+needs 60x16/);
			await terminal.resize(size);
			await terminal.waitFor(/opensnoop · libbpf/);
			await expectFrame(terminal, size);
		});

		test('the help names the keys and goes away again', async () => {
			await terminal.press('?');
			await terminal.waitFor(/Sort by the next column/);
			await terminal.waitFor(/1 to \d+ of \d+/);
			await expectFrame(terminal, size);
			await terminal.press('q');
			await terminal.waitWithout(/Sort by the next column/);
		});

		test('a cell is shown in full, with its past as a chart', async () => {
			await terminal.press('q');
			await terminal.waitFor(/d details/);
			await terminal.press('Home', 'Right', 'd');
			await terminal.waitFor(/^cpu utilization\b/m);
			await terminal.waitFor(/[⠁-⣿].*\n(?:.*\n)*.*-\d+s .* now$/m);
			await terminal.waitFor(/\/proc\/stat/);
			await expectFrame(terminal, size);
			await terminal.press('Escape');
			await terminal.waitFor(/d details/);
		});

		test('quitting asks while a tool runs, and takes no for an answer', async () => {
			await terminal.press('q');
			await terminal.waitFor(/A tool is still running. Stop and quit\? y\/n/);
			await terminal.press('n');
			await terminal.waitFor(/d details/);
		});

		test('a stopped tool keeps its rows, and its pane is closed by a second x', async () => {
			await terminal.press('BTab');
			await terminal.waitFor(/x stop|> sort/);
			await terminal.press('x');
			await terminal.waitFor(/opensnoop · libbpf · stopped · (complete|lossy) · .*[1-9]\d* rows/);
			await terminal.press('x');
			await terminal.waitWithout(/opensnoop · libbpf/);
			await terminal.waitFor(/nothing runs$/m);
		});

		test('X stops all that runs and counts what is left', async () => {
			await runTool(terminal, 'opensnoop');
			await terminal.waitFor(/opensnoop · libbpf · \d+s of 60s · complete · .*[1-9]\d* rows/);
			await terminal.press('X');
			await terminal.waitFor(/1 run stopped; \d+ BPF programs and \d+ probes more than before/);
			await terminal.waitFor(/opensnoop · libbpf · stopped/);
			await expectFrame(terminal, size, /BPF programs/);
			const loaded = loadedPrograms();
			expect(held.filter((id) => loaded.has(id))).toEqual([]);
		});

		test('q leaves, says where the session is, and gives the terminal back', async () => {
			await terminal.press('q');
			await terminal.waitFor(/d details/);
			await terminal.press('q');
			expect(await terminal.ended()).toBe(0);
			await terminal.waitFor(/^Session: /m);
			expect(await terminal.ask('#{alternate_on} #{cursor_flag}')).toBe('0 1');
			const shell = await terminal.shell();
			expect(marker.processes().filter(({ pid }) => pid !== shell)).toEqual([]);
		});

		test('the session holds the whole visit', () => {
			const session = readSession(sessionIn(sessions));
			expect(session.warnings).toEqual([]);
			expect(session.session.ended).not.toBeNull();
			expect(session.runs.map(({ name }) => name)).toEqual(['01-opensnoop', '02-opensnoop']);
			for (const run of session.runs) {
				expect(run.run).toMatchObject({ tool: 'opensnoop', provider: 'libbpf', bytesNotKept: 0 });
				expect(run.run.argv).toEqual([expect.stringMatching(/^\/.*opensnoop/)]);
				expect(run.run.state).toMatchObject({ state: 'ended', ending: 'user' });
				expectTimingOfAllOutput(run.folder);
			}
			const types = new Set(session.events.map(({ type }) => type));
			const whole = ['verdict', 'readings', 'run-started', 'run-ended', 'stopped-everything', 'console-ended'];
			expect([...types]).toEqual(expect.arrayContaining(whole));
			expectReadings(session);
		});
	});
}

describe.skipIf(noTerminal)(titled('A console', noTerminal), () => {
	test('paints without colours where NO_COLOR asks for it, in every place', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { env: { NO_COLOR: '1' } });
		expect(colorsOf(await terminal.styledScreen())).toEqual([]);
		await terminal.press('d');
		await terminal.waitFor(/^-?.* now$/m);
		expect(colorsOf(await terminal.styledScreen())).toEqual([]);
		await terminal.press('q', '?');
		await terminal.waitFor(/1 to \d+ of \d+ lines/);
		expect(colorsOf(await terminal.styledScreen())).toEqual([]);
		await terminal.press('q', 't');
		await terminal.waitFor(/letters narrow/);
		expect(colorsOf(await terminal.styledScreen())).toEqual([]);
		await terminal.press('Escape');
		await runTool(terminal, 'vmstat');
		await terminal.waitFor(/vmstat · classic · .* complete/);
		expect(colorsOf(await terminal.styledScreen())).toEqual([]);
		await terminal.press('Q');
		await terminal.ended();
	});

	test('watches on and says so where no session can be recorded', async () => {
		await using terminal = new Terminal();
		await terminal.start([...bpftools, 'tui', '--session-dir', '/dev/null/sessions']);
		await terminal.waitFor(/NOT RECORDING/);
		await terminal.waitFor(/^cpu +[✓!✗?] .*[✓!✗?] .*[✓!✗?] /m);
	});

	test('has colours otherwise', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path);
		expect(colorsOf(await terminal.styledScreen())).not.toEqual([]);
	});

	test('says in a sentence why a tool cannot run here, and goes on', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		const env = { XDG_CONFIG_HOME: join(sessions.path, 'config'), PATH: '/nowhere' };
		const size = { columns: 120, rows: 40 };
		await openConsole(terminal, sessions.path, { ...size, env });
		await runTool(terminal, 'cachestat');
		await terminal.waitFor(/cachestat can't run here: \S+: \S+/);
		await terminal.press('Escape', '?');
		await terminal.waitFor(/1 to \d+ of \d+ lines/);
		await expectFrame(terminal, size);
	});

	test('leaves at once with Q, and with Ctrl-C pressed twice', async () => {
		for (const keys of [['Q'], ['C-c', 'C-c']]) {
			using sessions = scratchFolder();
			await using terminal = new Terminal();
			await openConsole(terminal, sessions.path);
			await terminal.press(...keys);
			expect(await terminal.ended()).toBe(0);
			expect(readSession(sessionIn(sessions.path)).session.ended).not.toBeNull();
		}
	});
});

/** What a pane shows under its title. */
async function rowsOf(terminal: Terminal): Promise<string[]> {
	const lines = await terminal.lines();
	return lines.filter((line) => / true +\d+ +\d+ +\//.test(line)).map((line) => line.slice(line.indexOf('true') - 12));
}

function expectTimingOfAllOutput(folder: string): void {
	const lines = readFileSync(join(folder, 'timing.ndjson'), 'utf8').trimEnd().split('\n');
	const chunks = lines.map((line) => JSON.parse(line) as { ms: number; stream: string; bytes: number });
	const sum = (stream: string) =>
		chunks.filter((chunk) => chunk.stream === stream).reduce((total, { bytes }) => total + bytes, 0);
	expect(statSync(join(folder, 'output.log')).size).toBeGreaterThan(0);
	expect(sum('stdout')).toBe(statSync(join(folder, 'output.log')).size);
	expect(sum('stderr')).toBe(statSync(join(folder, 'stderr.log')).size);
	expect(chunks.map(({ ms }) => ms)).toEqual(chunks.map(({ ms }) => ms).sort((a, b) => a - b));
}

function expectReadings({ events }: Session): void {
	const { readings } = events.find(({ type }) => type === 'readings') as unknown as { readings: object[] };
	expect(readings.length).toBeGreaterThan(10);
	for (const reading of readings) expect(Object.keys(reading)).toEqual(['check', 'device', 'value', 'verdict']);
}

/** The colour codes among the SGR sequences; bold, inverse and the like are none. */
function colorsOf(screen: string): number[] {
	const codes = [...screen.matchAll(/\x1b\[([\d;]*)m/g)].flatMap(([, list = '']) => list.split(';').map(Number));
	return codes.filter((code) => (code >= 30 && code <= 48 && code !== 39) || (code >= 90 && code <= 107));
}
