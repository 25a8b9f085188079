import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UsageError } from '../catalog/argv.ts';
import { findProgram } from '../host/programs.ts';

/** What builds and runs images; all three take the same words. */
export interface Engine {
	name: string;
	program: string;
}

const engines = ['docker', 'podman', 'nerdctl'];

/** The engine that was asked for, or the first that is installed. */
export function findEngine(asked: string | undefined): Engine {
	if (asked !== undefined && !engines.includes(asked)) {
		throw new UsageError(`--engine is one of ${engines.join(', ')}, not "${asked}".`);
	}
	for (const name of asked ? [asked] : engines) {
		const program = findProgram(name);
		if (program) return { name, program };
	}
	throw new UsageError(
		asked
			? `${asked} is not installed here.`
			: `There is no container engine here; it takes one of ${engines.join(', ')}.`,
	);
}

/** Keys send these, and to the child as well, since it shares the terminal: what they mean is its decision. */
const fromKeys = ['SIGINT', 'SIGQUIT'] as const;
const fromOthers = ['SIGTERM', 'SIGHUP'] as const;

/** Gives a program this terminal until it ends, and answers with its exit code as a shell would. */
export function handTerminalTo(program: string, args: string[]): Promise<number> {
	const child = spawn(program, args, { stdio: 'inherit' });
	const ignore = () => {};
	const pass = (signal: NodeJS.Signals) => child.kill(signal);
	for (const signal of fromKeys) process.on(signal, ignore);
	for (const signal of fromOthers) process.on(signal, pass);
	return new Promise<number>((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]));
	}).finally(() => {
		for (const signal of fromKeys) process.off(signal, ignore);
		for (const signal of fromOthers) process.off(signal, pass);
	});
}
