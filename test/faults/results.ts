import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../../src/checks/check.ts';
import type { Place } from './fault.ts';

/** What a fault's test has seen. */
export interface Result {
	fault: string;
	where: Place;
	check: string;
	tool?: string;
	device: string | null;
	before: Verdict;
	verdict: Verdict;
	secondsToTurn: number;
	why: string;
	/** Suspects that are the culprit; none where the sentence itself names it. */
	culprits: string[];
	/** Seconds until it was ok again; what an error check says stays, so of those a new console is asked. */
	again: number | 'in a new console';
}

const file = join(import.meta.dirname, 'results.json');

/** `npm run faults` writes down what its tests see. */
export const isRecording = process.env.BPFTOOLS_RECORD_FAULTS === '1';

export function readResults(): Result[] {
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
}

/** In place of an earlier result of the same fault. */
export function record(result: Result): void {
	const others = readResults().filter(({ fault }) => fault !== result.fault);
	const all = [...others, result].sort((a, b) => a.fault.localeCompare(b.fault));
	writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}
