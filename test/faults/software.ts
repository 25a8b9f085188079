import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTaskGroups } from '../../src/checks/software/groups.ts';
import { readMaps } from '../../src/checks/software/maps.ts';
import { type ControlFiles, processesIn } from '../../src/host/cgroup.ts';
import { cgroupOfContainer } from '../../src/host/containers.ts';
import { readText } from '../../src/host/host.ts';
import { eventually } from '../support/eventually.ts';
import { cannotMakeContainers, type MadeContainer, makeContainer } from '../support/made-container.ts';
import { needs } from '../support/needs.ts';
import { whenFinished } from '../support/when-finished.ts';
import type { Fault, Stage } from './fault.ts';
import { madeName } from './made/made-name.ts';
import { type Running, start } from './made/processes.ts';
import { changeSetting } from './made/settings.ts';
import { watchLocks } from './made/tool-watcher.ts';
import { thisHost, watch } from './watcher.ts';

/** The fault is that a program runs. */
function staged(begin: () => Promise<Running>, culprit: (pid: number) => RegExp): Stage {
	const cause = async () => {
		const { pid, stop } = await begin();
		return { culprit: culprit(pid), undo: stop };
	};
	return { watcher: watch(), device: null, cause };
}

/** Groups are looked for every ten seconds only; this one has been found. */
async function makeContainerWithTasks(tasks: number): Promise<MadeContainer> {
	const made = await makeContainer({ tasks }, thisHost);
	const name = made.target.container.id.slice(0, 12);
	const isFound = () => [...(readTaskGroups(thisHost)?.keys() ?? [])].some((each) => each.includes(name));
	await eventually('the group is found', isFound);
	return made;
}

const perl = (script: string) => ['perl', '-e', script];
const python = (script: string, ...args: string[]) => ['python3', '-c', script, ...args];

/** Until its child has begun to run a program, the parent can't be woken; and the child waits for a fifo to be opened. */
const stuckInVfork = `
import os, sys
os.posix_spawn('/bin/true', ['true'], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)])`;

const manyMaps = `
import mmap, sys, time
kept = [mmap.mmap(-1, 4096) for _ in range(int(sys.argv[1]))]
print('ready', flush=True)
time.sleep(1000)`;

const manyInstances = `
import ctypes, sys, time
libc = ctypes.CDLL(None)
for _ in range(int(sys.argv[1])): libc.inotify_init()
print('ready', flush=True)
time.sleep(1000)`;

const contendedLock = `
import sys, threading
sys.setswitchinterval(1e-6)
lock = threading.Lock()
def work():
    while True:
        with lock: pass
threads = [threading.Thread(target=work, daemon=True) for _ in range(16)]
for thread in threads: thread.start()
threads[0].join()`;

const sixteenFiles = Array.from({ length: 16 }, (_, i) => `exec ${i + 3}</dev/null`).join('; ');

/** More than any program has that has no trouble with it. */
const fewMaps = 20_000;
const mostInstances = Number(readText('/proc/sys/fs/inotify/max_user_instances'));

