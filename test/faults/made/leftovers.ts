import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeContainersOf } from '../../support/made-container.ts';
import { endLeftProcesses, isAlive } from './processes.ts';
import { removeSwap, swapOwner } from './swap.ts';

/** Whatever a fault makes is called so, and has the pid of its test behind it. */
const prefix = 'bpftools-fault-';

let count = 0;

export function madeName(): string {
	count += 1;
	return `${prefix}${process.pid}-${count}`;
}

function isLeft(name: string): boolean {
	const owner = new RegExp(`${prefix}(\\d+)`).exec(name)?.[1];
	return owner !== undefined && !isAlive(Number(owner));
}

/** What runs that were killed have left behind. */
export async function removeLeftovers(): Promise<void> {
	endLeftProcesses();
	const swapper = swapOwner();
	if (swapper !== undefined && !isAlive(swapper)) removeSwap();
	await removeContainersOf((pid) => !isAlive(pid));
	for (const name of folderNames('/run/netns').filter(isLeft)) spawnSync('ip', ['netns', 'del', name]);
	for (const [device = '', point = ''] of tableOf('/proc/mounts').reverse()) {
		if (!isLeft(point)) continue;
		spawnSync('umount', [point]);
		if (device.startsWith('/dev/loop')) spawnSync('losetup', ['--detach', device]);
	}
	for (const name of folderNames(tmpdir()).filter(isLeft)) rmSync(join(tmpdir(), name), { recursive: true });
}

function tableOf(file: string): string[][] {
	return readFileSync(file, 'utf8')
		.split('\n')
		.map((line) => line.split(' '));
}

function folderNames(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}
