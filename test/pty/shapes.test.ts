/** Shapes on a real terminal, from samples of real output, which a tool of the user's own prints again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runTool } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, scratchFolder, sessionIn } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { fixture, userTools } from '../support/user-tools.ts';

const sample = (path: string) => join(import.meta.dirname, '../../tools-catalog', path);
const noise = ['^#', '^Tracing ', '^Could not open', '^missed kernel stack'];
const printing = (path: string, reads?: 'stack-blocks') => ({
	providers: [
		{ via: 'classic' as const, run: ['cat', sample(path)], ...(reads ? { reads } : {}), noise, package: 'none' },
	],
});

const tools = {
	'my-stacks': {
		output: { class: 'stacks' as const, unit: 'us' },
		...printing('cpu/offcputime/samples/libbpf.txt', 'stack-blocks'),
	},
	'my-latency': { output: { class: 'histogram' as const, unit: 'us' }, ...printing('cpu/runqlat/samples/libbpf.txt') },
	'my-escapes': fixture('prints-escapes'),
};

const lacking = needs({ program: 'tmux' });

describe.skipIf(lacking)(titled('On a terminal', lacking), () => {
	async function openOn(tool: keyof typeof tools, env: Record<string, string> = {}) {
		await using stack = new AsyncDisposableStack();
		const folder = stack.use(scratchFolder());
		const terminal = stack.use(new Terminal());
		const sessions = join(folder.path, 'sessions');
		const argv = [...bpftools, 'tui', '--session-dir', sessions];
		await terminal.start(argv, { columns: 120, rows: 36, env: { ...userTools(folder.path, tools), ...env } });
		await terminal.waitFor(/^cpu +[✓.!✗X?] /m);
		await runTool(terminal, tool);
		await terminal.press('z');
		const opened = stack.move();
		return { terminal, sessions, [Symbol.asyncDispose]: () => opened.disposeAsync() };
	}

	test('stacks are a flame graph: zoomed, searched, inverted, saved, and a call tree', async () => {
		await using console = await openOn('my-stacks');
		const { terminal } = console;
		await terminal.waitFor(/^▸all/m);
		await terminal.press('k', 'l');
		await terminal.waitFor(/python3\n1\.01s, 45\.7% of all/);
		await terminal.press('Enter');
		await terminal.waitFor(/zoomed to 45\.7%/);
		await terminal.press('q', 's');
		await terminal.waitFor(/^search: _/m);
		await terminal.type('nanosleep');
		await terminal.press('Enter');
		await terminal.waitFor(/"nanosleep" in 45\.7%/);
		await terminal.press('r');
		await terminal.waitFor(/▏all[\s\S]*python3[\s\S]*\*hrtimer_nanosleep/);
		await terminal.press('S');
		const [, file = ''] = await terminal.waitFor(/Saved: (\S+flame\.svg)/);
		expect(readFileSync(file, 'utf8')).toContain('hrtimer_nanosleep');
		expect(file.startsWith(sessionIn(console.sessions))).toBe(true);
		await terminal.press('v');
		await terminal.waitFor(/1\.16s +52\.7% +0 +0\.0% +▸ kworker/);
	});

	test('histograms have percentiles and changes, and are a heat map', async () => {
		await using console = await openOn('my-latency');
		const { terminal } = console;
		await terminal.waitFor(/total 105 \(-402\) +p50 ~91us ≤127us/);
		await terminal.press('v');
		await terminal.waitFor(/6 of 6 intervals[\s\S]*count .*≤188/);
		await terminal.press('[');
		await terminal.waitFor(/5 of 5 intervals/);
	});

	test('without UTF-8 and colours they say the same', async () => {
		await using console = await openOn('my-latency', { LC_ALL: 'C', NO_COLOR: '1' });
		const { terminal } = console;
		await terminal.waitFor(/p50 ~91us <=127us[\s\S]*####/);
		await terminal.press('v');
		await terminal.waitFor(/count .*@ <=188/);
		// Neither colours of the palette nor of the 256.
		await eventually(
			'no colour is left',
			async () => !/\x1b\[[\d;]*(?:3[1-7]|4[1-7]|[34]8;)/.test(await terminal.styledScreen()),
			5,
		);
	});

	test('text can command nothing', async () => {
		await using console = await openOn('my-escapes');
		const { terminal } = console;
		await terminal.waitFor(/^PRINTED clear moved$/m);
		await terminal.waitFor(/^PRINTED title$/m);
		expect(await terminal.styledScreen()).toMatch(
			/PRINTED colour (?:\x1b\[[\d;]*m)*\x1b\[(?:[\d;]*;)?31(?:;[\d;]*)?m(?:\x1b\[[\d;]*m)*red/,
		);
		expect((await terminal.lines())[0]).toMatch(/^bpftools · /);
		await terminal.press('x');
	});
});
