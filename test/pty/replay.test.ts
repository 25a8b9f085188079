/** A short session, recorded by a real console and looked at again by another. */
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConsole, runTool } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { cannotMakeContainers, makeContainer } from '../support/made-container.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, run, scratchFolder, sessionIn } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { userTools } from '../support/user-tools.ts';

/** Prints a row each fifth of a second, and ends by itself. */
const script = 'echo "KEY SIZE"; for n in 1 2 3 4 5 6 7 8 9; do echo "key$((n % 3)) $n"; sleep 0.2; done';

const tools = {
	'my-events': {
		output: {
			class: 'event-stream' as const,
			columns: [
				{ name: 'key', type: 'text' as const },
				{ name: 'size', type: 'int' as const },
			],
		},
		providers: [
			{
				via: 'classic' as const,
				run: ['sh', '-c', script],
				reads: 'columns' as const,
				columns: { KEY: 'key', SIZE: 'size' },
				package: 'dash',
			},
		],
	},
};

const lacking = needs({ program: 'tmux' });

describe.skipIf(lacking)(titled('A session that was recorded', lacking), () => {
	const folder = scratchFolder();
	const sessions = join(folder.path, 'sessions');
	const env = userTools(folder.path, tools);
	let session = '';
	afterAll(() => folder[Symbol.dispose]());

	beforeAll(async () => {
		await using terminal = new Terminal();
		await openConsole(terminal, sessions, { columns: 120, rows: 36, env });
		session = sessionIn(sessions);
		const refused = await run(['session', 'rm', basename(session), '--yes', '--session-dir', sessions]);
		expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/is still written by process \d+/)]);
		await runTool(terminal, 'my-events');
		await terminal.waitFor(/my-events · classic · ended · complete .* 9 rows/);
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);
	});

	test('is listed and told', async () => {
		const listed = await run(['session', 'ls', '--json', '--session-dir', sessions]);
		expect(JSON.parse(listed.stdout)).toEqual([
			expect.objectContaining({ name: basename(session), target: 'host', runs: 1, ended: true, problem: null }),
		]);
		const told = await run(['session', 'show', basename(session), '--session-dir', sessions]);
		expect(told.stdout.replace(/\s+/g, ' ')).toMatch(
			/01-my-events was started: \S+sh -c .*01-my-events ended after .*9 rows\. Evidence: complete.*The console ended: quit\./,
		);
	});

	test('is replayed: its rows come again, are grouped and filtered, and time goes back and on', async () => {
		await using terminal = new Terminal();
		const before = readFileSync(join(session, 'events.ndjson'));
		const argv = [...bpftools, 'session', 'replay', basename(session), '--session-dir', sessions];
		await terminal.start(argv, { columns: 120, rows: 36, env });
		await terminal.waitFor(/REPLAY · \d\d:\d\d:\d\dZ · 1x · \d+s? of \d+s/);
		await terminal.waitFor(/^cpu +[✓.!✗X?] /m);
		await terminal.press('}');
		await terminal.waitFor(/my-events · classic · ended · complete .* 9 rows/);
		await terminal.waitFor(/REPLAY · \d\d:\d\d:\d\dZ · paused/);
		expect((await terminal.screen()).match(/^.*key[012] +\d+ *$/gm)).toHaveLength(9);

		await terminal.press('Tab');
		await terminal.press('>', 'b');
		await terminal.waitFor(/key0 +3 /);
		await terminal.press('b', '/');
		await terminal.type('key:key1');
		await terminal.waitFor(/key:key1_ +\(6 rows hidden\)/);
		await terminal.press('Escape');

		await terminal.press('R');
		await terminal.waitFor(/This is a replay: no tool can be started\./);
		await terminal.press('{');
		await terminal.waitWithout(/my-events · classic/);
		await terminal.press('p');
		await terminal.waitFor(/my-events · classic · \d+s of 60s/);
		await terminal.waitFor(/my-events · classic · ended · complete .* 9 rows/);
		await terminal.press('Space');
		await terminal.waitFor(/This is a replay: nothing can be marked\./);
		await terminal.press('q');
		expect(await terminal.ended()).toBe(0);
		expect(readFileSync(join(session, 'events.ndjson'))).toEqual(before);
	});

	test('is replayed in panes as they were looked at last', async () => {
		await using terminal = new Terminal();
		await openConsole(terminal, join(folder.path, 'looked-at'), { columns: 120, rows: 36, env });
		await runTool(terminal, 'my-events');
		await terminal.waitFor(/my-events · classic · ended · complete .* 9 rows/);
		await terminal.press('>', 'b', '|', '/');
		await terminal.type('key:key1');
		await terminal.press('Enter');
		await terminal.waitFor(/filter: key:key1 +\(6 rows hidden\)/);
		const looked = sessionIn(join(folder.path, 'looked-at'));
		const recorded = () => readFileSync(join(looked, 'events.ndjson'), 'utf8').includes('"filter":"key:key1"');
		await eventually('the layout is recorded', async () => recorded());
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);

		await using replay = new Terminal();
		await replay.start([...bpftools, 'session', 'replay', looked], { columns: 120, rows: 36, env });
		await replay.waitFor(/count▼[\s\S]*filter: key:key1/);
		await replay.press('Q');
		expect(await replay.ended()).toBe(0);
	});

	test('is replayed with the mouse', async () => {
		await using terminal = new Terminal();
		await terminal.start([...bpftools, 'session', 'replay', session], { columns: 120, rows: 36, env });
		await terminal.waitFor(/REPLAY · .* 1x · /);
		await terminal.press('}');
		await terminal.waitFor(/my-events · classic · ended · complete .* 9 rows/);
		const lines = await terminal.lines();
		const y = lines.findIndex((line) => /key +size/.test(line));
		const x = (lines[y] as string).indexOf('size');
		await terminal.mouse('left', x, y);
		await terminal.waitFor(/size▼/);
		expect((await terminal.screen()).match(/key\d +(\d+) *$/gm)?.map((row) => Number(row.split(/ +/)[1]))).toEqual([
			...[9, 8, 7, 6, 5, 4, 3, 2, 1],
		]);
		await terminal.mouse('left', x, y);
		await terminal.waitFor(/size▲/);
		await terminal.mouse('left', 16, 3);
		await terminal.waitFor(/^memory errors/m);
		expect(await terminal.ask('#{mouse_any_flag}')).toBe('1');
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);
		expect(await terminal.ask('#{mouse_any_flag}')).toBe('0');
	});

	test('is replayed to the next verdict that turns bad', async () => {
		const other = join(folder.path, 'with-trouble');
		cpSync(session, other, { recursive: true });
		const trouble = {
			check: 'disk.latency',
			resource: 'disk',
			kind: 'saturation',
			device: 'vda',
			value: 90,
			unit: 'ms',
			verdict: 'bad',
			why: 'vda takes 90 ms.',
			suspects: [],
		};
		const at = new Date(Date.now() + 90_000).toISOString();
		appendFileSync(join(other, 'events.ndjson'), `${JSON.stringify({ at, type: 'verdict', reading: trouble })}\n`);
		await using terminal = new Terminal();
		await terminal.start([...bpftools, 'session', 'replay', other], { columns: 120, rows: 36, env });
		await terminal.waitFor(/REPLAY · .* 1x · \d+s? of /);
		// Past all that was recorded: a busy machine turns bad by itself.
		await terminal.press('}');
		await terminal.waitFor(/REPLAY · .* 1x · 1m\d\ds of /);
		await terminal.press('E');
		await terminal.waitFor(/^vda takes 90 ms\. *$/m);
		await terminal.waitFor(/^disk .*✗ 90/m);
		await terminal.waitFor(/REPLAY · .* paused · /);
		await terminal.press('E');
		await terminal.waitFor(/No verdict turns bad after this\./);
	});

	test('is removed when it is named, and nothing else is', async () => {
		const remove = (...args: string[]) => run(['session', 'rm', ...args, '--session-dir', sessions]);
		const outside = await remove('--yes', '../sessions');
		expect([outside.code, outside.stderr]).toEqual([2, expect.stringMatching(/rm takes names, not paths/)]);
		expect(await remove('--yes', '..')).toMatchObject({ code: 2 });
		expect(await remove(basename(session))).toMatchObject({ code: 2, stderr: expect.stringMatching(/needs --yes/) });
		expect(existsSync(session)).toBe(true);
		const name = basename(session);
		cpSync(session, join(sessions, 'another'), { recursive: true });
		for (const [answer, ends, says] of [
			['n', 1, /Nothing was removed\./],
			['', 1, /Nothing was removed\./],
			['yes', 0, /Removed another\./],
		] as const) {
			await using terminal = new Terminal();
			await terminal.start([...bpftools, 'session', 'rm', 'another', '--session-dir', sessions]);
			await terminal.waitFor(/^Remove another for good\? y\/n *$/m);
			await terminal.type(answer);
			await terminal.press('Enter');
			expect(await terminal.ended()).toBe(ends);
			await terminal.waitFor(says);
			expect(existsSync(join(sessions, 'another'))).toBe(ends === 1);
		}
		expect(await remove('--yes', name)).toMatchObject({ code: 0 });
		expect(readdirSync(sessions)).toEqual([]);
	});
});

