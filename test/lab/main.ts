/**
 * `npm run lab` opens a shell in the lab, and while it is open `npm run lab -- COMMAND` goes
 * there too; otherwise the command gets a lab of its own. Either ends with its exit code.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootLab } from './boot.ts';
import { cache, noLab } from './image.ts';
import { Lab } from './lab.ts';

async function main(words: string[]): Promise<number> {
	if (noLab) return complain(`The lab can't be started: ${noLab}.`);
	const checkout = createHash('sha256')
		.update(import.meta.dirname)
		.digest('hex');
	const folder = join(cache, `../lab-of-${checkout.slice(0, 8)}`);
	const open = new Lab(folder);
	if (await open.answers()) return enter(open, words);
	try {
		await using booted = await bootLab(words.length === 0 ? sharedFolder(folder) : undefined);
		return await enter(booted.lab, words);
	} catch (error) {
		return complain((error as Error).message);
	}
}

/** The folder whose lab others find. Whoever made it removes it. */
function sharedFolder(folder: string): string {
	try {
		mkdirSync(folder, { mode: 0o700 });
		return folder;
	} catch {
		throw new Error(`Another lab starts or ends in this moment. If none does, remove ${folder}`);
	}
}

async function enter(lab: Lab, words: string[]): Promise<number> {
	const terminal = process.stdin.isTTY && process.stdout.isTTY;
	const ssh = lab.ssh([terminal ? '-t' : '-T'], ...words);
	const session = spawn('setpriv', ['--pdeathsig', 'TERM', ...ssh], { stdio: 'inherit' });
	const [code] = (await once(session, 'close')) as [number | null];
	return code ?? 1;
}

function complain(sentence: string): number {
	process.stderr.write(`${sentence}\n`);
	return 1;
}

process.exitCode = await main(process.argv.slice(2));
