import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cannotMakeContainers, makeContainer } from '../support/made-container.ts';
import { needs } from '../support/needs.ts';
import { whenFinished } from '../support/when-finished.ts';
import type { Fault } from './fault.ts';
import { makeOverpromisedDisk, mountSmallExt4, noExt4 } from './made/file-system.ts';
import { madeName } from './made/made-name.ts';
import { start } from './made/processes.ts';
import { diskUnder, limitWrites, noThrottling } from './made/slow-disk.ts';
import { thisHost, watch } from './watcher.ts';

export const diskFaults: readonly Fault[] = [
	{
		name: 'a full file system',
		where: 'a loop device',
		check: 'disk.space',
		verdict: 'bad',
		whyNot: noExt4,
		stage: async () => {
			const { folder } = mountSmallExt4();
			const file = join(folder, 'large');
			return {
				watcher: watch(),
				device: folder,
				cause: () => {
					spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M'], { stdio: 'ignore' });
					return { culprit: new RegExp(`^${folder} is 100 % full, 0 B of `), undo: () => rmSync(file) };
				},
			};
		},
	},
	{
		name: 'a file system without inodes',
		where: 'a loop device',
		check: 'disk.inodes',
		verdict: 'bad',
		whyNot: noExt4,
		stage: async () => {
			const { folder } = mountSmallExt4({ mkfs: ['-N', '128'] });
			const files = Array.from({ length: 128 }, (_, i) => join(folder, `file-${i}`));
			return {
				watcher: watch(),
				device: folder,
				cause: () => {
					try {
						for (const file of files) writeFileSync(file, '');
					} catch {
						// There are some less than were asked for.
					}
					return {
						culprit: new RegExp(`^${folder} has no files left to make`),
						undo: () => {
							for (const file of files) rmSync(file, { force: true });
						},
					};
				},
			};
		},
	},
	{
		name: 'a file system that somebody makes read-only',
		where: 'a loop device',
		check: 'disk.read-only',
		verdict: 'bad',
		whyNot: noExt4,
		stage: async () => {
			const { folder } = mountSmallExt4();
			const remount = (how: string) => spawnSync('mount', ['-o', `remount,${how}`, folder]);
			return {
				watcher: watch(),
				device: folder,
				cause: () => {
					remount('ro');
					return { culprit: new RegExp(`^${folder} \\(ext4 on .*\\) is read-only`), undo: () => remount('rw') };
				},
			};
		},
	},
	{
		name: 'damage that a file system closes itself for',
		where: 'a loop device',
		check: 'disk.read-only',
		verdict: 'bad',
		whyNot: noExt4,
		stage: async () => {
			const { folder, breakIt, repair } = mountSmallExt4({ options: 'errors=remount-ro' });
			return {
				watcher: watch(),
				device: folder,
				cause: () => {
					breakIt();
					return { culprit: new RegExp(`^${folder} \\(ext4 on .*\\) is read-only`), undo: repair };
				},
			};
		},
	},
	{
		name: 'damage that a file system goes on with',
		where: 'a loop device',
		check: 'disk.filesystem-errors',
		verdict: 'bad',
		whyNot: noExt4,
		stage: async () => {
			const { device, breakIt, repair } = mountSmallExt4();
			return {
				watcher: watch(),
				device,
				cause: () => {
					breakIt();
					return { culprit: new RegExp(`^${device}: 1 ext4 error since`), undo: repair };
				},
			};
		},
	},
	{
		name: 'a file system that fills up steadily',
		where: 'a loop device',
		check: 'disk.filling',
		verdict: 'bad',
		// Less than that could be a burst.
		patience: 90,
		whyNot: () => noExt4() ?? needs({ program: 'perl' }),
		stage: async () => {
			const { folder } = mountSmallExt4({ megabytes: 512 });
			const file = join(folder, 'log');
			return {
				watcher: watch(),
				device: folder,
				cause: async () => {
					const write = 'open F, ">>", shift; for (;;) { syswrite F, "x" x 4_000_000; sleep 1 }';
					const { pid, stop } = await start(['perl', '-e', write, file]);
					const undo = async () => {
						await stop();
						rmSync(file);
					};
					return { culprit: new RegExp(`^perl \\(pid ${pid}\\) writes [\\d.]+ [kM]B/s$`), undo };
				},
			};
		},
	},
	{
		name: 'a disk that fails what is written to it',
		where: 'a loop device',
		check: 'disk.kernel-log',
		verdict: 'bad',
		whyNot: noExt4,
		stage: async () => {
			const { device, undo } = makeOverpromisedDisk();
			return {
				watcher: watch(),
				device: null,
				cause: () => {
					const write = ['if=/dev/zero', `of=/dev/${device}`, 'bs=1M', 'count=4', 'oflag=direct'];
					spawnSync('dd', write, { stdio: 'ignore' });
					return { culprit: new RegExp(`error, dev ${device}, sector`), undo };
				},
			};
		},
	},
	{
		name: 'a disk that takes a container’s writes slowly',
		where: 'a container',
		check: 'disk.pressure',
		verdict: 'bad',
		whyNot: () => cannotMakeContainers() ?? noThrottling(),
		stage: async () => {
			const { target, run } = await makeContainer({}, thisHost);
			const file = join(tmpdir(), madeName());
			whenFinished(() => rmSync(file, { force: true }));
			const disk = diskUnder(tmpdir());
			return {
				watcher: watch(thisHost, target),
				device: null,
				cause: () => {
					const undo = limitWrites(target, disk, 1_000_000);
					const writer = run(`exec dd if=/dev/zero of=${file} bs=256k count=10000 oflag=direct conv=notrunc`);
					return {
						culprit: new RegExp(`^dd \\(pid ${writer.pid}\\) writes [\\d.]+ [kM]B/s`),
						undo: () => {
							writer.kill('SIGKILL');
							undo();
						},
					};
				},
			};
		},
	},
];
