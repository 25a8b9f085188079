import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Guardian } from '../../src/runs/guardian.ts';
import { needs } from '../support/needs.ts';

const recipe = join(import.meta.dirname, 'recipe');
const images = join(import.meta.dirname, '../../images');
const leftOut = join(images, 'left-out');
const nodePackage = join(import.meta.dirname, '../../node_modules/node');
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bpftools/lab');

/** Why the lab can't be built and booted here; undefined when it can. */
export const noLab = needs(
	'root',
	...['qemu-system-x86_64', 'mmdebstrap', 'mkfs.ext4', 'ssh', 'zstd'].map((program) => ({ program })),
);

/** The folder that holds the lab's disk, kernel and keys. It is built where this recipe has not been built before. */
export async function labImage(): Promise<string> {
	const hash = recipeHash();
	const folder = join(cache, hash);
	if (existsSync(folder)) return folder;
	process.stderr.write('Building the lab. This is done once, and takes about a minute.\n');
	const unfinished = `${folder}.${process.pid}`;
	mkdirSync(unfinished, { recursive: true, mode: 0o700 });
	const guardian = new Guardian('rm -rf -- "$1"', unfinished);
	await build(unfinished);
	removeOthers();
	renameSync(unfinished, folder);
	guardian.dismiss();
	return folder;
}

function recipeHash(): string {
	const hash = createHash('sha256');
	const files = readdirSync(recipe).sort();
	for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(recipe, file)));
	for (const file of [leftOut, join(nodePackage, 'package.json')]) hash.update(readFileSync(file));
	hash.update(packages().join());
	return hash.digest('hex').slice(0, 16);
}

/** All that the image has, and what makes a host of it. */
function packages(): string[] {
	const dockerfile = readFileSync(join(images, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
	const installed = [...dockerfile.matchAll(/^RUN install-packages ([^&\n]+)/gm)].flatMap(([, words = '']) => words);
	const own = readFileSync(join(recipe, 'packages'), 'utf8').replaceAll(/^#.*/gm, '');
	return [...new Set([...installed, own].join(' ').trim().split(/\s+/))];
}

/** In namespaces of its own and tied to this process: whatever ends it, no process and no mount stays behind. */
function build(folder: string): Promise<void> {
	const tied = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
	const argv = [...tied, join(recipe, 'build'), folder, join(nodePackage, 'bin/node'), leftOut, ...packages()];
	const child = spawn('setpriv', argv, { stdio: ['ignore', 2, 2] });
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => (code === 0 ? resolve() : reject(new Error('The lab could not be built.'))));
	});
}

/** Labs of other recipes. A machine that runs from one keeps its files open; one that is being built stays. */
function removeOthers(): void {
	for (const name of readdirSync(cache)) {
		const builder = Number(/\.(\d+)$/.exec(name)?.[1]);
		if (!(builder && existsSync(`/proc/${builder}`))) rmSync(join(cache, name), { recursive: true });
	}
}
