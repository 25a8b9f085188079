import { type Reading, type Verdict, verdicts } from './check.ts';
import { worse } from './measuring.ts';

const samplesLookedAt = 5;
const samplesThatDecide = 3;

type Measured = Pick<Reading, 'verdict' | 'why' | 'suspects'>;

interface Past {
	/** What was measured, newest last; unknown says nothing about the resource and is left out. */
	recent: Measured[];
	/** The worst error so far. */
	latched: Verdict;
}

/** By check and device, of those that were ever anything but ok. */
export type Settlement = ReadonlyMap<string, Past>;

/**
 * Readings as they are shown, so that one odd sample doesn't make the screen
 * flap: a verdict counts when three of the last five were at least that bad.
 * Errors count at once and stay. What can't be measured is unknown at once.
 * A verdict that the newest sample alone would not give comes with the sentence of the last one that would.
 */
export function settle(
	settlement: Settlement,
	readings: readonly Reading[],
): { shown: Reading[]; settlement: Settlement } {
	const next = new Map<string, Past>();
	const shown = readings.map((reading) => {
		if (reading.verdict === 'ok' && settlement.size === 0) return reading;
		const key = `${reading.check} ${reading.device ?? ''}`;
		const past = add(settlement.get(key) ?? quiet, reading);
		if (past !== quiet) next.set(key, past);
		const verdict = shownVerdict(reading, past);
		if (verdict === reading.verdict) return reading;
		return { ...reading, ...(reading.kind === 'errors' ? {} : sentenceFor(verdict, past)), verdict };
	});
	return { shown, settlement: next };
}

/** Of the thousands of readings of a large host nearly all have always been ok, which needs no keeping. */
const quiet: Past = { recent: [], latched: 'ok' };

function add(past: Past, { verdict, why, suspects }: Reading): Past {
	if (verdict === 'unknown' || (verdict === 'ok' && past === quiet)) return past;
	const recent = [...past.recent, { verdict, why, suspects }].slice(-samplesLookedAt);
	return { recent, latched: worse(past.latched, verdict) };
}

/** Else the screen would warn of CPUs that are 3 % busy. */
function sentenceFor(verdict: Verdict, { recent }: Past): Pick<Reading, 'why' | 'suspects'> | undefined {
	const at = recent.findLastIndex((measured) => worse(measured.verdict, verdict) === measured.verdict);
	const found = recent[at];
	const ago = recent.length - 1 - at;
	if (!found || ago === 0) return undefined;
	return { why: `${found.why} (${ago} s ago)`, suspects: found.suspects };
}

function shownVerdict({ kind, verdict }: Reading, { recent, latched }: Past): Verdict {
	if (kind === 'errors') return worse(latched, verdict);
	if (verdict === 'unknown') return verdict;
	if (recent.length < samplesThatDecide) return 'ok';
	const worstFirst = recent.map(({ verdict }) => verdicts.indexOf(verdict)).sort((a, b) => b - a);
	return verdicts[worstFirst[samplesThatDecide - 1] ?? 0] ?? 'ok';
}