const noContainer = needs('root', { program: 'tmux' }) ?? cannotMakeContainers();

test.skipIf(noContainer)(
	titled('A session on a container is replayed with its checklist when the container is long gone', noContainer),
	async () => {
		using scratch = scratchFolder();
		const { target } = await makeContainer({ memoryBytes: 64 * 1024 ** 2, tasks: 50 });
		const id = target.container.id.slice(0, 12);
		const size = { columns: 120, rows: 36 };
		await using live = new Terminal();
		const argv = [...bpftools, 'tui', '--target', `container:${id}`, '--session-dir', scratch.path];
		await live.start(argv, { ...size, env: { XDG_STATE_HOME: '/dev/null/state' } });
		const memory = /^memory .*[✓!✗?] \d/m;
		await live.waitFor(memory);
		const shown = checklistOn(await live.lines());
		expect(shown.length).toBeGreaterThan(2);
		await live.press('Q');
		expect(await live.ended()).toBe(0);
		process.kill(target.pid, 'SIGKILL');

		await using replayed = new Terminal();
		await replayed.start([...bpftools, 'session', 'replay', sessionIn(scratch.path)], size);
		await replayed.waitFor(new RegExp(`^bpftools · .* · container:${id}.* REPLAY · `));
		await replayed.waitFor(memory);
		expect(checklistOn(await replayed.lines())).toEqual(shown);
		await replayed.press('d');
		await replayed.waitFor(/CPU errors that hit the container\./);
	},
);

/** The resources that are asked about. */
function checklistOn(lines: string[]): string[] {
	return lines.flatMap((line) => /^([a-z]+) {2,}.*[✓.!✗X?] /.exec(line)?.[1] ?? []);
}
