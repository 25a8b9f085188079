import type { Reading } from '../checks/check.ts';
import { detached } from '../table/detached.ts';

/** A text that may be of any length, as far as it is read. */
export function bounded(text: string, most: number): string {
	return text.length <= most ? text : detached(`${text.slice(0, most)}…`);
}

const longestName = 200;
const longestSentence = 1000;
const mostSuspects = 10;

export function boundedName(text: string): string {
	return bounded(text, longestName);
}

export function boundedSentence(text: string): string {
	return bounded(text, longestSentence);
}

export function boundedReading(reading: Reading): Reading {
	const { check, device, unit, why, suspects } = reading;
	return {
		...reading,
		check: boundedName(check),
		device: device === null ? null : boundedName(device),
		unit: boundedName(unit),
		why: boundedSentence(why),
		suspects: suspects.slice(0, mostSuspects).map(boundedName),
	};
}
