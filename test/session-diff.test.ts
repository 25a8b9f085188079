/** Two real sessions: one without, one with a program that takes all CPUs. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs, titled } from './support/needs.ts';
import { run, type Started, scratchFolder, sessionIn, start } from './support/program.ts';

const hog = 'cpu-hog';
/** Enough to be found on a machine that does other things, too. */
const hogsPerCpu = 4;

/** As long as it takes for a verdict to be sure. */
const playbook = `
title: Who has the CPUs?
about: What checks and a profile say of them.
steps:
  - { checks: [cpu], look: What is warned of., seconds: 4 }
  - { tool: profile, look: Who it is., seconds: 3, say: [{ text: It was seen. }] }
`;

const lacking = needs('root', { tool: 'profile', via: 'perf' });

describe.skipIf(lacking)(titled('Two sessions of a host that is quiet, then not', lacking), () => {
	const scratch = scratchFolder();
	const hogs: Started[] = [];
	let quiet = '';
	let loud = '';
	afterAll(() => {
		for (const { child } of hogs) child.kill('SIGKILL');
		scratch[Symbol.dispose]();
	});

	async function record(name: string, ...more: string[]): Promise<string> {
		const folder = join(scratch.path, name);
		const env = { ...process.env, XDG_CONFIG_HOME: scratch.path };
		const { stdout } = await run(['playbook', 'cpus', '--record', '--session-dir', folder, ...more], { env });
		expect(stdout).toContain('2 of 2 steps ran to their end');
		return sessionIn(folder);
	}

	beforeAll(async () => {
		mkdirSync(join(scratch.path, 'bpftools/playbooks'), { recursive: true });
		writeFileSync(join(scratch.path, 'bpftools/playbooks/cpus.yaml'), playbook);
		quiet = await record('quiet', '--duration', '2');
		const program = join(scratch.path, hog);
		writeFileSync(program, '#!/bin/sh\nwhile :; do :; done\n');
		chmodSync(program, 0o755);
		for (let n = 0; n < hogsPerCpu * availableParallelism(); n++) {
			// Each in a group of its own, since the kernel shares the CPUs out among groups.
			hogs.push(start([program], { detached: true }));
		}
		loud = await record('loud');
		for (const { child } of hogs) child.kill('SIGKILL');
	});

	test('the program that made the difference is what grew most', async () => {
		const { code, stdout } = await run(['session', 'diff', quiet, loud]);
		expect(code).toBe(0);
		const [, table = ''] = stdout.split(/^process +A +B +points\n/m);
		const grown = table.split('\n').filter((line) => line.includes('+'));
		expect(grown[0]).toMatch(/^cpu-hog +0\.0 % +\d+\.\d % +\+\d+\.\d$/);
	});

	test('the checks show it, in their numbers and in the verdicts that turned', async ({ skip }) => {
		const { verdicts, readings, runs } = JSON.parse((await run(['session', 'diff', quiet, loud, '--json'])).stdout);
		const grown = runs[0].processes.find(({ a, b }: { a: number; b: number }) => b > a);
		expect(grown).toMatchObject({ process: hog, a: 0 });
		const queue = readings.find(({ check }: { check: string }) => check === 'cpu.run-queue');
		expect(queue.b.median).toBeGreaterThanOrEqual(queue.a.median + hogsPerCpu);
		const [before] = JSON.parse((await run(['session', 'ls', '--json', '--session-dir', dirname(quiet)])).stdout);
		skip(before.worst === 'bad', 'this machine was busy before');
		expect(verdicts[0]).toMatchObject({ resource: 'cpu', turned: 'worse', b: { verdict: 'bad' } });
		const suspects = verdicts.flatMap(({ b }: { b: { suspects: string[] } | null }) => b?.suspects ?? []);
		expect(suspects).toContainEqual(expect.stringMatching(/^cpu-hog \(pid \d+\)/));
	});

	test('the other way round it is what is gone', async () => {
		const { stdout } = await run(['session', 'diff', loud, quiet]);
		expect(stdout).toMatch(/^cpu-hog +\d+\.\d % +0\.0 % +-\d+\.\d$/m);
		expect(stdout).toMatch(/^In A and never in B: .*cpu-hog \d+\.\d %/m);
	});

	test('a session differs in nothing from itself', async () => {
		const args = ['session', 'diff', basename(loud), basename(loud), '--session-dir', join(scratch.path, 'loud')];
		expect((await run(args)).stdout).toContain('Both are the same session. Nothing differs that matters.');
	});
});
