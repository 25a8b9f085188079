import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { reading } from '../../../test/fixtures/proc-trees/readings.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { openHost } from '../../host/host.ts';
import type { ProcessTarget, Reading } from '../check.ts';
import { judge, takeSample } from '../checklist.ts';

const host = openHost();

function start(program: string, ...args: string[]): { child: ChildProcess; target: ProcessTarget } {
	const child = spawn(program, args, { stdio: 'ignore' });
	onTestFinished(() => {
		child.kill('SIGKILL');
	});
	const { pid = 0 } = child;
	return { child, target: { kind: 'process', name: `pid:${pid}`, pid } };
}

async function readingsOf(target: ProcessTarget): Promise<Reading[]> {
	const before = takeSample(host, target);
	await sleep(1000);
	return judge({ before, now: takeSample(host, target), first: before });
}

const loop = ['-c', 'while :; do :; done'];

test('a busy loop uses a CPU or waits for one, and an idle process does neither', async () => {
	const { target } = start('sh', ...loop);
	// Others may keep this machine busy as well, and its own host may keep it from running.
	const use = await eventually('a second of running or waiting', async () => {
		const found = await readingsOf(target);
		const use = reading(found, 'cpu.utilization');
		const percentOfOne = (use.value ?? 0) * availableParallelism();
		return percentOfOne + (reading(found, 'cpu.run-delay').value ?? 0) > 90 && use;
	});
	expect(use.why).toMatch(/^sh uses [\d.]+ CPUs?, \d+ % of the \d+ CPUs? it may use/);
	const { target: idle } = start('sleep', '1000');
	const beside = await readingsOf(idle);
	expect(reading(beside, 'cpu.utilization').verdict).toBe('ok');
	expect(reading(beside, 'cpu.run-delay').verdict).toBe('ok');
	expect(reading(beside, 'disk.traffic')).toMatchObject({ value: 0, verdict: 'ok' });
});

test('processes that share one CPU wait for it', async () => {
	const pinned = ['-c', '0', 'sh', ...loop];
	const { target } = start('taskset', ...pinned);
	for (let i = 0; i < 3; i++) start('taskset', ...pinned);
	const found = await eventually('a second of waiting', async () => {
		const seen = reading(await readingsOf(target), 'cpu.run-delay');
		return seen.verdict === 'bad' && seen;
	});
	expect(found.why).toMatch(/^thread sh \(\d+\) waited for a CPU \d+ % of the time/);
});

test('what it holds and what it writes are its own', async () => {
	const folder = mkdtempSync(join(process.cwd(), 'node_modules/.bpftools-io-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const write = `
		const file = fs.openSync('${folder}/file', 'w'), block = Buffer.alloc(100 << 20, 1);
		for (;;) { fs.writeSync(file, block, 0, 1 << 20, 0); fs.fsyncSync(file); }`;
	const { target } = start(process.execPath, '-e', write);
	const found = await eventually('its writes', async () => {
		const readings = await readingsOf(target);
		return (reading(readings, 'disk.traffic').value ?? 0) > 0 && readings;
	});
	expect(reading(found, 'disk.traffic').why).toMatch(/ and writes [\d.]+ [kMG]B\/s; the busiest disk, /);
	expect(reading(found, 'memory.utilization').why).toMatch(/ holds \d{3} MB, /);
});

test('once it has ended, nothing is ok', async () => {
	const { child, target } = start('sleep', '1000');
	const before = takeSample(host, target);
	child.kill('SIGKILL');
	await once(child, 'exit');
	const readings = judge({ before, now: takeSample(host, target), first: before });
	expect(new Set(readings.map(({ resource }) => resource))).toEqual(new Set(['cpu', 'memory', 'disk', 'network']));
	for (const { verdict, value, why } of readings) {
		expect({ verdict, value, why }).toEqual({
			verdict: 'unknown',
			value: null,
			why: `process ${target.pid} has ended`,
		});
	}
});

test('numbers of the host’s own network say that they are everybody’s', async () => {
	const { target } = start('sleep', '1000');
	const asHost = openHost({ pid: process.pid });
	const before = takeSample(asHost, target, ['network']);
	const found = judge({ before, now: takeSample(asHost, target, ['network']), first: before });
	expect(reading(found, 'network.errors', found.find(({ check }) => check === 'network.errors')?.device).why).toMatch(
		/\(it shares the network of the host, so this is everybody’s\)$/,
	);
});
