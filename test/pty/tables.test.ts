/** What can be done to a table, on a real terminal with a real tool. */
import { describe, expect, test } from 'vitest';
import { openConsole, runTool } from '../support/console-screen.ts';
import { needs, titled } from '../support/needs.ts';
import { scratchFolder } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';

const lacking = needs({ program: 'tmux' }) ?? needs({ program: 'mpstat' });

describe.skipIf(lacking)(titled('A table that comes anew: mpstat', lacking), () => {
	async function openTable(columns: number) {
		await using stack = new AsyncDisposableStack();
		const sessions = stack.use(scratchFolder());
		const terminal = stack.use(new Terminal());
		await openConsole(terminal, sessions.path, { columns, rows: 36 });
		await runTool(terminal, 'mpstat');
		await terminal.press('z');
		await terminal.waitFor(/^time +cpu +user +nice.* idle$/m);
		const opened = stack.move();
		return { terminal, [Symbol.asyncDispose]: () => opened.disposeAsync() };
	}

	test('columns are hidden, moved and chosen to sort by; numbers have their changes beside them', async () => {
		await using console = await openTable(260);
		const { terminal } = console;
		await terminal.press('c', 'Down', 'Down', 'J', 'Down', 'Space');
		await terminal.waitFor(/\[x\] nice .*\n *\[x\] user .*\n▸ \[ \] system /);
		await terminal.press('End', 'Enter');
		await terminal.waitFor(/^time +cpu +nice +user +wait .* idle▼$/m);
		await terminal.waitFor(/ · by idle · 1 column hidden/);
		await terminal.press('D');
		await terminal.waitFor(/^time +cpu +nice +nice_change +user +user_change +wait .* idle▼ +idle_change$/m);
		await terminal.waitFor(/ all .*\d\.\d +-?\d+\.\d$/m);
		await terminal.press('D', '/');
		await terminal.type('cpu:all');
		await terminal.press('Enter');
		await terminal.waitFor(/^filter: cpu:all +\([1-9]\d* rows hidden\)$/m);
		await terminal.waitFor(/^idle of the last \d+: .*[▁▂▃▄▅▆▇█]/m);
	});

	test('intervals before are stepped through, and the newest comes back', async () => {
		await using console = await openTable(120);
		const { terminal } = console;
		const newest = async () => (await terminal.waitFor(/^(\S+) +all /m))[1] as string;
		await terminal.waitFor(/ · 9 rows/);
		const [begun] = [await newest()];
		await terminal.press('[', '[');
		await terminal.waitFor(/ · 2 back \(\d+s ago\) · /);
		const before = await newest();
		expect(before < begun || before.startsWith('00:')).toBe(true);
		await terminal.press(']', ']');
		await terminal.waitWithout(/ back \(/);
		await terminal.waitFor(new RegExp(`^(?!${begun}|${before})\\S+ +all `, 'm'));
	});

	test('two panes look at one run in their own ways, and a row opens in full', async () => {
		await using console = await openTable(120);
		const { terminal } = console;
		await terminal.press('|');
		await terminal.waitFor(/mpstat · classic[\s\S]*mpstat · classic/);
		await terminal.waitFor(/rec · 1 run, /);
		await terminal.press('/');
		await terminal.type('cpu:0');
		await terminal.press('Enter');
		await terminal.waitFor(/filter: cpu:0/);
		await terminal.waitFor(/ all +\d/);
		expect((await terminal.screen()).match(/ all +\d/g)).toHaveLength(1);
		await terminal.press('Enter');
		await terminal.waitFor(/^cpu +0\n +A CPU's number, or all of them$/m);
		await terminal.press('q');
		await terminal.waitFor(/mpstat · classic[\s\S]*mpstat · classic/);
	});
});
