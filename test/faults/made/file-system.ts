import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenFinished } from '../../support/when-finished.ts';
import { madeName } from './made-name.ts';

export interface Mounted {
	folder: string;
	/** "loop0" */
	device: string;
	/** Makes ext4 believe that it found damage. */
	breakIt: () => void;
	/** Unmounted, repaired, and mounted again. */
	repair: () => void;
}

interface Options {
	megabytes?: number;
	mkfs?: string[];
	options?: string;
}

/** An ext4 file system in a file, for as long as the test lasts. */
export function mountSmallExt4({ megabytes = 16, mkfs = [], options = 'errors=continue' }: Options = {}): Mounted {
	const home = scratchFolder();
	const image = join(home, 'image');
	const folder = join(home, 'mounted');
	whenFinished(() => leave(home, folder));
	writeFileSync(image, '');
	truncateSync(image, megabytes * 1024 * 1024);
	mkdirSync(folder);
	run('mkfs.ext4', '-q', ...mkfs, image);
	const mount = () => run('mount', '-o', `loop,${options}`, image, folder);
	mount();
	return {
		folder,
		device: deviceOf(folder),
		breakIt: () => writeFileSync(triggerOf(deviceOf(folder)), 'made by a fault of bpftools'),
		repair: () => {
			run('umount', folder);
			// It exits with 1 when it has repaired something.
			spawnSync('e2fsck', ['-fy', image], { stdio: 'ignore' });
			mount();
		},
	};
}

/** A disk whose data lie on a file system that is smaller than it claims to be: what is written beyond fails. */
export function makeOverpromisedDisk(): { device: string; undo: () => void } {
	const home = scratchFolder();
	const folder = join(home, 'mounted');
	let device: string | undefined;
	const undo = () => {
		if (device) spawnSync('losetup', ['--detach', `/dev/${device}`]);
		device = undefined;
		leave(home, folder);
	};
	whenFinished(undo);
	mkdirSync(folder);
	run('mount', '-t', 'tmpfs', '-o', 'size=1M', 'none', folder);
	const image = join(folder, 'image');
	writeFileSync(image, '');
	truncateSync(image, 64 * 1024 * 1024);
	device = run('losetup', '--find', '--show', image).trim().replace('/dev/', '');
	return { device, undo };
}

/** Why no file system can be mounted, or broken, if none can. */
export function noExt4(): string | undefined {
	if (process.geteuid?.() !== 0) return 'it needs root';
	if (spawnSync('losetup', ['--find']).status !== 0) return 'there is no loop device';
	return spawnSync('mkfs.ext4', ['-V']).status === 0 ? undefined : 'mkfs.ext4 is not installed (package e2fsprogs)';
}

function scratchFolder(): string {
	const folder = join(tmpdir(), madeName());
	mkdirSync(folder);
	return folder;
}

function leave(home: string, folder: string): void {
	if (mountedFrom(folder) !== undefined) run('umount', folder);
	rmSync(home, { recursive: true, force: true });
}

function triggerOf(device: string): string {
	const file = `/sys/fs/ext4/${device}/trigger_fs_error`;
	if (!existsSync(file)) throw new Error(`this kernel has no ${file}`);
	return file;
}

function deviceOf(folder: string): string {
	return mountedFrom(folder)?.replace('/dev/', '') ?? '';
}

function mountedFrom(folder: string): string | undefined {
	const lines = readFileSync('/proc/mounts', 'utf8').split('\n');
	return lines.find((line) => line.split(' ')[1] === folder)?.split(' ')[0];
}

function run(program: string, ...args: string[]): string {
	return execFileSync(program, args, { encoding: 'utf8' });
}
