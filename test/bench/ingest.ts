import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './bench.ts';
import { scratch } from './programs.ts';

const lines = 2_000_000;
/** The file is read this many times over, so that the time both programs take to start does not count. */
const repeats = 10;
const rounds = 3;

/** Lines a second through a pane's reader and table, grouped by command, beside mawk counting the same pipe. */
export async function ingest(): Promise<Result[]> {
	const file = join(scratch, 'opensnoop.log');
	await writeLines(file);
	const ours = best(() => pipe(file, process.execPath, [join(import.meta.dirname, 'count-rows.ts')]));
	const theirs = best(() => pipe(file, 'mawk', [`{ count[$2]++; n++ } END { print n - ${repeats} }`]));
	return [
		{
			what: 'rows grouped by key',
			ours: (repeats * lines) / ours,
			peer: 'mawk',
			theirs: (repeats * lines) / theirs,
			unit: 'rows/s',
		},
	];
}

/** Lines as opensnoop prints them, with some thousand paths and a few dozen commands. */
async function writeLines(path: string): Promise<void> {
	const file = createWriteStream(path);
	file.write('PID    COMM              FD ERR PATH\n');
	for (let start = 0; start < lines; start += 10_000) {
		let block = '';
		for (let i = start; i < start + 10_000; i++) {
			const command = `worker-${i % 37}`;
			block += `${String(1000 + (i % 4000)).padEnd(6)} ${command.padEnd(16)} ${String(3 + (i % 90)).padStart(3)}   0 /var/lib/data/file${i % 5000}\n`;
		}
		if (!file.write(block)) await once(file, 'drain');
	}
	file.end();
	await once(file, 'finish');
}

function pipe(file: string, program: string, args: string[]): number {
	const started = performance.now();
	const files = Array(repeats).fill('"$f"').join(' ');
	const script = `f=$1; shift; cat ${files} | "$@"`;
	const counted = execFileSync('/bin/sh', ['-c', script, 'sh', file, program, ...args], { encoding: 'utf8' });
	if (Number(counted) !== repeats * lines)
		throw new Error(`${program} counted ${counted.trim()} of ${repeats * lines} rows`);
	return (performance.now() - started) / 1000;
}

function best(measure: () => number): number {
	return Math.min(...Array.from({ length: rounds }, measure));
}
