import { join } from 'node:path';
import { cLibraryOf } from './c-library.ts';
import { type Container, cgroupOfContainer } from './containers.ts';
import { type Host, namespaceOf } from './host.ts';
import { whoseNamespace } from './identity.ts';
import { effectiveCapabilities } from './kernel-features.ts';
import { findProgram } from './programs.ts';

/**
 * What tools and checks are narrowed to. Its pid is a process that stands for
 * it: the one whose namespaces are the target's.
 */
export type Target =
	| { kind: 'host'; name: 'host'; pid: number }
	| { kind: 'process'; name: string; pid: number }
	| { kind: 'container'; name: string; pid: number; container: Container };

export function hostTarget(host: Host): Target {
	return { kind: 'host', name: 'host', pid: host.pid };
}

/** How a tool that shows a network namespace gets to see the target's: from here, by entering it, or not at all. */
export type NetworkWay = { way: 'here' } | { way: 'enter' } | { way: 'closed'; reason: string };

/** What tools can be told of a target. */
export interface Scope {
	target: Target;
	network: NetworkWay;
	/** Its network is another than the host's. */
	ownNetwork: boolean;
	/** This console is in a pid namespace of its own, so processes have other numbers here than in the kernel. */
	ownPids: boolean;
	/** Of a container; a BPF program can tell a task's. */
	mountNamespace: number | undefined;
	/** Of a container: the folder of its control group, where that is of version 2; no other can be asked for by a BPF program. */
	cgroup: string | undefined;
	/** The C library that its programs use, as a path from here. */
	libc: string | undefined;
	/** The folder in which the host's files are, as a path from here. */
	hostFiles: string;
}

export function scopeOf(host: Host, target: Target): Scope {
	const network = namespaceOf(host, target.pid, 'net');
	const ofTheHost = hostsNetwork(host);
	const mounts = target.kind === 'container' ? namespaceOf(host, target.pid, 'mnt') : undefined;
	return {
		target,
		network: networkWay(host, target),
		ownNetwork: network !== undefined && ofTheHost !== undefined && network !== ofTheHost,
		ownPids: whoseNamespace(host, 'pid') === 'own',
		mountNamespace: mounts === undefined ? undefined : Number(/\d+/.exec(mounts)?.[0]),
		cgroup: target.kind === 'container' ? cgroupOfContainer(host, target.container)?.folder : undefined,
		libc: cLibraryOf(host, target),
		hostFiles: join(host.proc, String(host.pid), 'root'),
	};
}

function hostsNetwork(host: Host): string | undefined {
	const known = namespaceOf(host, host.pid, 'net');
	return known ?? (whoseNamespace(host, 'net') === 'host' ? namespaceOf(host, 'self', 'net') : undefined);
}

const CAP_SYS_ADMIN = 21n;

export function networkWay(host: Host, target: Target): NetworkWay {
	const theirs = namespaceOf(host, target.pid, 'net');
	if (theirs === undefined) {
		// What may be a container's own network is not shown as the host's.
		if (target.kind === 'host' && whoseNamespace(host, 'net') === 'host') return { way: 'here' };
		return { way: 'closed', reason: `the network namespace of process ${target.pid} may not be looked at` };
	}
	if (theirs === namespaceOf(host, 'self', 'net')) return { way: 'here' };
	if (((effectiveCapabilities(host) >> CAP_SYS_ADMIN) & 1n) === 0n) {
		return { way: 'closed', reason: `entering the network namespace of ${target.name} needs CAP_SYS_ADMIN` };
	}
	if (!findProgram('nsenter')) return { way: 'closed', reason: 'nsenter is not installed (package util-linux)' };
	return { way: 'enter' };
}
