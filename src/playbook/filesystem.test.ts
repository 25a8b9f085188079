import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../host/host.ts';
import { filesystemOf } from './filesystem.ts';

function hostWith(...mounts: string[]) {
	const root = mkdtempSync(join(tmpdir(), 'mounts-'));
	onTestFinished(() => rmSync(root, { recursive: true }));
	mkdirSync(join(root, 'proc/1'), { recursive: true });
	writeFileSync(join(root, 'proc/1/mounts'), mounts.map((line) => `${line}\n`).join(''));
	return openHost({ root });
}

test('The kind of the root file system is asked about, else the first that can be timed', () => {
	const data = '/dev/vdb /data ext4 rw 0 0';
	expect(filesystemOf(hostWith(data, '/dev/vda / xfs rw 0 0'))).toBe('xfs');
	expect(filesystemOf(hostWith('overlay / overlay rw 0 0', 'a:/x /home nfs4 rw 0 0', data))).toBe('nfs');
	expect(filesystemOf(hostWith('overlay / overlay rw 0 0'))).toBe('ext4');
	expect(filesystemOf(openHost({ root: '/nowhere' }))).toBe('ext4');
});
