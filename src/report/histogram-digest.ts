import type { Row } from '../output/reader.ts';
import { detached } from '../table/detached.ts';
import type { Bucket } from '../table/histogram.ts';
import { boundedName } from './bounded.ts';

/** What a tool counted in some intervals one after the other. */
export interface HistogramSlice {
	/** Milliseconds since the run began. */
	from: number;
	to: number;
	buckets: Bucket[];
}

export interface HistogramDigest {
	/** Whose it is; empty where a tool has one only. */
	key: string;
	/** Of all intervals together, from low to high. */
	buckets: Bucket[];
	/** As many for each key, the oldest first. */
	slices: HistogramSlice[];
	total: number;
}

/** Even, so that all can be put together in pairs. */
const mostSlices = 60;
const mostKeys = 100;
const keysShown = 12;
/** More than any tool has; where each value is a bucket of its own there may be many. */
const mostBuckets = 500;

interface Slice {
	from: number;
	to: number;
	intervals: number;
	/** By key and by a bucket's low end. */
	counts: Map<string, Map<number, number>>;
}

/** All histograms that a run printed, over time, in little memory however many there are. */
export class HistogramsDigest {
	intervals = 0;
	/** Keys that had no room, about: one that comes again is counted again. */
	forgotten = 0;
	/** Rows of buckets that had no room. */
	unplaced = 0;
	private slices: Slice[] = [];
	private intervalsEach = 1;
	private readonly totals = new Map<string, number>();
	private readonly highs = new Map<number, number>();

	begin(ms: number): void {
		this.intervals++;
		const last = this.slices.at(-1);
		if (last && last.intervals < this.intervalsEach) {
			last.intervals++;
			return;
		}
		if (this.slices.length === mostSlices) {
			this.slices = this.slices.flatMap((slice, index, all) =>
				index % 2 === 0 ? [together(slice, all[index + 1] as Slice)] : [],
			);
			this.intervalsEach *= 2;
		}
		this.slices.push({ from: ms, to: ms, intervals: 1, counts: new Map() });
	}

	row(row: Row, ms: number): void {
		if (this.slices.length === 0) this.begin(ms);
		const slice = this.slices.at(-1) as Slice;
		const key = detached(boundedName(String(row.cell(0) ?? '')));
		const [low, high, count] = [Number(row.cell(1)), Number(row.cell(2)), Number(row.cell(3))];
		if (!this.highs.has(low) && this.highs.size >= mostBuckets) {
			this.unplaced++;
			return;
		}
		this.highs.set(low, Math.max(high, this.highs.get(low) ?? high));
		if (!this.totals.has(key) && this.totals.size >= mostKeys) this.forgetRare();
		this.totals.set(key, (this.totals.get(key) ?? 0) + count);
		slice.to = ms;
		addTo(slice.counts, key, low, count);
	}

	/** Those with the most in them. */
	all(): HistogramDigest[] {
		const keys = [...this.totals].sort(([, a], [, b]) => b - a).slice(0, keysShown);
		return keys.map(([key, total]) => {
			const slices = this.slices.map(({ from, to, counts }) => ({
				from,
				to,
				buckets: this.bucketsOf(counts.get(key)),
			}));
			const sum = new Map<number, number>();
			for (const { buckets } of slices) for (const { low, count } of buckets) sum.set(low, (sum.get(low) ?? 0) + count);
			return { key, total, slices, buckets: this.bucketsOf(sum) };
		});
	}

	/** Keys that are not among those shown. */
	get left(): number {
		return this.forgotten + Math.max(0, this.totals.size - keysShown);
	}

	private bucketsOf(counts: Map<number, number> | undefined): Bucket[] {
		const buckets = [...(counts ?? [])].map(([low, count]) => ({ low, high: this.highs.get(low) ?? low, count }));
		return buckets.sort((a, b) => a.low - b.low);
	}

	/** What grows large later comes back in. */
	private forgetRare(): void {
		const rare = [...this.totals].sort(([, a], [, b]) => a - b).slice(0, mostKeys / 2);
		for (const [key] of rare) {
			this.totals.delete(key);
			for (const { counts } of this.slices) counts.delete(key);
		}
		this.forgotten += rare.length;
	}
}

function together(a: Slice, b: Slice): Slice {
	for (const [key, buckets] of b.counts) for (const [low, count] of buckets) addTo(a.counts, key, low, count);
	return { from: a.from, to: b.to, intervals: a.intervals + b.intervals, counts: a.counts };
}

function addTo(counts: Slice['counts'], key: string, low: number, count: number): void {
	const buckets = counts.get(key) ?? new Map<number, number>();
	counts.set(key, buckets);
	buckets.set(low, (buckets.get(low) ?? 0) + count);
}
