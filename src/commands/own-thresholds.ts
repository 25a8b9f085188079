import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../catalog/argv.ts';
import { setThreshold, type ThresholdName, thresholdNames, thresholdOf } from '../checks/thresholds.ts';
import { printable } from '../host/printable.ts';
import { nearest } from './arguments.ts';

export const thresholdsFile = () =>
	join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'bpftools', 'thresholds.yaml');

/** Puts the user's numbers in force, where there is a file of them: "cpu.busy: { warn: 90 }". */
export async function readOwnThresholds(): Promise<void> {
	const file = thresholdsFile();
	if (!existsSync(file)) return;
	const { parse } = await import('yaml');
	let content: unknown;
	try {
		content = parse(readFileSync(file, 'utf8'));
	} catch (error) {
		throw new UsageError(`${file}: ${printable((error as Error).message.split('\n')[0] ?? '')}`);
	}
	if (content === null) return;
	if (!isRecord(content))
		throw new UsageError(`${file} holds lines like "cpu.busy: { warn: 90, bad: 97 }", and this is none.`);
	for (const [name, numbers] of Object.entries(content)) set(file, name, numbers);
}

function set(file: string, name: string, numbers: unknown): void {
	const known = thresholdNames.find((each) => each === name);
	if (!known) {
		const near = nearest(name, [...thresholdNames]);
		const hint = near ? `did you mean ${near}?` : '"bpftools check --explain" names them.';
		throw new UsageError(`${file}: there is no threshold "${printable(name)}"; ${hint}`);
	}
	setThreshold(known, numbersOf(file, known, numbers));
}

function numbersOf(file: string, name: ThresholdName, given: unknown) {
	const usual = thresholdOf(name);
	const takes = (['warn', 'bad'] as const).filter((key) => usual[key] !== undefined);
	const numbers = isRecord(given) ? given : {};
	const fits = Object.entries(numbers).every(
		([key, value]) => takes.some((each) => each === key) && typeof value === 'number' && Number.isFinite(value),
	);
	if (!fits || Object.keys(numbers).length === 0) {
		throw new UsageError(`${file}: ${name} takes ${takes.map((key) => `${key}: NUMBER`).join(' and ')}.`);
	}
	return numbers as { warn?: number; bad?: number };
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
