import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../docker/image.ts';
import { runTool, verdicts } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { Terminal } from '../support/terminal.ts';
import { noLab } from './image.ts';
import type { Lab } from './lab.ts';
import { programsOf, sharedLab } from './shared-lab.ts';

const lack = noLab ?? needs({ program: 'tmux' }, { program: 'dockerd' }, 'engine');

describe.skipIf(lack)(titled('The image, as README says to run it, on a stock kernel', lack), () => {
	const terminal = new Terminal();
	let lab: Lab;
	let before: number[];

	beforeAll(async () => {
		lab = await sharedLab();
		await build('bpftools');
		execFileSync(join(import.meta.dirname, 'docker-disk'), ['bpftools:latest', join(lab.share, 'docker.img')]);
		await lab.output('/bpftools/test/lab/guest/engine up', { seconds: 120 });
		before = await programsOf(lab);
		const line = 'docker run -it --privileged --pid=host bpftools tui';
		await terminal.start(lab.ssh(['-tt'], line), { columns: 120, rows: 40 });
	});

	afterAll(async () => {
		await terminal.close();
		await lab?.run('/bpftools/test/lab/guest/engine down');
	});

	test('the checklist is of the host', async () => {
		await terminal.waitFor(verdicts, 120);
		await terminal.waitFor(/^bpftools · lab · .*6\.12\./m);
	});

	test('a tool of kprobes runs in a pane', async () => {
		await runTool(terminal, 'cachestat');
		await terminal.waitFor(/cachestat · bpftrace · \d+s of 60s · complete · .*[1-9]\d* rows/, 90);
		expect((await programsOf(lab)).length).toBeGreaterThan(before.length);
	});

	test('q leaves, and nothing stays loaded', async () => {
		await terminal.press('q', 'q', 'y');
		expect(await terminal.ended(60)).toBe(0);
		await eventually('the kernel holds the programs of before', async () => {
			const now = await programsOf(lab);
			return now.every((id) => before.includes(id));
		});
	});
});
