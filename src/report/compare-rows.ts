import type { ColumnType } from '../catalog/column-types.ts';
import type { Column } from '../catalog/tool.ts';
import type { Cell } from '../output/reader.ts';
import type { RowSum, RowSums } from './row-sums.ts';

/** The rows of a run by identity, and for how long it ran. */
export interface RunRows {
	seconds: number;
	sums: RowSums;
}

/** A number of one identity, as it was on average in each session; null where it was not there. */
export interface MeasureChange {
	column: string;
	type: ColumnType;
	a: number | null;
	b: number | null;
}

export interface RowChange {
	/** The cells that both sides share, in the order of the identity's columns. */
	identity: Cell[];
	/** The number that the tool sorts by, or events a second. */
	main: MeasureChange;
	/** Other numbers that differ much. */
	others: MeasureChange[];
}

export interface RowChanges {
	identity: string[];
	main: string;
	/** Only those that differ, the largest change first. */
	rows: RowChange[];
	/** How many identities both sides have together. */
	compared: number;
}

/** Smaller changes are what any two moments differ by. */
const leastTimes = 1.5;
/** As a share of the largest value on either side. */
const leastOfLargest = 0.02;

export function compareRows(a: RunRows, b: RunRows, sort: string | undefined): RowChanges {
	const { identity, measures, isEvents } = b.sums;
	const [old, now] = [byIdentity(a), byIdentity(b)];
	// A row that had no room on one side was there perhaps.
	const isKnown = (key: string) => (old.has(key) || a.sums.forgotten === 0) && (now.has(key) || b.sums.forgotten === 0);
	const keys = [...new Set([...now.keys(), ...old.keys()])].filter(isKnown);
	const counted = { name: isEvents ? 'per_second' : 'rows', type: 'float' as const };
	const names = [...measures, counted];
	const rows = keys.map((key) => ({
		identity: (now.get(key) ?? old.get(key) ?? { identity: [] }).identity,
		measures: names.map(({ name, type }, index) => ({
			column: name,
			type,
			a: old.get(key)?.values[index] ?? null,
			b: now.get(key)?.values[index] ?? null,
		})),
	}));
	// Where rows have nothing to be told apart by, each of their numbers is a row.
	if (identity.length === 0) return changesOfNumbers(rows.flatMap((row) => row.measures));
	const sorted = names.findIndex(({ name }) => name === sort);
	const main = isEvents ? names.length - 1 : Math.max(0, sorted);
	const count = names[main]?.name ?? counted.name;
	const told = rows.filter(({ measures }) => !isEvents || !isChance(measures[main], a.seconds, b.seconds));
	return { ...changesOf(identity, told, count, main), compared: rows.length };
}

/** As many events come now and then without a reason; one that never came before has none. */
function isChance(rate: MeasureChange | undefined, secondsOfA: number, secondsOfB: number): boolean {
	if (!rate?.a || !rate.b) return false;
	return Math.abs(rate.b - rate.a) < 2 * Math.sqrt(rate.a / secondsOfA + rate.b / secondsOfB);
}

interface Measured {
	identity: Cell[];
	measures: MeasureChange[];
}

function changesOf(
	identity: readonly Column[],
	rows: Measured[],
	mainName: string,
	main: number,
): Omit<RowChanges, 'compared'> {
	const largest = rows.reduce((most, { measures }) => Math.max(most, sizeOf(measures[main])), 0);
	const changes = rows.flatMap((row): RowChange[] => {
		const of = row.measures[main];
		if (!of || !isMaterial(of, largest)) return [];
		return [
			{ identity: row.identity, main: of, others: row.measures.filter((each) => each !== of && isMaterial(each, 0)) },
		];
	});
	return {
		identity: identity.map(({ name }) => name),
		main: mainName,
		rows: changes.sort((one, other) => changeOf(other.main) - changeOf(one.main)),
	};
}

function changesOfNumbers(measures: MeasureChange[]): RowChanges {
	const rows = measures
		.filter((measure) => isMaterial(measure, 0))
		.map((measure) => ({ identity: [measure.column], main: measure, others: [] }));
	return {
		identity: ['column'],
		main: 'value',
		rows: rows.sort((one, other) => growthOf(other.main) - growthOf(one.main)),
		compared: measures.length,
	};
}

function isMaterial(measure: MeasureChange, largest: number): boolean {
	const [a, b] = [measure.a ?? 0, measure.b ?? 0];
	return changeOf(measure) > leastOfLargest * largest && changeOf(measure) > 0 && timesBetween(a, b) >= leastTimes;
}

function changeOf({ a, b }: MeasureChange): number {
	return Math.abs((b ?? 0) - (a ?? 0));
}

/** From 0 to 1; of things that are counted, less than one is as good as none. */
function growthOf({ a, b, type }: MeasureChange): number {
	const both = Math.abs(a ?? 0) + Math.abs(b ?? 0) + (type === 'int' ? 1 : 0);
	return both > 0 ? Math.abs((b ?? 0) - (a ?? 0)) / both : 0;
}

function sizeOf(measure: MeasureChange | undefined): number {
	return Math.max(Math.abs(measure?.a ?? 0), Math.abs(measure?.b ?? 0));
}

export function timesBetween(a: number, b: number): number {
	if (a === b) return 1;
	const [small, large] = [Math.min(Math.abs(a), Math.abs(b)), Math.max(Math.abs(a), Math.abs(b))];
	return small === 0 || a < 0 !== b < 0 ? Number.POSITIVE_INFINITY : large / small;
}

function byIdentity({ seconds, sums }: RunRows): Map<string, { identity: Cell[]; values: (number | null)[] }> {
	const found = new Map<string, { identity: Cell[]; values: (number | null)[] }>();
	for (const sum of sums.sums()) {
		found.set(JSON.stringify(sum.identity), { identity: sum.identity, values: valuesOf(sum, sums, seconds) });
	}
	return found;
}

/** How long something took is an average of its own; what else a table counts is as much as there was in each interval. */
const durations: readonly ColumnType[] = ['seconds', 'milliseconds', 'microseconds'];

function valuesOf({ rows, measures }: RowSum, sums: RowSums, seconds: number): (number | null)[] {
	const { intervals, isEvents } = sums;
	const values = measures.map(({ sum, average }, index) => {
		const isDuration = durations.includes(sums.measures[index]?.type ?? 'int');
		return isEvents || isDuration ? average : sum === null ? null : sum / intervals;
	});
	const times = isEvents ? seconds : intervals;
	return [...values, times > 0 ? rows / times : rows];
}
