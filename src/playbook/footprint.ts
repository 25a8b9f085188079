import type { Provider } from '../catalog/tool.ts';

/**
 * What a tool does to the host while it runs. A reader of counters changes nothing that another would see; a tracer puts
 * its programs into paths of the kernel; a sampler interrupts all CPUs and shows whatever they do, other tools too.
 */
export interface Footprint {
	kind: 'counters' | 'tracer' | 'sampler';
	/** The paths of the kernel that it makes longer. */
	paths: string[];
}

export function footprintOf({ via, needs }: Provider): Footprint {
	if (via === 'classic') return { kind: 'counters', paths: [] };
	const entries = [...(needs.tracepoints ?? []), ...(needs.kprobes ?? []), ...(needs.optional ?? [])];
	const paths = [...new Set(entries.flatMap((entry) => entry.split('|')).map(pathOf))];
	return { kind: paths.length > 0 ? 'tracer' : 'sampler', paths };
}

/** Events of one subsystem lie on one path; but each system call is a path of its own. */
function pathOf(entry: string): string {
	const [subsystem = '', event] = entry.split('/');
	if (subsystem !== 'syscalls' || event === undefined) return subsystem;
	return event.replace(/^sys_(enter|exit)_/, '');
}

/**
 * Whether a tool may start beside those that run, so that none shows what another does.
 *
 * - Counters go with counters, four to a CPU. They wait for tracers, whose work they would count, and tracers for them.
 * - Of tracers there is one to two CPUs, and no two on the same path.
 * - A sampler is alone.
 */
export function mayStart(next: Footprint, running: readonly Footprint[], cpus: number): boolean {
	if (running.some(({ kind }) => kind !== next.kind)) return false;
	switch (next.kind) {
		case 'counters':
			return running.length < 4 * cpus;
		case 'tracer':
			return (
				running.length < Math.max(1, Math.floor(cpus / 2)) &&
				!running.some(({ paths }) => paths.some((path) => next.paths.includes(path)))
			);
		case 'sampler':
			return running.length === 0;
	}
}
