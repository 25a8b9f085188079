import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { ResourceName } from '../../src/checks/check.ts';
import { checklists, judge, type Sample, takeSample } from '../../src/checks/checklist.ts';
import { Watch } from '../../src/checks/watch.ts';
import { type Host, openHost } from '../../src/host/host.ts';
import { hostTarget } from '../../src/host/target.ts';
import { large, letPass, makeHost } from '../fixtures/proc-trees/large-host.ts';
import type { Result } from './bench.ts';

/** The compiler needs some, and what is read every half a minute is to be counted too. */
const warmUpSeconds = 30;
const watchedSeconds = 60;
/** What is asked in the background answers within a few turns of the event loop; none waits for a real second. */
const turns = 300;

/** Files that hardly any observer of a host could do without, each second. */
const observed = [
	'proc/stat',
	'proc/meminfo',
	'proc/vmstat',
	'proc/diskstats',
	...['dev', 'snmp', 'netstat', 'snmp6', 'softnet_stat', 'sockstat'].map((name) => `proc/1/net/${name}`),
	...['cpu', 'memory', 'io'].map((name) => `proc/pressure/${name}`),
];

/**
 * CPU milliseconds of all checks a second on a saved host with 256 CPUs, 200 disks, 500 interfaces
 * and 2,000 processes. A saved tree is free of what a kernel needs to write the files, so that is
 * left out on both sides. The clock is wound on, so that what is read every ten seconds counts as that.
 */
export async function checks(): Promise<Result[]> {
	const root = mkdtempSync(join(tmpdir(), 'bpftools-bench-checks-'));
	try {
		makeHost(root, large);
		const host = openHost({ root });
		const clock = windClock();
		const cost = (work: () => unknown) => costOf(root, clock, work);
		const watch = new Watch(host, hostTarget(host));
		const ours = await cost(() => watch.next());
		const theirs = await cost(() => observed.map((file) => readFileSync(join(root, file), 'latin1')));
		const parts: Result[] = [];
		for (const { resource } of checklists.host) {
			const part = await cost(partOf(host, resource));
			parts.push({ what: `checks of ${resource}`, ours: part, peer: 'all', theirs: ours, unit: 'ms/s' });
		}
		clock.putBack();
		return [{ what: 'checks of a large host', ours, peer: 'read', theirs, unit: 'ms/s' }, ...parts];
	} finally {
		rmSync(root, { recursive: true });
	}
}

interface Clock {
	tick(): void;
	putBack(): void;
}

function windClock(): Clock {
	const real = performance.now;
	const now = () => real.call(performance);
	let tickedAt = now();
	let shown = tickedAt;
	// Within a second it runs as ever: some work is limited by the time it takes.
	performance.now = () => shown + now() - tickedAt;
	return {
		tick() {
			shown += 1000;
			tickedAt = now();
		},
		putBack() {
			performance.now = real;
		},
	};
}

/** Milliseconds of CPU that this takes a second, what it leaves to the event loop and the garbage collector included. */
async function costOf(root: string, clock: Clock, work: () => unknown): Promise<number> {
	let spent = 0;
	for (let second = 1; second <= warmUpSeconds + watchedSeconds; second++) {
		clock.tick();
		letPass(root, large, second);
		const before = process.cpuUsage();
		work();
		for (let i = 0; i < turns && second % 5 === 0; i++) await turn();
		const { user, system } = process.cpuUsage(before);
		if (second > warmUpSeconds) spent += (user + system) / 1000;
	}
	return spent / watchedSeconds;
}

/** Sampling and judging one resource, without what the watch does with its readings. */
function partOf(host: Host, resource: ResourceName): () => unknown {
	const sample = () => takeSample(host, hostTarget(host), [resource]);
	const first = sample();
	let before: Sample = first;
	return () => {
		const now = sample();
		const readings = judge({ before, now, first }, [resource]);
		before = now;
		return readings;
	};
}

if (import.meta.main) {
	for (const { what, ours, peer, theirs, unit } of await checks()) {
		process.stdout.write(`${what.padEnd(28)} ${ours.toFixed(2).padStart(8)} ${unit}   ${peer} ${theirs.toFixed(2)}\n`);
	}
}
