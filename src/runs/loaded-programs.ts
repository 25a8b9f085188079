import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readText } from '../host/host.ts';
import type { KernelFeatures } from '../host/kernel-features.ts';
import { findProgram } from '../host/programs.ts';

/** What traces on the whole host at one moment: BPF programs, and probes written into tracefs. */
export interface Tracing {
	programs: Set<number>;
	probes: Set<string>;
}

/** Undefined when nobody here can tell: without bpftool a console does not claim that nothing is left. */
export async function currentTracing(kernel: KernelFeatures): Promise<Tracing | undefined> {
	const bpftool = findProgram('bpftool');
	if (!bpftool) return undefined;
	try {
		const { stdout } = await promisify(execFile)(bpftool, ['-j', 'prog', 'show'], { maxBuffer: 64 * 1024 * 1024 });
		const programs = JSON.parse(stdout) as { id: number }[];
		return { programs: new Set(programs.map(({ id }) => id)), probes: legacyProbes(kernel) };
	} catch {
		return undefined;
	}
}

function legacyProbes({ tracefs }: KernelFeatures): Set<string> {
	const files = tracefs ? ['kprobe_events', 'uprobe_events'].map((name) => join(tracefs, name)) : [];
	return new Set(files.flatMap((file) => readText(file)?.split('\n') ?? []).filter(Boolean));
}

/** What is there now and was not before. */
export function added(before: Tracing, now: Tracing): { programs: number; probes: number } {
	const more = <T>(a: Set<T>, b: Set<T>) => [...b].filter((item) => !a.has(item)).length;
	return { programs: more(before.programs, now.programs), probes: more(before.probes, now.probes) };
}
