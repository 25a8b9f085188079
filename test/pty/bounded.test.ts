import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ToolDraft } from '../fixtures/tools.ts';
import { bpftools } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { userTools } from '../support/user-tools.ts';

const mostMegabytes = 300;
const folder = mkdtempSync(join(tmpdir(), 'bpftools-bounded-'));
const terminal = new Terminal();

/** Each line has a path of its own. */
const stream: ToolDraft = {
	output: {
		class: 'event-stream',
		columns: [
			{ name: 'pid', type: 'id' },
			{ name: 'command', type: 'text' },
			{ name: 'size', type: 'bytes' },
			{ name: 'latency', type: 'microseconds' },
			{ name: 'path', type: 'text' },
		],
	},
	providers: [
		{
			via: 'classic',
			run: ['steady', '50000', '100000000'],
			columns: { PID: 'pid', COMM: 'command', SIZE: 'size', LATENCY: 'latency', PATH: 'path' },
			package: 'none',
		},
	],
};

beforeAll(async () => {
	const env = userTools(folder, { 'many-paths': stream });
	await terminal.start([...bpftools, 'tui', '--session-dir', join(folder, 'sessions')], {
		columns: 120,
		rows: 40,
		env,
	});
	await terminal.waitFor(/nothing runs$/m);
});
afterAll(async () => {
	await terminal.close();
	rmSync(folder, { recursive: true, force: true });
});

test('a million distinct keys do not grow the console past 300 MB, and what was forgotten is told', async () => {
	await terminal.press('t');
	await terminal.type('many-paths');
	await terminal.press('Enter');
	await terminal.waitFor(/many-paths · classic/);
	await terminal.press('z', '<', 'b');
	await terminal.waitFor(/per path/);
	await terminal.waitFor(/of [1-9]\d{6,} rows \(\d+ in rare/, 80);
	const [, groups = ''] = await terminal.waitFor(/(\d+) groups of/);
	expect(Number(groups)).toBeLessThanOrEqual(20_000);
	expect(residentMegabytes(await terminal.shell())).toBeLessThan(mostMegabytes);
	await terminal.press('x');
	await terminal.waitFor(/stopped · complete/);
}, 120_000);

/** Of the console, which is the shell's child. */
function residentMegabytes(shell: number): number {
	const [console] = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ');
	return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${console}/status`, 'utf8'))?.[1]) / 1024;
}
