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

// include/uapi/linux/capability.h
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

export function kernelFeatures(host: Host): KernelFeatures {
	const release = readText(join(host.proc, 'sys/kernel/osrelease'))?.trim() ?? 'unknown';
	const tracefs = [join(host.sys, 'kernel/tracing'), join(host.sys, 'kernel/debug/tracing')].find((path) =>
		existsSync(join(path, 'events')),
	);
	const capabilities = effectiveCapabilities(host);
	const may = (capability: bigint) => ((capabilities >> capability) & 1n) === 1n;
	const kprobes =
		existsSync(join(host.sys, 'bus/event_source/devices/kprobe')) ||
		(tracefs !== undefined && existsSync(join(tracefs, 'kprobe_events')));
	return {
		release,
		btf: existsSync(join(host.sys, 'kernel/btf/vmlinux')),
		tracefs,
		kprobes,
		mayTrace: !inUserNamespace(host) && (may(CAP_SYS_ADMIN) || (may(CAP_BPF) && may(CAP_PERFMON))),
		root: process.geteuid?.() === 0,
		headers: headersOf(host, release),
		hasTracepoint: (name) => tracefs !== undefined && existsSync(join(tracefs, 'events', name)),
		functions: kprobes ? functionLookup(host, tracefs) : () => new Map(),
	};
}

export function effectiveCapabilities(host: Host): bigint {
	const text = /^CapEff:\s*([0-9a-f]+)/m.exec(readText(join(host.proc, 'self/status')) ?? '')?.[1];
	return BigInt(`0x${text ?? '0'}`);
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
