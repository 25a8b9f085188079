import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { findProgram } from '../host/programs.ts';

export interface Exit {
	code: number | null;
	signal: string | null;
	/** Why it could not be started at all. */
	failure: string | undefined;
}

/** A started program and its two streams, in a process group and terminal session of its own. */
export interface Process {
	pid: number | undefined;
	/** Only a program that reads another's output has one. */
	stdin: Writable | null;
	stdout: Readable;
	stderr: Readable;
	exit: Promise<Exit>;
}

/** Python holds back its lines when it writes to a pipe. */
const environment = {
	PYTHONUNBUFFERED: '1',
	LC_ALL: 'C',
	TERM: 'dumb',
	S_TIME_FORMAT: 'ISO',
};

const graceMilliseconds = 1000;

export function startProcess(argv: string[], stdin: 'pipe' | 'ignore'): Process {
	const [file = '', ...args] = tethered(argv);
	const child = execa(file, args, {
		stdin,
		stdout: 'pipe',
		stderr: 'pipe',
		buffer: false,
		reject: false,
		detached: true,
		cleanup: false,
		env: environment,
	});
	// What a tool left behind may hold its output open for good; what is still to be read by then comes at once.
	child.nodeChildProcess.once('exit', () => setTimeout(() => closeOutput(child), graceMilliseconds).unref());
	const exit = child.then((result) => ({
		code: result.exitCode ?? null,
		signal: result.signal ?? null,
		failure: result.exitCode === undefined && !result.signal ? result.shortMessage : undefined,
	}));
	return { pid: child.pid, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit };
}

function closeOutput({ stdout, stderr }: { stdout: Readable; stderr: Readable }): void {
	stdout.destroy();
	stderr.destroy();
}

/** Reaches the whole group, so that what a tool started ends with it. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
	try {
		if (pid !== undefined) process.kill(-pid, signal);
	} catch {
		// It has ended already.
	}
}

/** A tool dies with the console, even when the console is killed outright; and its lines are not held back. */
function tethered(argv: string[]): string[] {
	const setpriv = findProgram('setpriv');
	const stdbuf = findProgram('stdbuf');
	return [...(setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : []), ...(stdbuf ? [stdbuf, '-oL'] : []), ...argv];
}
