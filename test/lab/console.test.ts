import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTool, verdicts } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { Terminal } from '../support/terminal.ts';
import { noLab } from './image.ts';
import type { Lab } from './lab.ts';
import { programsOf, sharedLab } from './shared-lab.ts';

const lack = noLab ?? needs({ program: 'tmux' });

describe.skipIf(lack)(titled('The console on a stock kernel', lack), () => {
	const terminal = new Terminal();
	let lab: Lab;
	let before: number[];

	beforeAll(async () => {
		lab = await sharedLab();
		before = await programsOf(lab);
		await terminal.start(lab.ssh(['-tt'], 'bpftools tui --session-dir /tmp/sessions'), { columns: 120, rows: 40 });
	});

	afterAll(() => terminal.close());

	test('shows its verdicts', async () => {
		await terminal.waitFor(verdicts, 60);
	});

	test('a tool of kprobes runs in a pane', async () => {
		await runTool(terminal, 'cachestat');
		await terminal.waitFor(/cachestat · bpftrace · \d+s of 60s · complete · .*[1-9]\d* rows/, 60);
		expect((await programsOf(lab)).length).toBeGreaterThan(before.length);
	});

	test('bpftop has the terminal and gives it back', async () => {
		await runTool(terminal, 'bpftop');
		await terminal.waitFor(/BPF programs[\s\S]*Period Avg Runtime|Events per second/i, 60);
		await terminal.press('q');
		await terminal.waitFor(/^bpftop has ended\.$/m, 30);
		await terminal.waitFor(/cachestat · bpftrace · /);
	});

	test('q leaves, and nothing stays loaded', async () => {
		await terminal.press('q', 'q', 'y');
		expect(await terminal.ended(60)).toBe(0);
		await eventually('the kernel holds the programs of before', async () => {
			const now = await programsOf(lab);
			return now.every((id) => before.includes(id));
		});
		expect(await lab.output('cat /sys/kernel/tracing/kprobe_events /proc/sys/kernel/bpf_stats_enabled')).toBe('0\n');
		expect(await lab.output('ls /tmp/sessions')).not.toBe('');
	});
});
