import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { needs, titled } from '../../../test/support/needs.ts';
import { highestGroup } from '../../host/cgroup.ts';
import { openHost, readText } from '../../host/host.ts';
import type { Reading, Verdict } from '../check.ts';
import { judge } from '../checklist.ts';
import { setThreshold } from '../thresholds.ts';

const host = openHost();

/** What one check says from now on. */
function asked(check: string): () => Reading {
	const first = sampleHost(host, ['software']);
	let before = first;
	return () => {
		const now = sampleHost(host, ['software']);
		const found = reading(judge({ before, now, first }), check);
		before = now;
		return found;
	};
}

/** Within ten seconds, as the fault is young then. */
async function turns(ask: () => Reading, ...verdicts: Verdict[]): Promise<Reading> {
	let last: Reading | undefined;
	const found = () => {
		last = ask();
		return verdicts.includes(last.verdict) && last;
	};
	return eventually(`a verdict of ${verdicts.join(' or ')}`, found, 10, () => JSON.stringify(last));
}

function start(...[program = '', ...args]: string[]): ChildProcess & { pid: number } {
	const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
	onTestFinished(() => stop(child));
	return child as ChildProcess & { pid: number };
}

/** With all that it has started. */
function stop({ pid }: ChildProcess): void {
	try {
		if (pid !== undefined) process.kill(-pid, 'SIGKILL');
	} catch {
		// It has ended by itself.
	}
}

const noPerl = needs({ program: 'perl' });

test.skipIf(noPerl)(
	titled('children that nobody asks after are zombies, and their parent is named', noPerl),
	async () => {
		const ask = asked('software.zombies');
		await turns(ask, 'ok');
		const parent = start('perl', '-e', 'fork or exit for 1..60; sleep 100');
		const found = await turns(ask, 'warn');
		expect(found.suspects.join()).toContain(`perl (pid ${parent.pid}) leaves 60 zombies`);
		stop(parent);
		await turns(ask, 'ok');
	},
);

const noPython = needs({ program: 'python3' });

/** Until its child has begun to run a program, the parent can't be woken; and the child waits for a fifo to be opened. */
const stuckInVfork = `
import os, sys
os.posix_spawn('/bin/true', ['true'], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)])`;

