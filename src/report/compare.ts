import { resolve } from 'node:path';
import { printable } from '../host/printable.ts';
import { formatBytes } from '../table/format-cell.ts';
import { compareHistograms, type HistogramChange } from './compare-histograms.ts';
import { compareReadings, type ReadingChange } from './compare-readings.ts';
import { compareRows, type RowChanges } from './compare-rows.ts';
import { compareTexts, type TextChanges } from './compare-texts.ts';
import { compareVerdicts, notThere, type VerdictChanges } from './compare-verdicts.ts';
import type { SessionDigest } from './digest.ts';
import { compareStacks, type FlameDiff } from './flame-diff.ts';
import type { ReadingDigest } from './readings-digest.ts';
import type { RowSums } from './row-sums.ts';
import type { RunDigest } from './run-digest.ts';

/** A session, and the rows of its runs by what they have in common with those of others. */
export interface ComparedSession {
	digest: SessionDigest;
	sums: Map<string, RunSums>;
}

export interface RunSums {
	all: RowSums;
	/** By command alone, where rows have more to be told apart by. */
	brief: RowSums | undefined;
}

export interface Comparison {
	a: SessionDigest;
	b: SessionDigest;
	isSameSession: boolean;
	/** Of the hosts and of what was looked at; only what differs. */
	facts: Fact[];
	verdicts: VerdictChanges;
	readings: ReadingChange[];
	runs: RunChange[];
	/** Names of runs that the other session has no like of. */
	onlyIn: { a: string[]; b: string[] };
}

export interface Fact {
	name: string;
	a: string;
	b: string;
}

/** Two runs of the same tool. */
export interface RunChange {
	tool: RunDigest['tool'];
	a: RunDigest;
	b: RunDigest;
	/** What makes them less comparable than they look. */
	remarks: string[];
	found:
		| { shape: 'table'; brief: RowChanges | undefined; changes: RowChanges }
		| { shape: 'histograms'; changes: HistogramChange[] }
		| { shape: 'stacks'; diff: FlameDiff }
		| { shape: 'text'; changes: TextChanges }
		| { shape: 'none'; why: string };
}

export function compare(a: ComparedSession, b: ComparedSession): Comparison {
	const readings = comparableReadings(a.digest, b.digest);
	const { pairs, onlyIn } = pairsOf(a.digest.runs, b.digest.runs);
	return {
		a: a.digest,
		b: b.digest,
		isSameSession: isSame(a.digest, b.digest),
		facts: factsThatDiffer(a.digest, b.digest),
		verdicts: withoutLeftOut(compareVerdicts(readings.a, readings.b), a.digest, b.digest),
		readings: compareReadings([...readings.a.values()], [...readings.b.values()]),
		runs: pairs.map(([one, other]) => compareRuns(one, other, a.sums.get(one.name), b.sums.get(other.name))),
		onlyIn,
	};
}

/** One folder, or two copies of one, of which one may be redacted. */
function isSame(a: SessionDigest, b: SessionDigest): boolean {
	if (resolve(a.folder) === resolve(b.folder)) return true;
	return bootOf(a) !== undefined && bootOf(a) === bootOf(b) && a.session.started === b.session.started;
}

/** By check and device. What was looked at has another name on another host, so it counts only where a session changed it. */
function comparableReadings(a: SessionDigest, b: SessionDigest): Record<'a' | 'b', Map<string, ReadingDigest>> {
	const isOne = [a, b].every(({ readings }) => new Set(readings.map(({ target }) => target)).size <= 1);
	const byKey = ({ readings }: SessionDigest) => {
		const keyOf = ({ target, check, device }: ReadingDigest) => [isOne ? '' : target, check, device ?? ''].join('\n');
		return new Map(readings.map((reading) => [keyOf(reading), reading]));
	};
	return { a: byKey(a), b: byKey(b) };
}

/** Where there were too many devices, one that is missing may have been among those that were never wrong. */
function withoutLeftOut(changes: VerdictChanges, a: SessionDigest, b: SessionDigest): VerdictChanges {
	const leftOut = { a: a.readingsLeftOut > 0, b: b.readingsLeftOut > 0 };
	return {
		...changes,
		oneSided: changes.oneSided.filter(
			({ why, measuredIn }) => why !== notThere || !leftOut[measuredIn === 'a' ? 'b' : 'a'],
		),
	};
}

function factsThatDiffer(a: SessionDigest, b: SessionDigest): Fact[] {
	const [factsOfA, factsOfB] = [factsOf(a), factsOf(b)];
	const facts = Object.keys(factsOfA).flatMap((name) => {
		const [one = '', other = ''] = [factsOfA[name], factsOfB[name]];
		return one === other ? [] : [{ name, a: one, b: other }];
	});
	const isOneHost = factsOfA.host === factsOfB.host;
	const isAnew = isOneHost && bootOf(a) !== bootOf(b);
	return isAnew ? [...facts, { name: 'boot', a: 'one', b: 'another: it was started anew in between' }] : facts;
}

function bootOf({ session }: SessionDigest): unknown {
	return session.host?.bootId;
}

const unrecorded = 'not recorded';

