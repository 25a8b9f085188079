import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readBytes, readText } from './host.ts';

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
	/** Which of these kernel functions can be probed by name. */
	functions(names: string[]): Set<string>;
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
	return {
		release,
		btf: existsSync(join(host.sys, 'kernel/btf/vmlinux')),
		tracefs,
		kprobes:
			existsSync(join(host.sys, 'bus/event_source/devices/kprobe')) ||
			(tracefs !== undefined && existsSync(join(tracefs, 'kprobe_events'))),
		mayTrace: may(CAP_SYS_ADMIN) || (may(CAP_BPF) && may(CAP_PERFMON)),
		root: process.geteuid?.() === 0,
		headers: headersOf(host, release),
		hasTracepoint: (name) => tracefs !== undefined && existsSync(join(tracefs, 'events', name)),
		functions: functionLookup(join(host.proc, 'kallsyms')),
	};
}

export function effectiveCapabilities(host: Host): bigint {
	const text = /^CapEff:\s*([0-9a-f]+)/m.exec(readText(join(host.proc, 'self/status')) ?? '')?.[1];
	return BigInt(`0x${text ?? '0'}`);
}

function headersOf(host: Host, release: string): string | undefined {
	const folder = join('/lib/modules', release, 'build');
	if (existsSync(join(folder, 'include'))) return folder;
	const packed = join(host.sys, 'kernel/kheaders.tar.xz');
	return existsSync(packed) ? packed : undefined;
}

/** kallsyms is some ten megabytes, so each name is looked up once, and names asked for together in one reading. */
function functionLookup(path: string): (names: string[]) => Set<string> {
	const known = new Map<string, boolean>();
	return (names) => {
		const asked = names.filter((name) => !known.has(name));
		const symbols = asked.length > 0 ? readBytes(path) : undefined;
		// A module's symbol is followed by its module, any other by the end of its line.
		for (const name of asked)
			known.set(
				name,
				['\n', '\t'].some((end) => symbols?.includes(` ${name}${end}`) ?? false),
			);
		return new Set(names.filter((name) => known.get(name)));
	};
}