test.skipIf(noPython)(titled('a process stuck in the kernel is named, with what it waits in', noPython), async () => {
	const folder = mkdtempSync(join(tmpdir(), 'bpftools-stuck-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const fifo = join(folder, 'fifo');
	spawnSync('mkfifo', [fifo]);
	const ask = asked('software.stuck');
	await turns(ask, 'ok');
	const parent = start('python3', '-c', stuckInVfork, fifo);
	const found = await turns(ask, 'warn', 'bad');
	expect(found.suspects.join()).toMatch(new RegExp(`python3.* \\(pid ${parent.pid}\\) waits in \\w+ for`));
	stop(parent);
	await turns(ask, 'ok');
});

test('a process near its limit of open files is named', { timeout: 40_000 }, async () => {
	const ask = asked('software.process-files');
	await turns(ask, 'ok');
	const open = Array.from({ length: 16 }, (_, i) => `exec ${i + 3}</dev/null`).join('; ');
	const hog = start('bash', '-c', `ulimit -n 20; ${open}; exec sleep 100`);
	const found = await turns(ask, 'bad');
	expect(found.suspects.join()).toMatch(new RegExp(`sleep \\(pid ${hog.pid}\\) has (19|20) of 20 files open`));
	stop(hog);
	await turns(ask, 'ok');
});

function makeGroup(): string | undefined {
	const top = highestGroup(host, 'pids')?.folder;
	if (!top) return undefined;
	const folder = join(top, `bpftools-pids-test-${process.pid}`);
	try {
		mkdirSync(folder);
		if (existsSync(join(folder, 'pids.max'))) return folder;
		rmdirSync(folder);
	} catch {
		// Groups may not be made here.
	}
	return undefined;
}

const probe = makeGroup();
if (probe) rmdirSync(probe);
const noGroup = probe ? undefined : 'no control group with pids.max can be made here';

test.skipIf(noGroup)(
	titled('a control group full of threads is named, and what it refuses is an error', noGroup),
	{ timeout: 60_000 },
	async () => {
		const group = makeGroup() ?? '';
		const name = `/${group.split('/').at(-1)}`;
		onTestFinished(async () => {
			await eventually('the group is empty', () => leave(group));
		});
		writeFileSync(join(group, 'pids.max'), '10');
		const askFull = asked('software.group-tasks');
		// Groups are looked for every ten seconds only, by this reader and the one of other tests alike.
		await eventually('the group is found', () => reading(readingsNow(), 'software.group-tasks').value !== null, 15);
		await turns(askFull, 'ok');
		const askRefused = asked('software.refused-tasks');
		await turns(askRefused, 'ok');
		const script = `echo $$ > "$1/cgroup.procs"; i=0; while [ $i -lt 9 ]; do sleep 100 & i=$((i+1)); done; wait`;
		const full = start('sh', '-c', script, 'sh', group);
		expect((await turns(askFull, 'bad')).suspects).toEqual([`${name}: 10 of 10 threads`]);
		expect(askRefused().verdict).toBe('ok');

		spawnSync('sh', ['-c', 'echo $$ > "$1/cgroup.procs"; true | true', 'sh', group], { stdio: 'ignore' });
		expect((await turns(askRefused, 'bad')).suspects.join()).toContain(`${name}: `);
		stop(full);
		await turns(askFull, 'ok');
	},
);

function readingsNow(): Reading[] {
	const sample = sampleHost(host, ['software']);
	return judge({ before: sample, now: sample, first: sample });
}

function leave(group: string): boolean {
	if (readText(join(group, 'cgroup.procs'))?.trim()) return false;
	try {
		rmdirSync(group);
		return true;
	} catch {
		return false;
	}
}

test('short-lived processes are told by how many start', { timeout: 40_000 }, async () => {
	setThreshold('software.task-creation', { warn: 300 });
	const ask = asked('software.task-creation');
	await turns(ask, 'ok');
	const loop = start('sh', '-c', 'while :; do /bin/true; done & while :; do (:); done');
	expect((await turns(ask, 'warn')).why).toContain('execsnoop');
	stop(loop);
	await turns(ask, 'ok');
});

const manyMaps = `
import mmap, sys, time
kept = [mmap.mmap(-1, 4096) for _ in range(int(sys.argv[1]))]
time.sleep(100)`;
const mostMaps = Number(readText('/proc/sys/vm/max_map_count'));
const noMaps = noPython ?? (mostMaps > 100_000 ? `vm.max_map_count is ${mostMaps} here` : undefined);

test.skipIf(noMaps)(
	titled('a process near the limit of memory maps is named', noMaps),
	{ timeout: 60_000 },
	async () => {
		const ask = asked('software.maps');
		await turns(ask, 'ok');
		const hog = start('python3', '-c', manyMaps, String(Math.round(mostMaps * 0.9)));
		const found = await turns(ask, 'warn');
		expect(found.suspects.join()).toMatch(new RegExp(`\\(pid ${hog.pid}\\) has \\d+ of ${mostMaps} maps`));
		stop(hog);
		await turns(ask, 'ok');
	},
);

const manyInstances = `
import ctypes, sys, time
libc = ctypes.CDLL(None)
for _ in range(int(sys.argv[1])): libc.inotify_init()
time.sleep(100)`;
const mostInstances = Number(readText('/proc/sys/fs/inotify/max_user_instances'));
const noInstances = noPython ?? (mostInstances > 5000 ? `a user may have ${mostInstances} instances here` : undefined);

test.skipIf(noInstances)(
	titled('a user near the limit of inotify instances, and the process that has them', noInstances),
	{ timeout: 60_000 },
	async () => {
		const ask = asked('software.inotify');
		await eventually('all processes have been asked', () => ask().verdict === 'ok', 20);
		const hog = start('python3', '-c', manyInstances, String(Math.round(mostInstances * 0.85)));
		const found = await turns(ask, 'warn', 'bad');
		expect(found.suspects.join()).toContain(`(pid ${hog.pid}) has ${Math.round(mostInstances * 0.85)} of them`);
		stop(hog);
		await turns(ask, 'ok');
	},
);

const noLog = needs('root') ?? (existsSync('/dev/kmsg') ? undefined : 'there is no /dev/kmsg');

test.skipIf(noLog)(
	titled('a message of the kernel turns the check that it is about, and only that', noLog),
	async () => {
		const first = sampleHost(host);
		const verdicts = () => {
			const now = sampleHost(host);
			const readings = judge({ before: first, now, first });
			const names = ['cpu.kernel-log', 'memory.kernel-log', 'software.kernel-log'];
			return Object.fromEntries(names.map((name) => [name, reading(readings, name).verdict]));
		};
		expect(verdicts()).toEqual({ 'cpu.kernel-log': 'ok', 'memory.kernel-log': 'ok', 'software.kernel-log': 'ok' });
		appendFileSync('/dev/kmsg', '<4>bpftools-test: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL)\n');
		expect(verdicts()).toEqual({ 'cpu.kernel-log': 'ok', 'memory.kernel-log': 'warn', 'software.kernel-log': 'ok' });
		appendFileSync('/dev/kmsg', '<0>watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [bpftools-test:123]\n');
		expect(verdicts()).toEqual({ 'cpu.kernel-log': 'bad', 'memory.kernel-log': 'warn', 'software.kernel-log': 'ok' });
	},
);

const noCrash = noLog ?? noPerl;

test.skipIf(noCrash)(titled('a program that crashes is named out of the kernel’s log', noCrash), async () => {
	const ask = asked('software.kernel-log');
	expect(ask().verdict).toBe('ok');
	const crash = start('perl', '-e', 'unpack("p", pack("J", 1))');
	const found = await turns(ask, 'warn');
	expect(found.suspects.join()).toContain(`perl (pid ${crash.pid}): crashed program`);
});
