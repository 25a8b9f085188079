import { type Kind, kinds, type ResourceName, resources, type Verdict } from '../checks/check.ts';
import type { Mark, SessionDigest } from './digest.ts';
import type { ReadingDigest, Turn } from './readings-digest.ts';

/** A check on one device that was warn or bad at some time. */
export interface Problem {
	reading: ReadingDigest;
	/** Its worst verdict with the sentence that came with it. */
	turn: Turn;
	/** When it was warn or bad first; undefined where too many turns came before. */
	since: number;
	/** The share of its samples that were. */
	share: number;
	/** As it was in the end, unless what it spoke of was gone by then. */
	last: Verdict | 'gone';
}

/** A cell of the checklist as a whole session saw it. */
export interface CellFinding {
	/** The worst that it was; what could not be known counts only where it was so in the end. */
	verdict: Verdict | undefined;
	last: Verdict | undefined;
	why: string;
	mark: Mark | undefined;
}

export interface TargetFindings {
	target: string;
	rows: { resource: ResourceName; cells: Record<Kind, CellFinding> }[];
	/** The worst first. */
	problems: Problem[];
	/** What had no answer in the end. */
	unknown: ReadingDigest[];
}

/** From best to worst, where what is not known is better than what is wrong. */
const order: readonly Verdict[] = ['ok', 'unknown', 'warn', 'bad'];

export function isWrong(verdict: Verdict | undefined): boolean {
	return verdict === 'warn' || verdict === 'bad';
}

export function findingsOf({ readings, marks, targets }: SessionDigest): TargetFindings[] {
	const names = [...new Set([...targets.map(({ target }) => target), ...readings.map(({ target }) => target)])];
	return names.flatMap((target) => {
		const theirs = readings.filter((reading) => reading.target === target);
		const marked = marks.filter((mark) => mark.target === target);
		return theirs.length + marked.length === 0 ? [] : [findingsOfTarget(target, theirs, marked)];
	});
}

function findingsOfTarget(target: string, readings: ReadingDigest[], marks: Mark[]): TargetFindings {
	const newest = Math.max(...readings.map(lastSeen));
	const isThere = (reading: ReadingDigest) => lastSeen(reading) >= newest;
	const known = resources.filter((resource) => [...readings, ...marks].some((each) => each.resource === resource));
	const cell = (resource: ResourceName, kind: Kind) =>
		cellOf(
			readings.filter((reading) => reading.resource === resource && reading.kind === kind),
			marks.find((mark) => mark.resource === resource && mark.kind === kind),
			isThere,
		);
	return {
		target,
		rows: known.map((resource) => ({
			resource,
			cells: Object.fromEntries(kinds.map((kind) => [kind, cell(resource, kind)])) as Record<Kind, CellFinding>,
		})),
		problems: readings.flatMap((reading) => problemOf(reading, isThere(reading)) ?? []).sort(worstFirst),
		unknown: readings.filter(
			(reading) =>
				isThere(reading) && reading.last?.reading.verdict === 'unknown' && !isWrong(reading.worst?.reading.verdict),
		),
	};
}

/** What was asked at first and then no more, as of a device that is gone, had its last sample before the others. */
function lastSeen({ series, last }: ReadingDigest): number {
	return series.stretches.at(-1)?.to ?? last?.time ?? 0;
}

function cellOf(
	readings: ReadingDigest[],
	mark: Mark | undefined,
	isThere: (reading: ReadingDigest) => boolean,
): CellFinding {
	const turns = readings.flatMap((reading) => {
		const { last, worst } = reading;
		return (isWrong(worst?.reading.verdict) ? worst : isThere(reading) ? last : undefined) ?? [];
	});
	const shown = worstOf(turns);
	const last = worstOf(readings.filter(isThere).flatMap((reading) => reading.last ?? []));
	return { verdict: shown?.reading.verdict, last: last?.reading.verdict, why: shown?.reading.why ?? '', mark };
}

/** Of equally bad ones the first. */
function worstOf(turns: readonly Turn[]): Turn | undefined {
	const rank = ({ reading }: Turn) => order.indexOf(reading.verdict);
	return turns.reduce<Turn | undefined>(
		(worst, turn) => (worst && rank(worst) >= rank(turn) ? worst : turn),
		undefined,
	);
}

function problemOf(reading: ReadingDigest, isThere: boolean): Problem | undefined {
	const { worst, last, turns, series } = reading;
	if (!worst || !isWrong(worst.reading.verdict)) return undefined;
	const { warn, bad, ok, unknown } = series.verdicts;
	const since = turns.first.find((turn) => isWrong(turn.reading.verdict))?.time ?? worst.time;
	const share = (warn + bad) / Math.max(1, warn + bad + ok + unknown);
	return { reading, turn: worst, since, share, last: isThere ? (last?.reading.verdict ?? 'unknown') : 'gone' };
}

function worstFirst(a: Problem, b: Problem): number {
	const rank = ({ turn }: Problem) => order.indexOf(turn.reading.verdict);
	return rank(b) - rank(a) || b.share - a.share;
}