export const softwareFaults: readonly Fault[] = [
	{
		name: 'children that nobody asks after',
		where: 'this host',
		check: 'software.zombies',
		verdict: 'warn',
		whyNot: () => needs({ program: 'perl' }),
		stage: async () =>
			staged(
				() => start(perl('fork or exit for 1..60; sleep 1000')),
				(pid) => new RegExp(`^perl \\(pid ${pid}\\) leaves 60 zombies$`),
			),
	},
	{
		name: 'a process that the kernel lets nobody wake',
		where: 'this host',
		check: 'software.stuck',
		verdict: 'warn',
		whyNot: () => needs({ program: 'python3' }),
		stage: async () => {
			const folder = join(tmpdir(), madeName());
			mkdirSync(folder);
			whenFinished(() => rmSync(folder, { recursive: true }));
			const fifo = join(folder, 'fifo');
			spawnSync('mkfifo', [fifo]);
			return staged(
				() => start(python(stuckInVfork, fifo)),
				(pid) => new RegExp(`^python3.* \\(pid ${pid}\\) waits in \\w+ for`),
			);
		},
	},
	{
		name: 'a process near its limit of open files',
		where: 'this host',
		check: 'software.process-files',
		verdict: 'bad',
		stage: async () =>
			staged(
				() => start(['bash', '-c', `ulimit -n 20; ${sixteenFiles}; exec sleep 1000`]),
				(pid) => new RegExp(`^sleep \\(pid ${pid}\\) has (19|20) of 20 files open$`),
			),
	},
	{
		name: 'a control group near its limit of threads',
		where: 'a control group',
		check: 'software.group-tasks',
		verdict: 'bad',
		whyNot: cannotMakeContainers,
		stage: async () => {
			const { target, run } = await makeContainerWithTasks(12);
			return {
				watcher: watch(),
				device: null,
				cause: () => {
					run('for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & done; wait');
					const members = () =>
						processesIn(cgroupOfContainer(thisHost, target.container)?.files('pids') as ControlFiles);
					const undo = () => {
						for (const pid of members()) if (pid !== target.pid) process.kill(pid, 'SIGKILL');
					};
					return { culprit: new RegExp(`${target.container.id.slice(0, 12)}.*: 12 of 12 threads`), undo };
				},
			};
		},
	},
	{
		name: 'a thread that a control group refuses',
		where: 'a control group',
		check: 'software.refused-tasks',
		verdict: 'bad',
		whyNot: cannotMakeContainers,
		stage: async () => {
			const { target, run } = await makeContainerWithTasks(2);
			return {
				watcher: watch(),
				device: null,
				cause: () => {
					const refused = run('true | true; true');
					const culprit = new RegExp(`${target.container.id.slice(0, 12)}.*: \\d+ refusals?$`);
					return { culprit, undo: () => refused.kill('SIGKILL') };
				},
			};
		},
	},
	{
		name: 'a process near its limit of memory maps',
		where: 'this host',
		check: 'software.maps',
		verdict: 'warn',
		alone: true,
		whyNot: () => needs('root', { program: 'python3' }),
		stage: async () => {
			changeSetting('/proc/sys/vm/max_map_count', fewMaps);
			// Settings are read every ten seconds only.
			await eventually('the new limit is known', () => readMaps(thisHost).most === fewMaps);
			return staged(
				() => start(python(manyMaps, String(fewMaps * 0.9)), { ready: true }),
				(pid) => new RegExp(`\\(pid ${pid}\\) has \\d+ of ${fewMaps} maps$`),
			);
		},
	},
	{
		name: 'a user near the limit of inotify instances',
		where: 'this host',
		check: 'software.inotify',
		verdict: 'warn',
		whyNot: () =>
			needs({ program: 'python3' }) ??
			(mostInstances > 5000 ? `a user may have ${mostInstances} instances here` : undefined),
		stage: async () => {
			const most = Math.round(mostInstances * 0.85);
			return staged(
				() => start(python(manyInstances, String(most)), { ready: true }),
				(pid) => new RegExp(`\\(pid ${pid}\\) has ${most} of them$`),
			);
		},
	},
	{
		name: 'processes that live for a moment',
		where: 'this host',
		check: 'software.task-creation',
		verdict: 'warn',
		others: 'compete',
		whyNot: () => needs({ program: 'perl' }),
		stage: async () =>
			staged(
				() => start(perl('$SIG{CHLD} = "IGNORE"; for (;;) { fork or kill KILL => $$ }')),
				(pid) => new RegExp(`^perl \\(pid ${pid}\\) uses \\d+ % of a CPU$`),
			),
	},
	{
		name: 'threads that fight for a lock',
		where: 'this host',
		check: 'software.locks',
		tool: 'futexctn',
		verdict: 'warn',
		others: 'compete',
		whyNot: () => needs({ program: 'python3' }, { tool: 'futexctn', via: 'bpftrace' }),
		stage: async () => ({
			watcher: watchLocks(),
			device: null,
			cause: async () => {
				const { pid, stop } = await start(python(contendedLock));
				return { culprit: new RegExp(`^python3 \\(pid ${pid}\\) waits \\d+ times a second$`), undo: stop };
			},
		}),
	},
	{
		name: 'a program that crashes',
		where: 'this host',
		check: 'software.kernel-log',
		verdict: 'warn',
		whyNot: () => needs('root', { program: 'perl' }),
		stage: async () =>
			staged(
				() => start(perl('unpack("p", pack("J", 1))')),
				(pid) => new RegExp(`^perl \\(pid ${pid}\\): crashed program$`),
			),
	},
];
