import { type Reading, type Verdict, verdicts } from './check.ts';
import { worse } from './measuring.ts';

const samplesLookedAt = 5;
const samplesThatDecide = 3;

interface Past {
	/** Measured verdicts, newest last; unknown ones say nothing about the resource and are left out. */
	recent: Verdict[];
	/** The worst error so far. */
	latched: Verdict;
}

/** By check and device. */
export type Settlement = ReadonlyMap<string, Past>;

/**
 * Readings as they are shown, so that one odd sample doesn't make the screen
 * flap: a verdict counts when three of the last five were at least that bad.
 * Errors count at once and stay. What can't be measured is unknown at once.
 */
export function settle(
	settlement: Settlement,
	readings: readonly Reading[],
): { shown: Reading[]; settlement: Settlement } {
	const next = new Map<string, Past>();
	const shown = readings.map((reading) => {
		const key = `${reading.check} ${reading.device ?? ''}`;
		const past = add(settlement.get(key), reading.verdict);
		next.set(key, past);
		return { ...reading, verdict: shownVerdict(reading, past) };
	});
	return { shown, settlement: next };
}

function add(past: Past = { recent: [], latched: 'ok' }, verdict: Verdict): Past {
	if (verdict === 'unknown') return past;
	return { recent: [...past.recent, verdict].slice(-samplesLookedAt), latched: worse(past.latched, verdict) };
}

function shownVerdict({ kind, verdict }: Reading, { recent, latched }: Past): Verdict {
	if (kind === 'errors') return worse(latched, verdict);
	if (verdict === 'unknown') return verdict;
	return recent.toSorted((a, b) => verdicts.indexOf(b) - verdicts.indexOf(a))[samplesThatDecide - 1] ?? 'ok';
}
