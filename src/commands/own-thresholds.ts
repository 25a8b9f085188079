import { UsageError } from '../catalog/argv.ts';
import { setThreshold, type ThresholdName, thresholdNames, thresholdOf } from '../checks/thresholds.ts';
import { printable } from '../host/printable.ts';
import { nearest } from './arguments.ts';
import { isRecord, ownFile, readOwnFile } from './own-file.ts';

export const thresholdsFile = () => ownFile('thresholds.yaml');

/** Puts the user's numbers in force, where there is a file of them: "cpu.busy: { warn: 90 }". */
export async function readOwnThresholds(): Promise<void> {
	const file = thresholdsFile();
	const content = await readOwnFile(file, 'cpu.busy: { warn: 90, bad: 97 }');
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
