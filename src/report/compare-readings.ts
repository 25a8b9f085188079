import { checklists } from '../checks/checklist.ts';
import { thresholdOf } from '../checks/thresholds.ts';
import type { ReadingDigest } from './readings-digest.ts';

/** A check's values of one device in one session. */
export type Values = Pick<ReadingDigest, 'check' | 'device' | 'unit' | 'series'>;

/** What values are like, whatever number of them there is. */
export interface Spread {
	median: number;
	worst: number;
	/** Three of five values lie between these. */
	low: number;
	high: number;
}

export interface ReadingChange {
	check: string;
	device: string | null;
	unit: string;
	a: Spread;
	b: Spread;
	/** What differs: the value that is usual, or only the worst one. */
	by: 'median' | 'worst';
	/** How far it moved, as a share of the limit from which it would be a warning; of percent, of all. */
	moved: number;
}

/** Undefined for values of which none could be taken. */
export function spreadOf({ check, series }: Pick<Values, 'check' | 'series'>): Spread | undefined {
	const averages = series.stretches.flatMap(({ sum, count }) => (count > 0 ? [sum / count] : []));
	const sorted = averages.sort((one, other) => one - other);
	const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
	const worst = lessIsWorse(check) ? series.min : series.max;
	return worst === null ? undefined : { median: at(0.5), worst, low: at(0.2), high: at(0.8) };
}

/** The readings that differ more than they do by themselves, what moved farthest first. Devices are matched by name. */
export function compareReadings(a: readonly Values[], b: readonly Values[]): ReadingChange[] {
	const old = new Map(a.map((values) => [keyOf(values), values]));
	const changes = b.flatMap((values) => {
		const was = old.get(keyOf(values));
		return was ? (changeOf(was, values) ?? []) : [];
	});
	return changes.sort((one, other) => other.moved - one.moved);
}

function keyOf({ check, device }: Values): string {
	return `${check}\n${device ?? ''}`;
}

function changeOf(was: Values, is: Values): ReadingChange | undefined {
	const { check, device, unit } = is;
	const [a, b] = [spreadOf(was), spreadOf(is)];
	if (!a || !b || was.unit !== unit) return undefined;
	const scale = scaleOf(check, unit);
	const medians = distance(a.median, b.median, scale);
	if (!isWithin(a.median, b) && !isWithin(b.median, a) && isLarge(medians, leastOfMedian)) {
		return { check, device, unit, a, b, by: 'median', moved: medians.moved };
	}
	const worsts = distance(a.worst, b.worst, scale);
	// Without a limit nobody can say whether one value that was higher for once means anything.
	if (scale === undefined || !isLarge(worsts, leastOfWorst)) return undefined;
	return { check, device, unit, a, b, by: 'worst', moved: worsts.moved * weightOfOne };
}

function isWithin(value: number, { low, high }: Spread): boolean {
	return value >= low && value <= high;
}

interface Distance {
	/** As a share of the scale. */
	moved: number;
	times: number;
}

function distance(a: number, b: number, scale: number | undefined): Distance {
	const [small, large] = [Math.min(Math.abs(a), Math.abs(b)), Math.max(Math.abs(a), Math.abs(b))];
	const times = a === b ? 1 : small === 0 || a < 0 !== b < 0 ? Number.POSITIVE_INFINITY : large / small;
	// What has no limit is told by how many times it is more, and comes after what moved as far towards its limit.
	const moved = scale === undefined ? 1 - 1 / times : Math.abs(a - b) / scale;
	return { moved, times };
}

/** A single value says less than what is usual, so it has to differ more. */
const leastOfMedian = { moved: 0.05, times: 1.25 };
const leastOfWorst = { moved: 0.5, times: 2 };
const weightOfOne = 0.1;

function isLarge(distance: Distance, least: Distance): boolean {
	return distance.moved >= least.moved && distance.times >= least.times;
}

/** Where a warning begins, for the hardiest of the devices that it is about; else all there can be. */
function scaleOf(check: string, unit: string): number | undefined {
	const limits = limitsOf(check).flatMap((name) => {
		const { unit: of, warn, bad } = thresholdOf(name);
		return of === unit ? (warn ?? bad ?? []) : [];
	});
	const largest = Math.max(0, ...limits);
	return largest > 0 ? largest : unit === '%' ? 100 : undefined;
}

/** Of a time that is left, the shortest is the worst. */
function lessIsWorse(check: string): boolean {
	return limitsOf(check).some((name) => {
		const { warn, bad } = thresholdOf(name);
		return warn !== undefined && bad !== undefined && warn > bad;
	});
}

function limitsOf(check: string) {
	for (const resources of Object.values(checklists)) {
		for (const { checks } of resources) {
			const found = checks.find(({ name }) => name === check);
			if (found) return found.limits ?? [];
		}
	}
	return [];
}
