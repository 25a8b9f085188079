import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from './bench.ts';
import { consoles } from './programs.ts';

const settleSeconds = 8;
const watchedSeconds = 30;
const socket = `bpftools-bench-${process.pid}`;

interface Use {
	cpu: number;
	rss: number;
}

/** CPU and memory of each console, idle at one second, side by side on terminals of 120x40. */
export async function idle(): Promise<Result[]> {
	const names = Object.keys(consoles) as (keyof typeof consoles)[];
	try {
		const pids = names.map((name) => start(name));
		await sleep(settleSeconds * 1000);
		const before = pids.map(cpuSeconds);
		await sleep(watchedSeconds * 1000);
		const use = Object.fromEntries(
			pids.map((pid, index) => [
				names[index],
				{ cpu: (100 * (cpuSeconds(pid) - (before[index] as number))) / watchedSeconds, rss: residentMegabytes(pid) },
			]),
		) as Record<(typeof names)[number], Use>;
		const { bpftools, htop, atop } = use;
		return [
			{ what: 'idle CPU', ours: bpftools.cpu, peer: 'atop', theirs: atop.cpu, unit: '% core' },
			{ what: 'idle CPU', ours: bpftools.cpu, peer: 'htop', theirs: htop.cpu, unit: '% core' },
			{ what: 'resident memory', ours: bpftools.rss, peer: 'atop', theirs: atop.rss, unit: 'MB' },
			{ what: 'resident memory', ours: bpftools.rss, peer: 'htop', theirs: htop.rss, unit: 'MB' },
		];
	} finally {
		tmux('kill-server');
	}
}

function start(name: keyof typeof consoles): number {
	tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '40', '-s', name, ...consoles[name].argv);
	return Number(tmux('list-panes', '-t', name, '-F', '#{pane_pid}'));
}

function tmux(...args: string[]): string {
	return execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8', env: { ...process.env, LANG: 'C.UTF-8' } });
}

export function cpuSeconds(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMegabytes(pid: number): number {
	return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
