import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a console can leave behind on a host: processes, BPF programs, settings. */

const stats = '/proc/sys/kernel/bpf_stats_enabled';

export interface RunningProcess {
	pid: number;
	parent: number;
	argv: string[];
}

/** An environment variable that every process of a run inherits, and that finds them again. */
export class Marker {
	readonly env: Record<string, string> = { BPFTOOLS_TEST: randomUUID() };

	/** The run's processes, told apart from zombies by their environment, which those have no more. */
	processes(): RunningProcess[] {
		const mark = `BPFTOOLS_TEST=${this.env.BPFTOOLS_TEST}`;
		return pids().flatMap((pid) => {
			if (pid === process.pid || !read(pid, 'environ').split('\0').includes(mark)) return [];
			const parent = Number(/^PPid:\s*(\d+)/m.exec(read(pid, 'status'))?.[1]);
			return [{ pid, parent, argv: read(pid, 'cmdline').split('\0').slice(0, -1) }];
		});
	}

	/** All but the guardians, which end by themselves when they have cleaned up. */
	killAll(): void {
		for (const { pid, argv } of this.processes()) {
			if (argv.includes('bpftools-guardian')) continue;
			try {
				process.kill(pid, 'SIGKILL');
			} catch {
				// It has ended already.
			}
		}
	}
}

/** The BPF programs that a process holds, itself or through a link. */
export function programsHeldBy(pid: number): number[] {
	try {
		const folder = join('/proc', String(pid), 'fdinfo');
		return readdirSync(folder).flatMap((name) => {
			const id = /^prog_id:\s*(\d+)/m.exec(read(pid, join('fdinfo', name)))?.[1];
			return id ? [Number(id)] : [];
		});
	} catch {
		return [];
	}
}

export function loadedPrograms(): Set<number> {
	const programs = JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' })) as {
		id: number;
	}[];
	return new Set(programs.map(({ id }) => id));
}

export function statsEnabled(): string {
	return existsSync(stats) ? readFileSync(stats, 'utf8').trim() : 'missing';
}

/** Turns the statistics off again if what is tested failed to. Where they were on, somebody else needs them. */
export function keepingStats(): Disposable {
	const before = statsEnabled();
	return {
		[Symbol.dispose]: () => {
			if (before === '0' && statsEnabled() !== before) writeFileSync(stats, before);
		},
	};
}

function pids(): number[] {
	return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function read(pid: number, name: string): string {
	try {
		return readFileSync(join('/proc', String(pid), name), 'utf8');
	} catch {
		return '';
	}
}
