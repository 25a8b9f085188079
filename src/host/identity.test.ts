import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alteredTree, type Changes } from '../../test/fixtures/proc-trees/altered.ts';
import type { Host } from './host.ts';
import { identify, type NamespaceKind, whoseNamespace } from './identity.ts';

function withNamespaces(namespaces: Record<string, Partial<Record<NamespaceKind, number>>>, changes?: Changes): Host {
	const host = alteredTree(changes);
	for (const [pid, kinds] of Object.entries(namespaces)) {
		mkdirSync(join(host.proc, pid, 'ns'), { recursive: true });
		for (const [kind, inode] of Object.entries(kinds))
			symlinkSync(`${kind}:[${inode}]`, join(host.proc, pid, 'ns', kind));
	}
	return host;
}

const initialPid = 4026531836;

test('what a captured machine says about itself', () => {
	expect(identify(alteredTree())).toEqual({
		hostname: 'small-vm',
		kernel: '6.18.44',
		os: { name: 'Debian GNU/Linux 12 (bookworm)', whose: 'unknown' },
		cpus: 2,
		memoryBytes: 24_684_096 * 1024,
		bootId: '00000000-0000-4000-8000-000000000001',
		namespaces: { pid: 'unknown', net: 'host', mnt: 'unknown', uts: 'unknown', cgroup: 'unknown' },
	});
});

test('a container with the host’s pids but a network and a name of its own', () => {
	const host = withNamespaces({
		self: { pid: initialPid, net: 4026532001, uts: 4026532002 },
		1: { pid: initialPid, net: 4026531840, uts: 4026531838 },
	});
	expect(identify(host).namespaces).toMatchObject({ pid: 'host', net: 'own', uts: 'own' });
});

test('in a pid namespace of its own, pid 1 is not the host', () => {
	const both = { pid: 4026532003, net: 4026532001, uts: 4026531838 };
	const host = withNamespaces({ self: both, 1: both });
	expect(identify(host).namespaces).toMatchObject({ pid: 'own', net: 'unknown', uts: 'host' });
});

test('another process can stand for the host', () => {
	const host = withNamespaces({ self: { net: 4026532001 }, 812: { net: 4026532001 } });
	expect(whoseNamespace({ ...host, pid: 812 }, 'net')).toBe('host');
});

test('the same interface names with other traffic are another network', () => {
	const host = alteredTree({ 'proc/self/net/dev': (captured) => captured.replace('612973285', '1234') });
	expect(whoseNamespace(host, 'net')).toBe('unknown');
});

test('the name of the host’s system is preferred to the container’s', () => {
	const host = alteredTree({ 'proc/1/root/usr/lib/os-release': 'NAME=x\nPRETTY_NAME="Fedora Linux 44"\n' });
	expect(identify(host).os).toEqual({ name: 'Fedora Linux 44', whose: 'host' });
});

test('the name of the host is preferred to the container’s', () => {
	const own = { self: { uts: 4026532002 }, 1: { uts: 4026531838 } };
	expect(identify(withNamespaces(own, { 'proc/1/root/etc/hostname': 'db-7\n' })).hostname).toBe('db-7');
	expect(identify(withNamespaces(own)).hostname).toBe('small-vm');
	const shared = { self: { uts: 4026531838 }, 1: { uts: 4026531838 } };
	expect(identify(withNamespaces(shared, { 'proc/1/root/etc/hostname': 'db-7\n' })).hostname).toBe('small-vm');
});

test('what is missing is undefined', () => {
	const host = alteredTree({ 'proc/meminfo': null, 'proc/stat': null, 'proc/sys': null, 'etc/os-release': null });
	expect(identify(host)).toMatchObject({
		hostname: undefined,
		kernel: undefined,
		os: undefined,
		cpus: undefined,
		memoryBytes: undefined,
		bootId: undefined,
	});
});
