import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerTarget } from '../../src/checks/check.ts';
import { listContainers } from '../../src/host/containers.ts';
import { type Host, openHost, readText } from '../../src/host/host.ts';
import { eventually } from './eventually.ts';
import { whenFinished } from './when-finished.ts';

const root = '/sys/fs/cgroup';
const version2 = existsSync(join(root, 'cgroup.controllers'));
/** cpuset takes no process before it has been given CPUs, and the others count nothing. */
const hierarchies = version2 ? [''] : ['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'unified'];
const familyPrefix = 'bpftools-test-';
const family = `${familyPrefix}${process.pid}`;

export interface MadeContainer {
	target: ContainerTarget;
	/** Runs a script of sh in the container, or in a group that it has made in itself. */
	run(script: string, nested?: string): ChildProcess;
}

interface Limits {
	/** As docker's --cpus and --memory have it. */
	cpus?: number;
	memoryBytes?: number;
	/** As its --pids-limit. */
	tasks?: number;
}

/** A container of what the kernel has for one: control groups with limits, and a first process. Gone after the test. */
export async function makeContainer(limits: Limits = {}, host: Host = openHost()): Promise<MadeContainer> {
	const id = randomBytes(32).toString('hex');
	const path = join(family, id);
	const folders = hierarchies
		.map((name) => join(root, name))
		.filter((folder) => existsSync(join(folder, 'cgroup.procs')));
	const children: ChildProcess[] = [];
	whenFinished(async () => {
		for (const folder of folders) await remove(join(folder, path));
		for (const folder of folders) removeFamily(join(folder, family));
	});
	for (const folder of folders) makeGroup(folder, path);
	limit(path, limits);

	const run = (script: string, nested = '') => {
		const groups = folders.map((folder) => join(folder, path, nested));
		for (const group of groups) mkdirSync(group, { recursive: true });
		const enter =
			'script=$1; shift; for group in "$@"; do echo $$ > "$group/cgroup.procs" || exit; done; exec sh -c "$script"';
		const child = spawn('sh', ['-c', enter, 'sh', script, ...groups], { stdio: 'ignore' });
		children.push(child);
		return child;
	};
	// In a group with groups of its own, version 2 allows no process.
	run('exec sleep 1000', version2 ? 'init' : '');
	// Before it is sleep, it is still on its way into one group after the other.
	const container = await eventually('the container is seen', () =>
		listContainers(host).find((each) => each.id === id && readText(`/proc/${each.pid}/comm`) === 'sleep\n'),
	);
	return { target: { kind: 'container', name: 'made', pid: container.pid, container }, run };
}

/** Why no container can be made here, if none can. */
export function cannotMakeContainers(): string | undefined {
	try {
		for (const name of hierarchies.filter((each) => existsSync(join(root, each)))) {
			makeGroup(join(root, name), join(family, 'probe'));
			rmdirSync(join(root, name, family, 'probe'));
			removeFamily(join(root, name, family));
		}
		return undefined;
	} catch (error) {
		return `no control group can be made: ${(error as Error).message}`;
	}
}

/** Those of test runs that did not get to remove them, by the pid of the run. */
export async function removeContainersOf(isLeft: (pid: number) => boolean): Promise<void> {
	for (const hierarchy of hierarchies.map((name) => join(root, name)).filter((each) => existsSync(each))) {
		for (const name of readdirSync(hierarchy)) {
			const owner = name.startsWith(familyPrefix) ? Number(name.slice(familyPrefix.length)) : Number.NaN;
			if (Number.isInteger(owner) && isLeft(owner)) await remove(join(hierarchy, name));
		}
	}
}

function makeGroup(hierarchy: string, path: string): void {
	mkdirSync(join(hierarchy, path), { recursive: true });
	if (!version2) return;
	for (const folder of [hierarchy, join(hierarchy, family)]) {
		writeFileSync(join(folder, 'cgroup.subtree_control'), '+cpu +memory +io +pids');
	}
}

function limit(path: string, { cpus, memoryBytes, tasks }: Limits): void {
	const set = (hierarchy: string, file: string, value: number | string) =>
		writeFileSync(join(root, version2 ? '' : hierarchy, path, file), String(value));
	if (cpus && version2) set('cpu', 'cpu.max', `${cpus * 100_000} 100000`);
	else if (cpus) set('cpu', 'cpu.cfs_quota_us', cpus * 100_000);
	if (memoryBytes) set('memory', version2 ? 'memory.max' : 'memory.limit_in_bytes', memoryBytes);
	if (memoryBytes && version2 && existsSync(join(root, path, 'memory.swap.max'))) set('', 'memory.swap.max', 0);
	if (tasks) set('pids', 'pids.max', tasks);
}

async function remove(folder: string): Promise<void> {
	if (!existsSync(folder)) return;
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		if (entry.isDirectory()) await remove(join(folder, entry.name));
	}
	await eventually(`${folder} is removed`, () => {
		for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) kill(Number(pid));
		try {
			rmdirSync(folder);
			return true;
		} catch {
			return false;
		}
	});
}

function kill(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// It has ended by itself.
	}
}

function removeFamily(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {
		// Another container of the same test is still in it.
	}
}
