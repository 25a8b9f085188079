import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeContainersOf } from '../../support/made-container.ts';
import { isLeft } from './made-name.ts';
import { endLeftProcesses, isAlive } from './processes.ts';
import { isSetting, restore } from './settings.ts';
import { removeSwap, swapOwner } from './swap.ts';

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
	for (const name of folderNames(tmpdir()).filter(isLeft)) {
		if (isSetting(name)) restore(join(tmpdir(), name));
		else rmSync(join(tmpdir(), name), { recursive: true });
	}
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
