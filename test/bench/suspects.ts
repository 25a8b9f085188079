import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../src/checks/check.ts';
import { Suspects } from '../../src/checks/suspects.ts';
import { openHost } from '../../src/host/host.ts';
import { hostTarget } from '../../src/host/target.ts';
import type { Result } from './bench.ts';
import { cpuSeconds } from './idle.ts';

const sleepers = 10_000;
const workers = 100;
const settleSeconds = 10;
const watchedSeconds = 30;

/** One of each kind that processes are asked about. */
const questions = ['cpu.utilization', 'cpu.pressure', 'memory.utilization', 'memory.reclaim', 'disk.latency'].map(
	(check): Reading => ({
		check,
		resource: check.split('.', 1)[0] as Reading['resource'],
		kind: /utilization/.test(check) ? 'utilization' : 'saturation',
		device: null,
		value: 100,
		unit: '%',
		verdict: 'bad',
		why: '',
		suspects: [],
	}),
);

/**
 * CPU that it takes to name suspects each second for bad verdicts of all kinds, among ten thousand
 * real processes of which a hundred do something; beside top, which is asked the same.
 */
export async function suspects(): Promise<Result[]> {
	const crowd = await startCrowd();
	try {
		const { ours, first } = await nameSuspects();
		const theirs = await peer('top', ['-b', '-d', '1']);
		return [
			{ what: 'suspects of 10,000', ours, peer: 'top', theirs, unit: '% core' },
			// Top looks at all of them each second.
			{ what: 'first look at 10,000', ours: first, peer: 'top', theirs: theirs * 10, unit: 'ms' },
		];
	} finally {
		end(crowd);
	}
}

const crowdScript = `
i=0; while [ $i -lt ${sleepers - workers} ]; do sleep infinity & i=$((i+1)); done
i=0; while [ $i -lt ${workers} ]; do perl -e 'for (;;) { for (1..20000) {} select(undef, undef, undef, 0.3) }' & i=$((i+1)); done
echo ready; wait`;

async function startCrowd(): Promise<ChildProcess> {
	const crowd = spawn('sh', ['-c', crowdScript], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
	await once(crowd.stdout as NodeJS.ReadableStream, 'data');
	await sleep(settleSeconds * 1000);
	return crowd;
}

function end({ pid = 0 }: ChildProcess): void {
	process.kill(-pid, 'SIGKILL');
}

async function nameSuspects(): Promise<{ ours: number; first: number }> {
	const host = openHost();
	const suspects = new Suspects(host, () => hostTarget(host));
	const name = () => {
		suspects.look(questions);
		return questions.map((question) => suspects.of(question));
	};
	const nameFor = async (seconds: number) => {
		for (let second = 0; second < seconds; second++) {
			await sleep(1000);
			name();
		}
	};
	const first = await millisecondsOf(name);
	await nameFor(settleSeconds);
	const spent = await millisecondsOf(() => nameFor(watchedSeconds));
	return { ours: spent / 10 / watchedSeconds, first };
}

/** Of CPU. */
async function millisecondsOf(work: () => unknown): Promise<number> {
	const before = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000;
}

async function peer(program: string, args: string[]): Promise<number> {
	const child = spawn(program, args, { stdio: 'ignore' });
	try {
		await sleep(settleSeconds * 1000);
		const before = cpuSeconds(child.pid as number);
		await sleep(watchedSeconds * 1000);
		return (100 * (cpuSeconds(child.pid as number) - before)) / watchedSeconds;
	} finally {
		child.kill();
	}
}

if (import.meta.main) {
	for (const { what, ours, peer, theirs, unit } of await suspects()) {
		process.stdout.write(`${what.padEnd(28)} ${ours.toFixed(2).padStart(8)} ${unit}   ${peer} ${theirs.toFixed(2)}\n`);
	}
}
