import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { whenFinished } from '../../support/when-finished.ts';

/** In the environment of every process that a fault starts: the test's own pid, which finds those of killed runs. */
const mark = 'BPFTOOLS_FAULT';

export interface Running {
	pid: number;
	/** With all that it has started. */
	stop: () => Promise<void>;
}

interface Options {
	/** It prints a line when it has begun, and only then this goes on. */
	ready?: boolean;
	env?: Record<string, string>;
}

/** Ends with the test. */
export async function start(argv: readonly string[], { ready = false, env = {} }: Options = {}): Promise<Running> {
	const [program = '', ...args] = argv;
	const child = spawn(program, args, {
		stdio: ['ignore', ready ? 'pipe' : 'ignore', 'inherit'],
		env: { ...process.env, ...env, [mark]: String(process.pid) },
		detached: true,
	});
	const running = { pid: child.pid ?? Number.NaN, stop: () => stop(child) };
	whenFinished(running.stop);
	if (child.stdout) await Promise.race([once(child.stdout, 'data'), failure(child)]);
	return running;
}

/** Several at once, like one. */
export async function startAll(
	all: readonly (readonly string[])[],
): Promise<{ pids: number[] } & Pick<Running, 'stop'>> {
	const running = await Promise.all(all.map((argv) => start(argv)));
	return {
		pids: running.map(({ pid }) => pid),
		stop: async () => {
			await Promise.all(running.map(({ stop }) => stop()));
		},
	};
}

export function anyOf(pids: readonly number[]): string {
	return `\\(pid (${pids.join('|')})\\)`;
}

async function failure(child: ChildProcess): Promise<never> {
	const [code, signal] = await once(child, 'exit');
	throw new Error(`${child.spawnargs.join(' ')} ended at once: ${code ?? signal}`);
}

async function stop(child: ChildProcess): Promise<void> {
	const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
	kill(-(child.pid ?? Number.NaN));
	await ended;
}

function kill(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// It has ended by itself.
	}
}

/** Those of runs that did not get to end them. */
export function endLeftProcesses(): void {
	for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
		const owner = ownerOf(pid);
		if (owner !== undefined && !isAlive(owner)) kill(pid);
	}
}

function ownerOf(pid: number): number | undefined {
	try {
		const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
		const found = variables.find((each) => each.startsWith(`${mark}=`));
		return found === undefined ? undefined : Number(found.slice(mark.length + 1));
	} catch {
		return undefined;
	}
}

export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
