import { spawn } from 'node:child_process';
import type { Result } from './bench.ts';
import { consoles } from './programs.ts';

const rounds = 7;

/** From the start of the process to the first content on its terminal; the median of some rounds, taken in turns. */
export async function firstPaint(): Promise<Result[]> {
	const times = { bpftools: [] as number[], htop: [] as number[] };
	for (let round = 0; round < rounds; round++) {
		for (const name of ['bpftools', 'htop'] as const) times[name].push(await paintTime(name));
	}
	return [{ what: 'first paint', ours: median(times.bpftools), peer: 'htop', theirs: median(times.htop), unit: 'ms' }];
}

function paintTime(name: 'bpftools' | 'htop'): Promise<number> {
	const { argv, ready } = consoles[name];
	const started = performance.now();
	// script(1) gives it a terminal; its own start costs both the same.
	const child = spawn('script', ['-qec', argv.join(' '), '/dev/null'], {
		stdio: ['pipe', 'pipe', 'ignore'],
		env: { ...process.env, TERM: 'xterm-256color', COLUMNS: '120', LINES: '40' },
	});
	let text = '';
	return new Promise((resolve) => {
		child.stdout.on('data', (bytes: Buffer) => {
			text += bytes.toString('latin1');
			if (!ready.test(text)) return;
			resolve(performance.now() - started);
			child.stdout.removeAllListeners('data');
			child.stdout.resume();
			child.stdin.write('q');
			setTimeout(() => child.kill(), 300);
		});
	});
}

function median(values: number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
