import { type Bucket, quantile, totalOf } from '../table/histogram.ts';

/** A percentile is told apart when it is this many times the other; the rarer the values it is of, the more. */
const percentiles = [
	{ percent: 50, times: 1.5 },
	{ percent: 90, times: 1.5 },
	{ percent: 99, times: 2 },
] as const;
/** With fewer values above it, a percentile is chance. */
const leastAbove = 5;
const timesOfRate = 2;

export interface HistogramSide {
	count: number;
	perSecond: number;
	/** What half, nine of ten and 99 of 100 values do not exceed, as far as buckets tell. */
	p50: number;
	p90: number;
	p99: number;
	highest: number;
}

/** One histogram of each session; null where one has no value of it. */
export interface HistogramChange {
	key: string;
	a: HistogramSide | null;
	b: HistogramSide | null;
}

/** The histograms of a run, all its intervals added up, and for how long it ran. */
export interface Histograms {
	seconds: number;
	byKey: ReadonlyMap<string, readonly Bucket[]>;
	/** Whether there were more, which had no room. */
	hasMore: boolean;
}

/** The histograms that differ, those first whose percentiles moved farthest. */
export function compareHistograms(a: Histograms, b: Histograms): HistogramChange[] {
	const isKnown = (key: string) => (a.byKey.has(key) || !a.hasMore) && (b.byKey.has(key) || !b.hasMore);
	const keys = new Set([...b.byKey.keys(), ...a.byKey.keys()]);
	const changes = [...keys].filter(isKnown).map((key) => ({
		key,
		a: sideOf(a.byKey.get(key), a.seconds),
		b: sideOf(b.byKey.get(key), b.seconds),
	}));
	return changes.filter(differs).sort((one, other) => farthest(other) - farthest(one));
}

function sideOf(buckets: readonly Bucket[] | undefined, seconds: number): HistogramSide | null {
	const count = totalOf(buckets ?? []);
	if (!buckets || count === 0) return null;
	const at = (percent: number) => {
		const found = quantile(buckets, percent / 100);
		return found?.estimate ?? found?.bucket.low ?? 0;
	};
	const perSecond = seconds > 0 ? count / seconds : 0;
	return { count, perSecond, p50: at(50), p90: at(90), p99: at(99), highest: at(100) };
}

function differs({ a, b }: HistogramChange): boolean {
	if (!a || !b) return a !== b;
	const rate = timesBetween(a.perSecond, b.perSecond);
	const isChance = Math.abs(a.count - b.count) < 3 * Math.sqrt(a.count + b.count);
	return (rate >= timesOfRate && !isChance) || percentiles.some((one) => percentileDiffers(one, a, b));
}

function percentileDiffers(
	{ percent, times }: (typeof percentiles)[number],
	a: HistogramSide,
	b: HistogramSide,
): boolean {
	const least = Math.min(a.count, b.count);
	if (least * (1 - percent / 100) < leastAbove) return false;
	return timesBetween(a[`p${percent}`], b[`p${percent}`]) >= times;
}

function farthest({ a, b }: HistogramChange): number {
	if (!a || !b) return 0;
	return Math.max(...percentiles.map(({ percent }) => timesBetween(a[`p${percent}`], b[`p${percent}`])));
}

/** Below one of its unit a value is as good as none. */
function timesBetween(a: number, b: number): number {
	const [small, large] = [Math.max(1, Math.min(a, b)), Math.max(1, a, b)];
	return large / small;
}