/** Whoever wrote the file may have put anything there. */
export function factsOf({ session, targets }: Pick<SessionDigest, 'session' | 'targets'>): Record<string, string> {
	const host = session.host ?? {};
	const text = (data: unknown) =>
		typeof data === 'string' || typeof data === 'number' ? printable(String(data)) : unrecorded;
	const { name: os } = (host.os ?? {}) as { name?: unknown };
	const namespaces = Object.entries(host.namespaces ?? {}).filter(([, whose]) => whose !== 'host');
	return {
		host: text(host.hostname),
		kernel: text(host.kernel),
		system: text(os),
		CPUs: text(host.cpus),
		memory: typeof host.memoryBytes === 'number' ? formatBytes(host.memoryBytes) : unrecorded,
		namespaces: namespaces.map(([kind, whose]) => printable(`${kind}: ${whose}`)).join(', ') || 'the host’s',
		program: text(session.program),
		target: targets.map(({ target }) => target).join(', '),
	};
}

/** Runs of the same tool, those with the same parameters first, else in the order of time. */
function pairsOf(a: readonly RunDigest[], b: readonly RunDigest[]) {
	const left = new Set(a);
	const pairs = new Map<RunDigest, RunDigest>();
	for (const isAlike of [haveSameParameters, () => true]) {
		for (const run of b) {
			if (pairs.has(run)) continue;
			const found = [...left].find((other) => other.tool.name === run.tool.name && isAlike(other, run));
			if (!found) continue;
			left.delete(found);
			pairs.set(run, found);
		}
	}
	const names = (runs: Iterable<RunDigest>) => [...runs].map(({ name }) => name);
	return {
		pairs: b.flatMap((run): [RunDigest, RunDigest][] => {
			const found = pairs.get(run);
			return found ? [[found, run]] : [];
		}),
		onlyIn: { a: names(left), b: names(b.filter((run) => !pairs.has(run))) },
	};
}

function haveSameParameters(a: RunDigest, b: RunDigest): boolean {
	return parametersOf(a) === parametersOf(b);
}

function parametersOf({ params }: RunDigest): string {
	const given = Object.entries(params).filter(([name]) => name !== 'duration');
	return given
		.map(([name, value]) => printable(`${name} ${value}`))
		.sort()
		.join(', ');
}

function compareRuns(
	a: RunDigest,
	b: RunDigest,
	sumsOfA: RunSums | undefined,
	sumsOfB: RunSums | undefined,
): RunChange {
	return { tool: b.tool, a, b, remarks: remarksOf(a, b), found: foundOf(a, b, sumsOfA, sumsOfB) };
}

function remarksOf(a: RunDigest, b: RunDigest): string[] {
	const remarks: string[] = [];
	if (a.provider.via !== b.provider.via) remarks.push(`A ran it by ${a.provider.via}, B by ${b.provider.via}.`);
	const [inA, inB] = [parametersOf(a), parametersOf(b)];
	if (inA !== inB) remarks.push(`Its parameters were ${inA || 'none'} in A, ${inB || 'none'} in B.`);
	for (const [name, { judgement }] of [
		['A', a],
		['B', b],
	] as const) {
		if (judgement.badge !== 'complete') remarks.push(`${name} is ${judgement.badge}: ${judgement.why}.`);
	}
	return remarks;
}

function foundOf(
	a: RunDigest,
	b: RunDigest,
	sumsOfA: RunSums | undefined,
	sumsOfB: RunSums | undefined,
): RunChange['found'] {
	const [hasA, hasB] = [a, b].map(({ found }) => found.total > 0);
	if (!hasA && !hasB) return { shape: 'none', why: 'Neither printed anything.' };
	// That nothing was seen says something only where everything would have been.
	const blind = [a, b].some(({ found, judgement }) => found.total === 0 && judgement.badge !== 'complete');
	if (blind) return { shape: 'none', why: `Of ${hasA ? 'B' : 'A'} there is nothing to compare.` };
	const seconds = (run: RunDigest) => run.milliseconds / 1000;
	if (a.found.shape === 'stacks' && b.found.shape === 'stacks') {
		return { shape: 'stacks', diff: compareStacks(a.found.tree, b.found.tree) };
	}
	if (a.found.shape === 'histograms' && b.found.shape === 'histograms') {
		const histograms = (run: RunDigest, { histograms, keysLeft }: typeof a.found) => ({
			seconds: seconds(run),
			byKey: new Map(histograms.map(({ key, buckets }) => [key, buckets])),
			hasMore: keysLeft > 0,
		});
		return { shape: 'histograms', changes: compareHistograms(histograms(a, a.found), histograms(b, b.found)) };
	}
	if (a.found.shape === 'text' && b.found.shape === 'text') {
		return { shape: 'text', changes: compareTexts(a.found, b.found) };
	}
	if (!sumsOfA || !sumsOfB) return { shape: 'none', why: 'This catalog can read only one of them.' };
	const rows = (one: RowSums, other: RowSums) =>
		compareRows({ seconds: seconds(a), sums: one }, { seconds: seconds(b), sums: other }, b.tool.output.sort);
	const brief = sumsOfA.brief && sumsOfB.brief && rows(sumsOfA.brief, sumsOfB.brief);
	return { shape: 'table', brief, changes: rows(sumsOfA.all, sumsOfB.all) };
}
