import type { Row } from '../output/reader.ts';

/** Values from low to high, both included. */
export interface Bucket {
	low: number;
	high: number;
	count: number;
}

/** What readers write for a bucket without an upper bound. */
const openEnd = Number.MAX_SAFE_INTEGER;

export function isOpen({ high }: Bucket): boolean {
	return high >= openEnd;
}

/** The histograms in an interval's rows, in their order; the buckets of each from low to high. */
export function histogramsOf(rows: readonly Row[]): Map<string, Bucket[]> {
	const keys = new Map<string, Bucket[]>();
	for (const row of rows) {
		const key = String(row.cell(0) ?? '');
		const bucket = { low: Number(row.cell(1)), high: Number(row.cell(2)), count: Number(row.cell(3)) };
		const buckets = keys.get(key);
		if (buckets) buckets.push(bucket);
		else keys.set(key, [bucket]);
	}
	for (const buckets of keys.values()) buckets.sort((a, b) => a.low - b.low);
	return keys;
}

export function totalOf(buckets: readonly Bucket[]): number {
	return buckets.reduce((sum, { count }) => sum + count, 0);
}

/** Without the empty buckets at either end. */
export function trimmed<B extends Bucket>(buckets: readonly B[], isEmpty = ({ count }: B) => count === 0): B[] {
	const first = buckets.findIndex((bucket) => !isEmpty(bucket));
	const last = buckets.findLastIndex((bucket) => !isEmpty(bucket));
	return first < 0 ? [] : buckets.slice(first, last + 1);
}

export interface Quantile {
	/** Where the value lies if those of its bucket are spread evenly; undefined where a bucket has no end. */
	estimate: number | undefined;
	/** The bucket that the value is in for sure. */
	bucket: Bucket;
}

/** The value that this share of all values does not exceed, as far as buckets can tell; undefined without values. */
export function quantile(buckets: readonly Bucket[], of: number): Quantile | undefined {
	const rank = of * totalOf(buckets);
	let below = 0;
	for (const bucket of buckets) {
		if (bucket.count > 0 && below + bucket.count >= rank) {
			const { low, high, count } = bucket;
			const estimate = isOpen(bucket) ? undefined : low + ((rank - below) / count) * (high - low);
			return { estimate, bucket };
		}
		below += bucket.count;
	}
	return undefined;
}

/** The bucket of the largest value. */
export function highest(buckets: readonly Bucket[]): Bucket | undefined {
	return buckets.findLast(({ count }) => count > 0);
}
