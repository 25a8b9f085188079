import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Result, start } from '../support/program.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '../..');
/** Every engine has the classic builder, and it says what it found in its cache. */
const env = { ...process.env, DOCKER_BUILDKIT: '0' };

/** Those of images/Dockerfile, as their images are called. */
export type Image = 'bpftools' | 'bpftools:slim' | 'bpftools:mini' | 'bpftools:nettools';

/** Builds an image as the project's users do, and answers with what the builder said. */
export async function build(image: Image): Promise<string> {
	const target = image.split(':').at(-1) ?? image;
	const { code, stdout, stderr } = await start(['images/build', target, '--network=host'], { cwd: root, env }).ended;
	if (code !== 0) throw new Error(`${image} can't be built:\n${stdout.slice(-2000)}${stderr}`);
	return stdout;
}

/** What of a build was not found in the cache. */
export function stepsMade(said: string): string[] {
	const steps = [...said.matchAll(/^Step \d+\/\d+ : (.*)\n( ---> Using cache)?/gm)];
	if (steps.length === 0) throw new Error(`The builder told no steps:\n${said}`);
	return steps.flatMap(([, step = '', cached]) => (cached || /^(FROM|ARG) /.test(step) ? [] : [step]));
}

/** Runs a docker command to its end, and answers with what it printed; it has to succeed. */
export async function docker(...args: string[]): Promise<string> {
	const { stdout } = await execute('docker', args, { env, maxBuffer: 1e8 });
	return stdout.trim();
}

/** `docker run` with a process that stands for the host, since process 1 can't be entered everywhere. */
export function runWords(...words: string[]): string[] {
	return ['docker', 'run', '--rm', '--env', `BPFTOOLS_HOST_PID=${process.pid}`, ...words];
}

/** Runs a container to its end, however it ends. */
export function run(...words: string[]): Promise<Result> {
	return start(runWords(...words)).ended;
}

/** A name for a container, which is gone when the test is, whatever happened in it. */
export function containerName(): { name: string } & AsyncDisposable {
	const name = `bpftools-test-${randomUUID()}`;
	const remove = () => execute('docker', ['rm', '--force', name]).then(() => {});
	return { name, [Symbol.asyncDispose]: remove };
}
