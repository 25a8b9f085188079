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

/** By check and device, of those that were ever anything but ok. */
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
		if (reading.verdict === 'ok' && settlement.size === 0) return reading;
		const key = `${reading.check} ${reading.device ?? ''}`;
		const past = add(settlement.get(key) ?? quiet, reading.verdict);
		if (past !== quiet) next.set(key, past);
		const verdict = shownVerdict(reading, past);
		return verdict === reading.verdict ? reading : { ...reading, verdict };
	});
	return { shown, settlement: next };
}

/** Of the thousands of readings of a large host nearly all have always been ok, which needs no keeping. */
const quiet: Past = { recent: [], latched: 'ok' };

function add(past: Past, verdict: Verdict): Past {
	if (verdict === 'unknown' || (verdict === 'ok' && past === quiet)) return past;
	return { recent: [...past.recent, verdict].slice(-samplesLookedAt), latched: worse(past.latched, verdict) };
}

function shownVerdict({ kind, verdict }: Reading, { recent, latched }: Past): Verdict {
	if (kind === 'errors') return worse(latched, verdict);
	if (verdict === 'unknown') return verdict;
	if (recent.length < samplesThatDecide) return 'ok';
	return recent.toSorted((a, b) => verdicts.indexOf(b) - verdicts.indexOf(a))[samplesThatDecide - 1] ?? 'ok';
}
