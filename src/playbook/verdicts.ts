import type { Reading, ResourceName, Verdict } from '../checks/check.ts';
import { counted } from '../checks/sentence.ts';
import { printable } from '../host/printable.ts';
import type { Conclusion } from './conclusion.ts';

/** Unknown now and ok later is ok; what was warned of stays. */
const weights: Record<Verdict, number> = { unknown: 0, ok: 0, warn: 1, bad: 2 };

/** Of each check and device the worst reading of some seconds; of equal ones the last. */
export class WorstReadings {
	private readonly worst = new Map<string, Reading>();

	add(readings: readonly Reading[]): void {
		for (const reading of readings) {
			const key = `${reading.check} ${reading.device ?? ''}`;
			const before = this.worst.get(key);
			if (!before || weights[reading.verdict] >= weights[before.verdict]) this.worst.set(key, reading);
		}
	}

	of(resources?: readonly ResourceName[]): Reading[] {
		return [...this.worst.values()].filter(({ resource }) => !resources || resources.includes(resource));
	}
}

export function standsOut({ verdict }: Reading): boolean {
	return weights[verdict] > 0;
}

/** The worst of them in its own words, and how many others there are. */
export function concludeReadings(readings: readonly Reading[]): Conclusion {
	const wrong = readings.filter(standsOut).toSorted((a, b) => weights[b.verdict] - weights[a.verdict]);
	const unknown = readings.filter(({ verdict }) => verdict === 'unknown').length;
	const known = readings.length - unknown;
	const [worst] = wrong;
	if (worst) {
		const others = wrong.length === 1 ? '' : ` (and ${wrong.length - 1} more)`;
		const text = `${worst.resource} ${worst.kind} is ${worst.verdict}: ${worst.why}${others}`;
		return { mark: 'look', text: printable(text) };
	}
	if (known === 0)
		return { mark: 'unknown', text: readings[0] ? printable(readings[0].why) : 'Nothing of this could be measured.' };
	const unmeasured = unknown === 0 ? '' : `, ${counted(unknown, 'reading')} unknown`;
	return { mark: 'ok', text: `${counted(known, 'reading')} ok${unmeasured}.` };
}
