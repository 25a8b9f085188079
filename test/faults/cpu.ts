import { availableParallelism } from 'node:os';
import type { Reading } from '../../src/checks/check.ts';
import { cannotMakeContainers, makeContainer } from '../support/made-container.ts';
import { needs } from '../support/needs.ts';
import type { Fault } from './fault.ts';
import { anyOf, start, startAll } from './made/processes.ts';
import { thisHost, watch } from './watcher.ts';

const cpus = availableParallelism();
const lastCpu = cpus - 1;

const busyLoop = ['sh', '-c', 'while :; do :; done'];

/** In one process, so that it stands out from others that wait as well. */
const busyThreads = `
	const { Worker } = require('worker_threads');
	for (let i = 0; i < ${4 * cpus}; i++) new Worker('for (;;);', { eval: true });`;

/** Beside them, the last one stands out no more. */
function othersAreBusy(readings: readonly Reading[]): boolean {
	const shares = readings
		.filter(({ check, device }) => check === 'cpu.utilization' && device !== null && device !== `cpu${lastCpu}`)
		.map(({ value }) => value ?? 0);
	return shares.reduce((a, b) => a + b, 0) / shares.length > 45;
}

export const cpuFaults: readonly Fault[] = [
	{
		name: 'a busy loop for every CPU',
		where: 'this host',
		check: 'cpu.utilization',
		verdict: 'bad',
		alone: true,
		others: 'compete',
		stage: async () => ({
			watcher: watch(),
			device: null,
			cause: async () => {
				const loops = await startAll(Array.from({ length: cpus }, () => busyLoop));
				return { culprit: new RegExp(`^sh ${anyOf(loops.pids)} uses \\d+ % of a CPU$`), undo: loops.stop };
			},
		}),
	},
	{
		name: 'a busy loop that may use one CPU only',
		where: 'this host',
		check: 'cpu.utilization',
		verdict: 'warn',
		alone: true,
		hidden: (recent) => (recent.filter(othersAreBusy).length >= 3 ? 'others keep all CPUs busy' : undefined),
		whyNot: () => needs({ program: 'taskset' }) ?? (cpus === 1 ? 'it takes two CPUs' : undefined),
		stage: async () => ({
			watcher: watch(),
			device: `cpu${lastCpu}`,
			cause: async () => {
				const loop = await startAll([['taskset', '-c', String(lastCpu), ...busyLoop]]);
				return { culprit: new RegExp(`^sh ${anyOf(loop.pids)} uses \\d+ % of a CPU$`), undo: loop.stop };
			},
		}),
	},
	{
		name: 'four threads for every CPU',
		where: 'this host',
		check: 'cpu.run-queue',
		verdict: 'bad',
		alone: true,
		others: 'compete',
		stage: async () => ({
			watcher: watch(),
			device: null,
			cause: async () => {
				const { pid, stop } = await start([process.execPath, '-e', busyThreads]);
				const culprit = new RegExp(`^\\S+ \\(pid ${pid}\\) has [\\d.]+ of its \\d+ threads waiting for a CPU$`);
				return { culprit, undo: stop };
			},
		}),
	},
	{
		name: 'busy loops that use up their quota',
		where: 'a container',
		check: 'cpu.quota',
		verdict: 'bad',
		alone: true,
		whyNot: cannotMakeContainers,
		stage: async () => {
			const { target, run } = await makeContainer({ cpus: 0.2 }, thisHost);
			return {
				watcher: watch(thisHost, target),
				device: null,
				cause: () => {
					// Enough of them to use it up on a host that is busy otherwise.
					const loops = Array.from({ length: 3 }, () => run('while :; do :; done'));
					const pids = loops.map(({ pid }) => pid ?? 0);
					return {
						culprit: new RegExp(`^sh ${anyOf(pids)} uses \\d+ % of a CPU$`),
						undo: () => {
							for (const loop of loops) loop.kill('SIGKILL');
						},
					};
				},
			};
		},
	},
];
