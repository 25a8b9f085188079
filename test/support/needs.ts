import { execFileSync, spawnSync } from 'node:child_process';
import { findProgram } from '../../src/host/programs.ts';
import { bpftools } from './program.ts';

type Need = { program: string } | { tool: string; via: string } | 'root' | 'engine';

/** The first of these that this machine lacks, in words; undefined when it has them all. */
export function needs(...all: Need[]): string | undefined {
	return all.map(lack).find((reason) => reason !== undefined);
}

/** A test that is skipped says why in its title. */
export function titled(title: string, reason: string | undefined): string {
	return reason ? `${title} (skipped: ${reason})` : title;
}

function lack(need: Need): string | undefined {
	if (need === 'root') return process.geteuid?.() === 0 ? undefined : 'it needs root';
	if (need === 'engine') return engineAnswers() ? undefined : 'no Docker engine answers';
	if ('program' in need) return findProgram(need.program) ? undefined : `${need.program} is not installed`;
	const entry = catalog().find(({ name }) => name === need.tool);
	if (entry?.provider === need.via) return undefined;
	return `${need.tool} does not run through ${need.via} here: ${entry?.reason ?? `${entry?.provider} serves it`}`;
}

function engineAnswers(): boolean {
	return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
}

interface Entry {
	name: string;
	provider: string | null;
	reason: string | null;
}

let known: Entry[] | undefined;

function catalog(): Entry[] {
	const [node, cli] = bpftools;
	known ??= JSON.parse(execFileSync(node, [cli, 'list', '--json'], { encoding: 'utf8' })) as Entry[];
	return known;
}
