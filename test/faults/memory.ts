import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cannotMakeContainers, type MadeContainer, makeContainer } from '../support/made-container.ts';
import { needs } from '../support/needs.ts';
import { whenFinished } from '../support/when-finished.ts';
import type { Fault, Stage } from './fault.ts';
import { madeName } from './made/made-name.ts';
import { makeSwap, noSwap } from './made/swap.ts';
import { thisHost, type Watcher, watch } from './watcher.ts';

const needsPython = () => cannotMakeContainers() ?? needs({ program: 'python3' });

/** The fault is that a program runs in a container. */
function staged(
	{ run }: MadeContainer,
	script: string,
	culprit: (pid: number) => RegExp,
	watcher: Watcher = watch(),
): Stage {
	const cause = () => {
		const child = run(`exec ${script}`);
		return { culprit: culprit(child.pid ?? 0), undo: () => child.kill('SIGKILL') };
	};
	return { watcher, device: null, cause };
}

const hold = (bytes: number) => `python3 -c 'held = bytearray(${bytes}); import time; time.sleep(1000)'`;

/** Each page again and again, whatever order makes it hardest to keep them. */
const touchAll = (bytes: number) => `python3 -c '
held = bytearray(${bytes})
while True:
    for i in range(0, len(held), 4096): held[i] = held[i] + 1 & 255'`;

const readAll = (file: string) => `python3 -c '
import mmap, random
file = open("${file}", "rb")
pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
pages.madvise(mmap.MADV_RANDOM)
while True: pages[random.randrange(len(pages))]'`;

function makeFile(megabytes: number): string {
	const file = join(tmpdir(), madeName());
	whenFinished(() => rmSync(file, { force: true }));
	// What lies in memory already is not its reader's.
	spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M', `count=${megabytes}`, 'oflag=direct'], { stdio: 'ignore' });
	return file;
}

/** tail keeps the last line of its input, and /dev/zero is one line without an end. */
const endless = 'tail /dev/zero';

export const memoryFaults: readonly Fault[] = [
	{
		name: 'a program that holds nearly all memory of its container',
		where: 'a container',
		check: 'memory.utilization',
		verdict: 'warn',
		whyNot: needsPython,
		stage: async () => {
			const container = await makeContainer({ memoryBytes: 100e6 }, thisHost);
			return staged(
				container,
				hold(88e6),
				(pid) => new RegExp(`^python3 \\(pid ${pid}\\) holds \\d+ MB$`),
				watch(thisHost, container.target),
			);
		},
	},
	{
		name: 'a program that works with more files than its container has memory for',
		where: 'a container',
		check: 'memory.pressure',
		verdict: 'warn',
		whyNot: needsPython,
		stage: async () => {
			const container = await makeContainer({ memoryBytes: 24e6 }, thisHost);
			return staged(
				container,
				readAll(makeFile(100)),
				(pid) => new RegExp(`^python3 \\(pid ${pid}\\) `),
				watch(thisHost, container.target),
			);
		},
	},
	{
		name: 'pages that have to be read again and again',
		where: 'a container',
		check: 'memory.major-faults',
		verdict: 'warn',
		others: 'compete',
		whyNot: needsPython,
		stage: async () =>
			staged(
				await makeContainer({ memoryBytes: 24e6 }, thisHost),
				readAll(makeFile(100)),
				(pid) => new RegExp(`^python3 \\(pid ${pid}\\) waits for \\d+ pages a second from disk$`),
			),
	},
	{
		name: 'a program that is killed for want of memory',
		where: 'a container',
		check: 'memory.oom',
		verdict: 'bad',
		alone: true,
		whyNot: cannotMakeContainers,
		stage: async () => {
			const container = await makeContainer({ memoryBytes: 64e6 }, thisHost);
			const culprit = (pid: number) => new RegExp(`^tail \\(pid ${pid}\\): OOM kill$`);
			return staged(container, endless, culprit, watch(thisHost, container.target));
		},
	},
	{
		name: 'a program of some container that is killed for want of memory',
		where: 'this host',
		check: 'memory.oom',
		verdict: 'bad',
		whyNot: cannotMakeContainers,
		stage: async () => {
			const culprit = (pid: number) => new RegExp(`^tail \\(pid ${pid}\\): OOM kill$`);
			return staged(await makeContainer({ memoryBytes: 64e6 }, thisHost), endless, culprit);
		},
	},
	{
		name: 'a program that works with more memory than there is',
		where: 'this host',
		check: 'memory.swapping',
		verdict: 'bad',
		alone: true,
		whyNot: () => needsPython() ?? noSwap(),
		stage: async () => {
			const container = await makeContainer({ memoryBytes: 48e6 }, thisHost);
			makeSwap(256);
			const culprit = (pid: number) => new RegExp(`^python3 \\(pid ${pid}\\) waits for \\d+ pages a second from disk$`);
			return staged(container, touchAll(80e6), culprit);
		},
	},
];
