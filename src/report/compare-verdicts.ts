import { type Verdict, verdicts } from '../checks/check.ts';
import type { ReadingDigest } from './readings-digest.ts';

type Key = Pick<ReadingDigest, 'check' | 'device' | 'resource' | 'kind'>;

/** The worst that one session saw of a check, and for how much of its time. */
export interface VerdictSide {
	verdict: Verdict;
	/** Of the samples, from 0 to 1. */
	share: number;
	why: string;
	suspects: string[];
}

export interface VerdictChange extends Key {
	/** Null where the check had no such device. */
	a: VerdictSide | null;
	b: VerdictSide | null;
	turned: 'worse' | 'better';
}

/** A check or a device that only one session has an answer for. */
export interface OneSided extends Key {
	measuredIn: 'a' | 'b';
	verdict: Verdict;
	/** Why the other has none. */
	why: string;
}

export interface VerdictChanges {
	/** What is worse in b, then what is better; in each the worst first. */
	changes: VerdictChange[];
	oneSided: OneSided[];
	/** How many both have. */
	compared: number;
}

export function compareVerdicts(
	a: ReadonlyMap<string, ReadingDigest>,
	b: ReadonlyMap<string, ReadingDigest>,
): VerdictChanges {
	const changes: VerdictChange[] = [];
	const oneSided: OneSided[] = [];
	let compared = 0;
	for (const key of new Set([...b.keys(), ...a.keys()])) {
		const [was, is] = [a.get(key), b.get(key)];
		const { check, device, resource, kind } = (is ?? was) as ReadingDigest;
		const about = { check, device, resource, kind };
		const sides = { a: was ? sideOf(was) : null, b: is ? sideOf(is) : null };
		const turned = turnOf(sides);
		if (was && is) compared++;
		if (turned) changes.push({ ...about, ...sides, turned });
		else oneSided.push(...oneSidedOf(about, sides));
	}
	const answered = { a: answeredBy(a), b: answeredBy(b) };
	return {
		changes: changes.sort((one, other) => rankOf(other) - rankOf(one)),
		// A check that finds nothing to name answers once for all; where it finds some it answers for each.
		oneSided: oneSided.filter(({ device, check, measuredIn }) => {
			return device !== null || !answered[measuredIn === 'a' ? 'b' : 'a'].has(check);
		}),
		compared,
	};
}

function answeredBy(readings: ReadonlyMap<string, ReadingDigest>): Set<string> {
	const known = [...readings.values()].filter((reading) => sideOf(reading).verdict !== 'unknown');
	return new Set(known.map(({ check }) => check));
}

interface Sides {
	a: VerdictSide | null;
	b: VerdictSide | null;
}

function sideOf({ worst, last, turns, series }: ReadingDigest): VerdictSide {
	const samples = verdicts.reduce((sum, verdict) => sum + series.verdicts[verdict], 0);
	const turn =
		worst && isWrong(worst.reading.verdict)
			? worst
			: (turns.all().find(({ reading }) => reading.verdict === 'ok') ?? last);
	const verdict = turn?.reading.verdict ?? verdicts.findLast((each) => series.verdicts[each] > 0) ?? 'unknown';
	const share = samples > 0 ? series.verdicts[verdict] / samples : 1;
	return { verdict, share, why: turn?.reading.why ?? '', suspects: turn?.reading.suspects ?? [] };
}

/** Of a device that one session did not have. */
export const notThere = 'it is not there';

const isWrong = (verdict: Verdict | undefined) => verdict === 'warn' || verdict === 'bad';
/** What is wrong now and then in one session and most of the time in the other differs as well. */
const leastShare = 0.5;

function turnOf({ a, b }: Sides): VerdictChange['turned'] | undefined {
	if (!isWrong(a?.verdict) && !isWrong(b?.verdict)) return undefined;
	const worse = severity(b) - severity(a) || (b?.share ?? 0) - (a?.share ?? 0);
	if (severity(a) === severity(b) && Math.abs(worse) < leastShare) return undefined;
	return worse > 0 ? 'worse' : 'better';
}

/** Nothing is known to be wrong where nothing is known. */
function severity(side: VerdictSide | null): number {
	return side?.verdict === 'bad' ? 2 : side?.verdict === 'warn' ? 1 : 0;
}

/** What got worse goes before what got better, bad before warn, and what lasted before what did not. */
function rankOf({ a, b, turned }: VerdictChange): number {
	const wrong = turned === 'worse' ? b : a;
	return (turned === 'worse' ? 10 : 0) + 2 * severity(wrong) + (wrong?.share ?? 0);
}

function oneSidedOf(about: Key, { a, b }: Sides): OneSided[] {
	const [inA, inB] = [a, b].map((side) => side !== null && side.verdict !== 'unknown');
	if (inA === inB) return [];
	const [measured, other] = inA ? [a, b] : [b, a];
	const measuredIn = inA ? 'a' : 'b';
	return [{ ...about, measuredIn, verdict: measured?.verdict ?? 'unknown', why: other ? other.why : notThere }];
}
