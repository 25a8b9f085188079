import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { titled } from '../../../test/support/needs.ts';
import { type Host, openHost, readText } from '../../host/host.ts';
import type { Reading } from '../check.ts';
import { judge, type Sample } from '../checklist.ts';

const succeeds = (...argv: [string, ...string[]]) => spawnSync(argv[0], argv.slice(1)).status === 0;

interface Mounted {
	folder: string;
	device: string;
	unmount: () => void;
}

/** An ext4 file system in a file, mounted; undefined where that may not be done. */
function mountSmallExt4({ megabytes = 16, mkfs = [] as string[], options = 'errors=continue' } = {}) {
	const folder = mkdtempSync(join(tmpdir(), 'bpftools-ext4-'));
	const image = join(folder, 'image');
	const point = join(folder, 'mounted');
	const unmount = () => {
		spawnSync('umount', [point]);
		rmSync(folder, { recursive: true, force: true });
	};
	writeFileSync(image, '');
	truncateSync(image, megabytes * 1024 * 1024);
	spawnSync('mkdir', [point]);
	if (!succeeds('mkfs.ext4', '-q', ...mkfs, image) || !succeeds('mount', '-o', `loop,${options}`, image, point)) {
		unmount();
		return undefined;
	}
	const device = /^\/dev\/(\S+)/.exec(mountSource(point))?.[1];
	return device ? { folder: point, device, unmount } : undefined;
}

function mountSource(folder: string): string {
	const line = readText('/proc/mounts')
		?.split('\n')
		.find((each) => each.split(' ')[1] === folder);
	return line ?? '';
}

const triggerOf = (device: string) => `/sys/fs/ext4/${device}/trigger_fs_error`;

function whyNot(): string | undefined {
	const probe = mountSmallExt4();
	const can = probe !== undefined && existsSync(triggerOf(probe.device));
	probe?.unmount();
	return can ? undefined : 'no ext4 on a loop device can be mounted here, or none that can be made to fail';
}

const reason = whyNot();

describe.skipIf(reason)(titled('file systems on a loop device', reason), { timeout: 60_000 }, () => {
	let host: Host;
	let first: Sample;

	beforeEach(() => {
		// This process sees what is mounted here, whatever the host's first process does.
		host = openHost({ pid: process.pid });
		first = sampleHost(host, ['disk']);
	});

	function mounted(options: Parameters<typeof mountSmallExt4>[0] = {}): Mounted {
		const ext4 = mountSmallExt4(options);
		if (!ext4) throw new Error('ext4 could be mounted a moment ago');
		onTestFinished(ext4.unmount);
		return ext4;
	}

	function readings(): Reading[] {
		const now = sampleHost(host, ['disk']);
		return judge({ before: first, now, first }, ['disk']);
	}

	const verdictOf = (check: string, device: string | null) =>
		readings().find((each) => each.check === check && each.device === device)?.verdict;

	/** Within the ten seconds that a fault may take to be seen. */
	const turns = (check: string, device: string | null, verdict: string) =>
		expect
			.poll(() => verdictOf(check, device), { timeout: 10_000, interval: 500, message: `${check} of ${device}` })
			.toBe(verdict);

	test('an error that ext4 runs into turns disk.filesystem-errors bad', async () => {
		const { device } = mounted();
		await turns('disk.filesystem-errors', device, 'ok');
		first = sampleHost(host, ['disk']);
		writeFileSync(triggerOf(device), 'made by a test of bpftools');
		await turns('disk.filesystem-errors', device, 'bad');
	});

	test('an error that ext4 closes itself for turns disk.read-only', async () => {
		const { device, folder } = mounted({ options: 'errors=remount-ro' });
		await turns('disk.space', folder, 'ok');
		expect(reading(readings(), 'disk.read-only').verdict).toBe('ok');
		writeFileSync(triggerOf(device), 'made by a test of bpftools');
		await turns('disk.read-only', folder, 'bad');
		expect(() => writeFileSync(join(folder, 'file'), '')).toThrow(/EROFS/);
	});

	test('a file system that somebody makes read-only turns disk.read-only, and is remembered', async () => {
		const { folder } = mounted();
		await turns('disk.space', folder, 'ok');
		spawnSync('mount', ['-o', 'remount,ro', folder]);
		await turns('disk.read-only', folder, 'bad');
		spawnSync('mount', ['-o', 'remount,rw', folder]);
		await turns('disk.read-only', folder, 'ok');
	});

	test('a full file system turns disk.space, and an emptied one turns back', async () => {
		const { folder } = mounted();
		await turns('disk.space', folder, 'ok');
		const file = join(folder, 'large');
		spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M']);
		await turns('disk.space', folder, 'bad');
		expect(reading(readings(), 'disk.space', folder).why).toMatch(/ is 100 % full, 0 B of /);
		expect(verdictOf('disk.inodes', folder)).toBe('ok');
		rmSync(file);
		await turns('disk.space', folder, 'ok');
	});

	test('a file system without inodes turns disk.inodes, though it has space', async () => {
		const { folder } = mounted({ mkfs: ['-N', '128'] });
		await turns('disk.inodes', folder, 'ok');
		const fill = () => {
			for (let i = 0; i < 1000; i++) writeFileSync(join(folder, `file-${i}`), '');
		};
		expect(fill).toThrow(/ENOSPC/);
		await turns('disk.inodes', folder, 'bad');
		expect(verdictOf('disk.space', folder)).toBe('ok');
	});

	test('a full tmpfs turns disk.space', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'bpftools-tmpfs-'));
		onTestFinished(() => {
			spawnSync('umount', [folder]);
			rmSync(folder, { recursive: true, force: true });
		});
		spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
		await turns('disk.space', folder, 'ok');
		spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'large')}`, 'bs=64k']);
		await turns('disk.space', folder, 'bad');
	});

	test('a file system that fills up steadily turns disk.filling before it is full', { timeout: 100_000 }, async () => {
		const { folder } = mounted({ megabytes: 64 });
		await turns('disk.space', folder, 'ok');
		expect(verdictOf('disk.filling', folder)).toBeUndefined();
		const part = Buffer.alloc(400_000);
		let verdict: string | undefined;
		for (let second = 0; second < 75 && verdict !== 'bad'; second++) {
			appendFileSync(join(folder, 'log'), part);
			await sleep(1000);
			verdict = verdictOf('disk.filling', folder);
		}
		expect(verdict).toBe('bad');
		expect(verdictOf('disk.space', folder)).toBe('ok');
	});
});
