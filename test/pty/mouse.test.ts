import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectFrame, openConsole, runTool } from '../support/console-screen.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, scratchFolder } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';

const lacking = needs({ program: 'tmux' });
const size = { columns: 120, rows: 36 };

/** Whether the terminal is to tell of presses, and in the way that has room for wide screens. */
const mouseFlags = '#{mouse_any_flag} #{mouse_sgr_flag}';

describe.skipIf(lacking)(titled('The mouse', lacking), () => {
	test('takes the focus, sorts and scrolls', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, size);
		expect(await terminal.ask(mouseFlags)).toBe('1 1');
		await runTool(terminal, 'vmstat');
		await terminal.waitFor(/vmstat · classic · .* complete/);
		await terminal.waitFor(/> sort/);

		const [toolX, toolY] = await placeOf(terminal, /^ {2}(\S+) /, /Run next/);
		const [, tool = ''] = /^ {2}(\S+) /.exec((await terminal.lines())[toolY] ?? '') ?? [];
		await terminal.mouse('left', toolX, toolY);
		await terminal.waitFor(new RegExp(`▸ ${tool} `));
		await terminal.waitFor(/Enter run tool/);

		const [x, y] = await placeOf(terminal, /swapped/);
		await terminal.mouse('left', x, y);
		await terminal.waitFor(/swapped▼/);
		await terminal.mouse('left', x, y);
		await terminal.waitFor(/swapped▲/);

		await terminal.press('t');
		await terminal.waitFor(/^bioerror /m);
		for (let turn = 0; turn < 12; turn++) await terminal.mouse('wheel-down', 10, 10);
		await terminal.waitWithout(/^bioerror /m);
		await expectFrame(terminal, size, /^(?!.*\[<).*Esc back/);
		await terminal.press('Escape');
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);
		expect(await terminal.ask(mouseFlags)).toBe('0 0');
	});

	test('is not a key, though its reports come in pieces between keys', async () => {
		using sessions = scratchFolder();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, size);
		await terminal.press('t');
		await terminal.waitFor(/letters narrow the list/);
		for (const piece of ['o', '\x1b[<0;9', '0;20M', 'p', '\x1b[<65;1;', '1M\x1b[<0;9', '0;20m', 'e'])
			await terminal.type(piece);
		await terminal.waitFor(/narrow the list\): ope_/);
	});

	for (const [what, words, env] of [
		['--no-mouse', ['--no-mouse'], {}],
		['a terminal that knows none', [], { TERM: 'linux' }],
	] as const) {
		test(`is left alone with ${what}`, async () => {
			using sessions = scratchFolder();
			await using terminal = new Terminal();
			const file = join(sessions.path, 'written');
			const argv = [...bpftools, 'tui', ...words, '--session-dir', join(sessions.path, 'sessions')];
			await terminal.start(['sh', '-c', 'sleep 1; exec "$@"', 'sh', ...argv], { ...size, env });
			await terminal.recordInto(file);
			await terminal.waitFor(/Run next/);
			expect(await terminal.ask(mouseFlags)).toBe('0 0');
			await terminal.press('Q');
			await terminal.ended();
			expect(readFileSync(file, 'latin1')).not.toMatch(/\x1b\[\?100[0-6]/);
		});
	}

	test('is off again after a signal, and after a crash', async () => {
		using scratch = scratchFolder();
		const crash = join(scratch.path, 'crash.cjs');
		writeFileSync(crash, "process.on('SIGUSR2', () => { throw new Error('a crash'); });\n");
		for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) {
			await using terminal = new Terminal();
			await openConsole(terminal, join(scratch.path, signal), { ...size, env: { NODE_OPTIONS: `--require=${crash}` } });
			expect(await terminal.ask(mouseFlags)).toBe('1 1');
			const console = Number(
				readFileSync(`/proc/${await terminal.shell()}/task/${await terminal.shell()}/children`, 'utf8').trim(),
			);
			process.kill(console, signal);
			expect(await terminal.ended()).toBe(signal === 'SIGUSR2' ? 1 : 0);
			expect(await terminal.ask(`${mouseFlags} #{alternate_on} #{cursor_flag}`)).toBe('0 0 0 1');
		}
	});
});

/** Where something stands, below the line that another thing stands in. */
async function placeOf(terminal: Terminal, what: RegExp, below?: RegExp): Promise<[number, number]> {
	const lines = await terminal.lines();
	const from = below ? lines.findIndex((line) => below.test(line)) + 1 : 0;
	const y = lines.findIndex((line, index) => index >= from && what.test(line));
	const match = what.exec(lines[y] ?? '');
	if (!match) throw new Error(`${what} is not on the screen:\n${lines.join('\n')}`);
	return [match.index + (match[1] ? match[0].indexOf(match[1]) : 0), y];
}
