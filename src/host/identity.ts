import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Host, namespaceOf, readText } from './host.ts';
import { printable } from './printable.ts';

/** Whose namespace this console looks out of: the host's, its own (its container's), or not to be found out. */
export type Whose = 'host' | 'own' | 'unknown';

const namespaceKinds = ['pid', 'net', 'mnt', 'uts', 'cgroup'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

export interface Identity {
	/** The host's where it can be found out, else this container's own: its uts namespace says which. */
	hostname: string | undefined;
	kernel: string | undefined;
	os: { name: string; whose: Whose } | undefined;
	cpus: number | undefined;
	memoryBytes: number | undefined;
	bootId: string | undefined;
	namespaces: Record<NamespaceKind, Whose>;
}

export function identify(host: Host): Identity {
	const kernelSetting = (name: string) => oneLine(readText(join(host.proc, 'sys/kernel', name)));
	const cpuLines = readText(join(host.proc, 'stat'))?.match(/^cpu\d+ /gm);
	const memoryKilobytes = /^MemTotal:\s+(\d+)/m.exec(readText(join(host.proc, 'meminfo')) ?? '')?.[1];
	const namespaces = Object.fromEntries(namespaceKinds.map((kind) => [kind, whoseNamespace(host, kind)])) as Record<
		NamespaceKind,
		Whose
	>;
	return {
		hostname: (namespaces.uts === 'own' ? hostnameFromOutside(host) : undefined) ?? kernelSetting('hostname'),
		kernel: kernelSetting('osrelease'),
		os: osName(host),
		cpus: cpuLines?.length,
		memoryBytes: memoryKilobytes === undefined ? undefined : Number(memoryKilobytes) * 1024,
		bootId: kernelSetting('random/boot_id'),
		namespaces,
	};
}

/** The namespaces that the kernel starts with; net and mnt have fixed numbers since 6.18 only, others long since. */
const initialNamespaces: Record<NamespaceKind, string> = {
	pid: 'pid:[4026531836]',
	uts: 'uts:[4026531838]',
	cgroup: 'cgroup:[4026531835]',
	net: 'net:[4026531833]',
	mnt: 'mnt:[4026531832]',
};

export function whoseNamespace(host: Host, kind: NamespaceKind): Whose {
	const ours = namespaceOf(host, 'self', kind);
	if (ours === undefined) return kind === 'net' && hasTheHostsInterfaces(host) ? 'host' : 'unknown';
	if (host.pid === 1) {
		if (ours === initialNamespaces[kind]) return 'host';
		if (kind === 'pid') return 'own';
		// In a pid namespace of its own, a container's pid 1 isn't the host's.
		if (whoseNamespace(host, 'pid') === 'own') return 'unknown';
	}
	const theirs = namespaceOf(host, host.pid, kind);
	if (theirs !== undefined) return ours === theirs ? 'host' : 'own';
	return kind === 'net' && hasTheHostsInterfaces(host) ? 'host' : 'unknown';
}

/**
 * For when namespaces may not be looked at: the same interfaces with the same
 * traffic. Names alone prove nothing, every container has its lo and eth0.
 */
function hasTheHostsInterfaces(host: Host): boolean {
	const received = (pid: number | 'self') => {
		const text = readText(join(host.proc, String(pid), 'net/dev')) ?? '';
		return new Map([...text.matchAll(/^ *(\S+): *(\d+)/gm)].map(([, name, bytes]) => [name, Number(bytes)]));
	};
	const earlier = received(host.pid);
	const ours = received('self');
	const later = received(host.pid);
	if (earlier.size === 0 || earlier.size !== ours.size) return false;
	return [...ours].every(
		([name, bytes]) => bytes >= (earlier.get(name) ?? Number.POSITIVE_INFINITY) && bytes <= (later.get(name) ?? -1),
	);
}

/** A container has a name of its own, and the kernel tells only the reader's. */
function hostnameFromOutside(host: Host): string | undefined {
	const written = oneLine(readText(join(host.proc, String(host.pid), 'root/etc/hostname')));
	if (host.proc !== '/proc') return written;
	try {
		const argv = ['-t', String(host.pid), '-u', '--', 'uname', '-n'];
		return oneLine(
			execFileSync('nsenter', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 1000 }),
		);
	} catch {
		return written;
	}
}

function osName(host: Host): Identity['os'] {
	const theirs = prettyName(join(host.proc, String(host.pid), 'root'));
	if (theirs) return { name: theirs, whose: 'host' };
	const ours = prettyName(join(host.proc, '..'));
	return ours ? { name: ours, whose: whoseNamespace(host, 'mnt') } : undefined;
}

function prettyName(root: string): string | undefined {
	const release = readText(join(root, 'etc/os-release')) ?? readText(join(root, 'usr/lib/os-release'));
	return oneLine(/^PRETTY_NAME="?([^"\n]*)/m.exec(release ?? '')?.[1]);
}

function oneLine(text: string | undefined): string | undefined {
	return text === undefined ? undefined : printable(text.trim());
}
