import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordedRun } from '../../src/session/read-session.ts';
import { expectFrame, openConsole, pointAtTool } from '../support/console-screen.ts';
import { needs, titled } from '../support/needs.ts';
import { run, scratchFolder, sessionIn, start } from '../support/program.ts';
import { readSession } from '../support/read-session.ts';
import { Terminal } from '../support/terminal.ts';

const lacking = needs({ program: 'tmux' }, { program: 'iostat' });
const lackOfOpensnoop = lacking ?? needs('root', { tool: 'opensnoop', via: 'libbpf' });
const lackOfScript = lacking ?? needs('root', { tool: 'syserrors', via: 'bpftrace' });

const size = { columns: 80, rows: 24 };

describe.skipIf(lacking)(titled('A form', lacking), () => {
	test.skipIf(lackOfOpensnoop)(
		titled('takes a process from a list, and runs exactly the command line that it showed', lackOfOpensnoop),
		async () => {
			using scratch = scratchFolder();
			using stack = new DisposableStack();
			const load = start(['/bin/sh', '-c', 'exec 2>/dev/null; while :; do : < /etc/hostname; sleep 0.1; done'], {
				stdio: 'ignore',
				argv0: 'formload',
			});
			stack.defer(() => load.child.kill('SIGKILL'));
			await using terminal = new Terminal();
			const sessions = join(scratch.path, 'sessions');
			await openConsole(terminal, sessions, size);
			await pointAtTool(terminal, 'opensnoop');
			await terminal.press('Enter');
			await terminal.waitFor(/▸ pid .*Space lists them/);
			await expectFrame(terminal, size);
			await terminal.press('Space');
			await terminal.waitFor(/opensnoop --pid .*letters narrow the list/);
			await terminal.type(String(load.child.pid));
			await terminal.waitFor(new RegExp(`^ +${load.child.pid} +\\S+$`, 'm'));
			await expectFrame(terminal, size);
			await terminal.press('Enter');
			const [shown] = await terminal.waitFor(new RegExp(`^/\\S*opensnoop\\S* -p ${load.child.pid}$`, 'm'));
			await terminal.press('y');
			await terminal.waitFor(/^Copied, /m);
			expect(await terminal.clipboard()).toBe(`${shown}\n`);
			await terminal.press('Enter');
			await terminal.waitFor(/opensnoop · libbpf · \d+s of 60s · complete · .*[1-9]\d* rows/);
			await terminal.waitFor(/\/etc\/hostname/);

			await terminal.press('A');
			await terminal.waitFor(new RegExp(`▸ pid +${load.child.pid} `));
			await terminal.press('Down');
			await terminal.type('33');
			await terminal.press('Enter');
			await terminal.waitFor(/opensnoop · libbpf · \d+s of 33s · complete · .*[1-9]\d* rows/);
			await terminal.press('R');
			await terminal.waitFor(/opensnoop · libbpf · [012]s of 33s/);
			await terminal.press('Q');
			await terminal.ended();
			const { runs } = readSession(sessionIn(sessions));
			const words = shown.split(' ');
			expect(runs.map(({ run }) => run)).toMatchObject([
				{ argv: words, limit: 60, params: { pid: load.child.pid }, state: { ending: 'user' } },
				{ argv: words, limit: 33, params: { pid: load.child.pid }, state: { ending: 'user' } },
				{ argv: words, limit: 33, params: { pid: load.child.pid } },
			]);
		},
	);

	test.skipIf(lackOfScript)(titled('shows a script as it will run, and copies it whole', lackOfScript), async () => {
		using scratch = scratchFolder();
		await using terminal = new Terminal();
		const sessions = join(scratch.path, 'sessions');
		await openConsole(terminal, sessions, size);
		await pointAtTool(terminal, 'syserrors');
		await terminal.press('Enter');
		await terminal.waitFor(/^\/\S*bpftrace -f json - .*\\$/m);
		await terminal.waitFor(/<<'SCRIPT'/);
		await expectFrame(terminal, size);
		await terminal.press('C-y');
		await terminal.waitFor(/^Copied, /m);
		const copied = await terminal.clipboard();
		await terminal.press('Enter');
		await terminal.waitFor(/syserrors · bpftrace/);
		await terminal.press('Q');
		await terminal.ended();
		const [run] = readSession(sessionIn(sessions)).runs as [RecordedRun];
		const script = readFileSync(join(run.folder, 'script.bt'), 'utf8');
		expect(copied).toBe(`${(run.run.argv as string[]).join(' ')} <<'SCRIPT'\n${script}SCRIPT\n`);
	});

	test('tells what is wrong as one types, and fits on the smallest screen', async () => {
		using scratch = scratchFolder();
		await using terminal = new Terminal();
		const small = { columns: 60, rows: 16 };
		await openConsole(terminal, scratch.path, small);
		await pointAtTool(terminal, 'iostat');
		await terminal.press('Enter');
		await terminal.waitFor(/▸ interval +1 /);
		await terminal.type('0');
		await terminal.waitFor(/--interval of iostat is a whole number from 1 to/);
		await expectFrame(terminal, small, /Esc back/);
		await terminal.press('Enter');
		await terminal.waitFor(/▸ interval +0_/);
		await terminal.press('BSpace', '2');
		await terminal.waitFor(/^\/\S*iostat .*\b2\b/m);
		await terminal.press('Enter');
		await terminal.waitFor(/iostat · classic · /);
	});

	test('has the values that were used last, also in a later console', async () => {
		using scratch = scratchFolder();
		const env = { XDG_STATE_HOME: join(scratch.path, 'state') };
		const file = join(scratch.path, 'state/bpftools/last-values.json');
		await using first = new Terminal();
		await openConsole(first, join(scratch.path, 'first'), { ...size, env });
		await pointAtTool(first, 'iostat');
		await first.press('Enter');
		await first.waitFor(/▸ interval +1 /);
		await first.type('2');
		await first.press('Down');
		await first.type('7');
		await first.press('Enter');
		await first.waitFor(/iostat · classic · \d+s of 7s/);
		await first.press('Q');
		await first.ended();
		expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ iostat: { interval: '2', duration: '7' } });

		await using second = new Terminal();
		await openConsole(second, join(scratch.path, 'second'), { ...size, env });
		await pointAtTool(second, 'iostat');
		await second.press('C-r');
		await second.waitFor(/iostat · classic · \d+s of 7s/);
		await second.press('Q');
		await second.ended();
	});

	test('keeps nothing where nothing is recorded; a broken file is told once and done without', async () => {
		using scratch = scratchFolder();
		const env = { XDG_STATE_HOME: join(scratch.path, 'state') };
		const file = join(scratch.path, 'state/bpftools/last-values.json');
		await using first = new Terminal();
		await openConsole(first, '/dev/null/sessions', { ...size, env });
		await pointAtTool(first, 'iostat');
		await first.press('C-r');
		await first.waitFor(/iostat · classic · /);
		await first.press('Q');
		await first.ended();
		expect(existsSync(file)).toBe(false);

		mkdirSync(join(scratch.path, 'state/bpftools'), { recursive: true });
		writeFileSync(file, '{"iostat": {"interval": "2"');
		await using second = new Terminal();
		await openConsole(second, join(scratch.path, 'second'), { ...size, env });
		await second.waitFor(/^The values used last are not known: \/\S/m);
		await pointAtTool(second, 'iostat');
		await second.press('Enter');
		await second.waitFor(/▸ interval +1 /);
	});
});

test('a parameter whose value is needed is still asked for by bpftools run', async () => {
	const { code, stderr } = await run(['run', 'ethtool-statistics']);
	expect(code).toBe(2);
	expect(stderr).toContain('ethtool-statistics needs --interface: The interface to ask');
});
