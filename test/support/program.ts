import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The program as users run it. */
export const bpftools = [process.execPath, join(import.meta.dirname, '../../dist/cli.js')] as const;

export interface Result {
	code: number | null;
	signal: string | null;
	stdout: string;
	stderr: string;
}

export interface Started {
	child: ChildProcess;
	/** What came so far. */
	output: Pick<Result, 'stdout' | 'stderr'>;
	ended: Promise<Result>;
}

export function start(argv: readonly string[], options: SpawnOptions = {}): Started {
	const [file = '', ...args] = argv;
	const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
	const output = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'] as const) {
		child[name]?.setEncoding('utf8').on('data', (text: string) => {
			output[name] += text;
		});
	}
	const ended = new Promise<Result>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve({ code, signal, ...output }));
	});
	return { child, output, ended };
}

/** Runs `bpftools ARGS` to its end. */
export function run(
	args: readonly string[],
	options: SpawnOptions & { input?: string | Buffer } = {},
): Promise<Result> {
	const { input, ...rest } = options;
	const { child, ended } = start([...bpftools, ...args], {
		stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
		...rest,
	});
	if (input !== undefined) child.stdin?.end(input);
	return ended;
}

/** A folder that is gone when the test is, whatever happened in it. */
export function scratchFolder(): { path: string } & Disposable {
	const path = mkdtempSync(join(tmpdir(), 'bpftools-test-'));
	return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The one session that a console recorded into this folder. */
export function sessionIn(folder: string): string {
	const names = readdirSync(folder);
	if (names.length !== 1) throw new Error(`${folder} holds ${names.length} sessions`);
	return join(folder, names[0] as string);
}
