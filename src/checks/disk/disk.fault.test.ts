import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { openHost, readText } from '../../host/host.ts';
import { judge } from '../checklist.ts';

const succeeds = (...argv: [string, ...string[]]) => spawnSync(argv[0], argv.slice(1)).status === 0;

/** An ext4 file system in a file, mounted; undefined where that may not be done. */
function mountSmallExt4(): { device: string; unmount: () => void } | undefined {
	const folder = mkdtempSync(join(tmpdir(), 'bpftools-ext4-'));
	const image = join(folder, 'image');
	const unmount = () => {
		spawnSync('umount', [folder]);
		rmSync(folder, { recursive: true, force: true });
	};
	writeFileSync(image, '');
	truncateSync(image, 16 * 1024 * 1024);
	if (!succeeds('mkfs.ext4', '-q', image) || !succeeds('mount', '-o', 'loop,errors=continue', image, folder)) {
		unmount();
		return undefined;
	}
	const device = /^\/dev\/(\S+)/.exec(mountSource(folder))?.[1];
	return device ? { device, unmount } : undefined;
}

function mountSource(folder: string): string {
	const line = readText('/proc/mounts')
		?.split('\n')
		.find((each) => each.split(' ')[1] === folder);
	return line ?? '';
}

const triggerOf = (device: string) => `/sys/fs/ext4/${device}/trigger_fs_error`;

function canTriggerErrors(): boolean {
	const probe = mountSmallExt4();
	const can = probe !== undefined && existsSync(triggerOf(probe.device));
	probe?.unmount();
	return can;
}

const title = 'an error that ext4 runs into turns disk.filesystem-errors bad';

if (canTriggerErrors()) {
	test(title, { timeout: 15_000 }, async () => {
		const ext4 = mountSmallExt4();
		if (!ext4) throw new Error('ext4 could be mounted a moment ago');
		onTestFinished(ext4.unmount);
		const host = openHost();
		const first = sampleHost(host, ['disk']);
		const before = reading(judge({ before: first, now: first, first }), 'disk.filesystem-errors', ext4.device);
		expect(before.verdict).toBe('ok');

		writeFileSync(triggerOf(ext4.device), 'made by a test of bpftools');
		const verdict = () => {
			const now = sampleHost(host, ['disk']);
			return reading(judge({ before: first, now, first }), 'disk.filesystem-errors', ext4.device).verdict;
		};
		await expect.poll(verdict, { timeout: 10_000 }).toBe('bad');
	});
} else {
	test.skip(`${title} (no ext4 on a loop device can be mounted here)`);
}

test.skip('a disk that fails turns disk.errors (needs a SCSI disk that can be made to fail: scsi_debug)');
