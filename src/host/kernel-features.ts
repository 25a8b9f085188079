import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readText } from './host.ts';
import { type FunctionLookup, functionLookup } from './kernel-functions.ts';

/** What the running kernel offers to tracing tools, found without loading anything. */
export interface KernelFeatures {
	release: string;
	btf: boolean;
	/** Where tracefs is mounted, if it is. */
	tracefs: string | undefined;
	kprobes: boolean;
	/** May this process load BPF programs and attach them? */
	mayTrace: boolean;
	root: boolean;
	/** The folder of the running kernel's headers, which BCC compiles against. */
	headers: string | undefined;
	hasTracepoint(name: string): boolean;
	/** Those that a kprobe can be set on: none where there are no kprobes. */
	functions: FunctionLookup;
}

/** The bits of those that matter to tracing, as in include/uapi/linux/capability.h. */
export const capabilityBits = {
	NET_ADMIN: 12n,
	NET_RAW: 13n,
	SYS_PTRACE: 19n,
	SYS_ADMIN: 21n,
	SYS_RESOURCE: 24n,
	SYSLOG: 34n,
	PERFMON: 38n,
	BPF: 39n,
} as const;
export type Capability = keyof typeof capabilityBits;

export function holds(set: bigint, capability: Capability): boolean {
	return ((set >> capabilityBits[capability]) & 1n) === 1n;
}

export function kernelFeatures(host: Host): KernelFeatures {
	const release = readText(join(host.proc, 'sys/kernel/osrelease'))?.trim() ?? 'unknown';
	const tracefs = [join(host.sys, 'kernel/tracing'), join(host.sys, 'kernel/debug/tracing')].find((path) =>
		existsSync(join(path, 'events')),
	);
	const capabilities = effectiveCapabilities(host);
	const may = (capability: Capability) => holds(capabilities, capability);
	const kprobes =
		existsSync(join(host.sys, 'bus/event_source/devices/kprobe')) ||
		(tracefs !== undefined && existsSync(join(tracefs, 'kprobe_events')));
	return {
		release,
		btf: existsSync(join(host.sys, 'kernel/btf/vmlinux')),
		tracefs,
		kprobes,
		mayTrace: !inUserNamespace(host) && (may('SYS_ADMIN') || (may('BPF') && may('PERFMON'))),
		root: process.geteuid?.() === 0,
		headers: headersOf(host, release),
		hasTracepoint: (name) => tracefs !== undefined && existsSync(join(tracefs, 'events', name)),
		functions: kprobes ? functionLookup(host, tracefs) : () => new Map(),
	};
}

export function effectiveCapabilities(host: Host): bigint {
	return capabilitySet(host, 'CapEff');
}

/** What this process, or one that it starts, could ever have. */
export function boundingCapabilities(host: Host): bigint {
	return capabilitySet(host, 'CapBnd');
}

function capabilitySet(host: Host, name: 'CapEff' | 'CapBnd'): bigint {
	const status = readText(join(host.proc, 'self/status')) ?? '';
	return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
}

/** Capabilities that hold in a user namespace only count for nothing with BPF. In the first one every id is itself. */
export function inUserNamespace(host: Host): boolean {
	const ids = readText(join(host.proc, 'self/uid_map'))?.trim();
	return ids !== undefined && !/^0\s+0\s+4294967295$/.test(ids);
}

function headersOf(host: Host, release: string): string | undefined {
	const folder = join('/lib/modules', release, 'build');
	if (existsSync(join(folder, 'include'))) return folder;
	const packed = join(host.sys, 'kernel/kheaders.tar.xz');
	return existsSync(packed) ? packed : undefined;
}
