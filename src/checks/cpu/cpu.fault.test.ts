import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { openHost } from '../../host/host.ts';
import { hostTarget } from '../../host/target.ts';
import type { Reading } from '../check.ts';
import { judge } from '../checklist.ts';
import { Suspects } from '../suspects.ts';

const host = openHost();

async function observe(times: number): Promise<Reading[][]> {
	const first = sampleHost(host, ['cpu']);
	const observed: Reading[][] = [];
	for (let i = 0, before = first; i < times; i++) {
		await sleep(300);
		const now = sampleHost(host, ['cpu']);
		observed.push(judge({ before, now, first }));
		before = now;
	}
	return observed;
}

const least = (observed: Reading[][], check: string) =>
	Math.min(...observed.map((readings) => reading(readings, check).value ?? Number.NaN));

function startHogs(count: number): ChildProcess[] {
	const hogs = Array.from({ length: count }, () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
	onTestFinished(() => {
		for (const hog of hogs) hog.kill('SIGKILL');
	});
	return hogs;
}

test('two busy loops a CPU turn utilization and the run queue bad, and are named', { timeout: 15_000 }, async () => {
	const without = await observe(4);
	const hogs = startHogs(2 * availableParallelism());
	const suspects = new Suspects(host, () => hostTarget(host));
	suspects.lookAtAll();
	const during = await observe(4);
	suspects.lookAtAll();

	// Others may keep this machine busy as well, so what counts is that the hogs come on top.
	expect(least(during, 'cpu.run-queue')).toBeGreaterThan(least(without, 'cpu.run-queue'));
	const last = during.at(-1) ?? [];
	expect(reading(last, 'cpu.run-queue').verdict).toBe('bad');
	expect(['warn', 'bad']).toContain(reading(last, 'cpu.utilization').verdict);
	// Where PSI is off that is what it says.
	expect(['warn', 'bad', 'unknown']).toContain(reading(last, 'cpu.pressure').verdict);

	const named = suspects.of(reading(last, 'cpu.utilization'), 50).join('\n');
	for (const { pid } of hogs) expect(named).toContain(`sh (pid ${pid}) uses`);
});
