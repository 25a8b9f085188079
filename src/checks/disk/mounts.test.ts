import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { alteredTree, type Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { readFileSystems } from './mounts.ts';

const table = (...lines: string[]): Changes => ({ 'proc/1/mountinfo': lines.map((line) => `${line}\n`).join('') });
const root = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro';
const points = (changes: Changes) => readFileSystems(alteredTree(changes))?.map(({ point }) => point);

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
	vi.useRealTimers();
});

test('file systems with their data here, each once: the whole of it before a part, the shortest path', () => {
	const lines = [
		root,
		'23 22 8:1 /var/lib/docker /var/lib/docker rw - ext4 /dev/sda1 rw',
		'24 22 8:17 / /mnt/data/again rw - xfs /dev/sdb1 rw',
		'25 22 8:17 / /data rw - xfs /dev/sdb1 rw',
		'26 22 0:30 / /run rw - tmpfs tmpfs rw,size=1000k',
	];
	expect(points(table(...lines))).toEqual(['/', '/data', '/run']);
});

test('none that takes a network or another program, and none that is always full', () => {
	const lines = ['nfs4', 'cifs', 'fuse.sshfs', '9p', 'autofs', 'squashfs', 'overlay', 'proc', 'ceph'].map(
		(type, i) => `${30 + i} 22 0:${40 + i} / /mnt/${type.replace('.', '-')} rw - ${type} there rw`,
	);
	expect(points(table(root, ...lines))).toEqual(['/']);
});

test('what is mounted on a network file system is known as such', () => {
	const lines = ['30 22 0:40 / /nfs rw - nfs4 there:/ rw', '31 30 8:33 / /nfs/local rw - ext4 /dev/sdc1 rw'];
	const found = readFileSystems(alteredTree(table(root, ...lines)));
	expect(found?.map(({ point, behindNetwork }) => [point, behindNetwork])).toEqual([
		['/', false],
		['/nfs/local', true],
	]);
});

test('what another mount hides is left out; what is mounted in that is not', () => {
	const lines = [
		'30 22 8:17 / /data/old rw - ext4 /dev/sdb1 rw',
		'31 22 8:33 / /data rw - ext4 /dev/sdc1 rw',
		'32 31 8:49 / /data/new rw - ext4 /dev/sdd1 rw',
		'33 32 0:50 / /data/new rw - tmpfs tmpfs rw',
	];
	expect(points(table(root, ...lines))).toEqual(['/', '/data', '/data/new']);
	expect(readFileSystems(alteredTree(table(root, ...lines)))?.at(-1)?.type).toBe('tmpfs');
});

test('blanks in a path', () => {
	expect(points(table(root, '30 22 8:17 / /my\\040data rw - ext4 /dev/sdb1 rw'))).toEqual(['/', '/my data']);
});

test('a mount table that can’t be read', () => {
	expect(readFileSystems(alteredTree())).toBeUndefined();
});

const closed = (changes: Changes) => readFileSystems(alteredTree(changes))?.map((each) => each.closed);
const rootIs = (own: string, ofFileSystem: string) =>
	table(`22 1 8:1 / / ${own},relatime shared:1 - ext4 /dev/sda1 ${ofFileSystem}`);

test.each([
	['rw', 'rw', undefined],
	['ro', 'ro', undefined],
	['ro', 'rw', undefined],
	['rw', 'ro,errors=remount-ro', 'its mount is for writing'],
	['rw', 'rw,emergency_ro', 'its mount is for writing'],
	['rw', 'rw,shutdown', 'it was shut down'],
])('a mount that is %s of a file system that is %s', (own, ofFileSystem, why) => {
	expect(closed(rootIs(own, ofFileSystem))).toEqual([why]);
});

test('read-only while fstab wants it writable', () => {
	const fstab = (options: string) => ({ 'proc/1/root/etc/fstab': `# comment\nUUID=1 / ext4 ${options} 0 1\n` });
	expect(closed({ ...rootIs('ro', 'ro'), ...fstab('defaults,noatime') })).toEqual(['fstab wants it writable']);
	expect(closed({ ...rootIs('ro', 'ro'), ...fstab('ro') })).toEqual([undefined]);
});

test('read-only and writable before; and writable again, which is remembered', () => {
	const host = alteredTree(table(root));
	const write = (changes: Changes) => {
		writeFileSync(join(host.proc, '1/mountinfo'), String(changes['proc/1/mountinfo']));
		vi.advanceTimersByTime(5000);
		return readFileSystems(host)?.[0];
	};
	expect(write(table(root))).toMatchObject({ closed: undefined, wasClosed: false });
	expect(write(rootIs('ro', 'ro'))).toMatchObject({ closed: 'it was writable before', wasClosed: true });
	expect(write(table(root))).toMatchObject({ closed: undefined, wasClosed: true });
});
