/** As many single values are worth keeping: most groups see no more. */
const mostValues = 24;
/** Each bucket is 4 % wider than the one below, so that an answer is 2 % off at most. */
const growth = 1.04;
const logOfGrowth = Math.log(growth);

/** Quantiles of a stream of numbers in little memory: exact for few, 2 % off at most for many. */
export class Quantiles {
	private count: number;
	private values: number[];
	/** How many there were by bucket; a negative value counts as none. */
	private buckets: Map<number, number> | undefined;

	constructor(values: number[] = []) {
		this.values = values;
		this.count = values.length;
	}

	add(value: number): void {
		this.count++;
		if (this.buckets) this.fill(this.buckets, value);
		else if (this.values.push(value) > mostValues) this.intoBuckets();
	}

	/** The value that this share of all is no larger than. */
	at(share: number): number | null {
		if (this.count === 0) return null;
		const rank = Math.max(1, Math.ceil(share * this.count));
		if (!this.buckets) return this.values.toSorted((a, b) => a - b)[rank - 1] ?? null;
		let seen = 0;
		for (const bucket of [...this.buckets.keys()].sort((a, b) => a - b)) {
			seen += this.buckets.get(bucket) ?? 0;
			if (seen >= rank) return bucket === lowest ? 0 : growth ** (bucket - 0.5);
		}
		return null;
	}

	private intoBuckets(): void {
		this.buckets = new Map();
		for (const value of this.values) this.fill(this.buckets, value);
		this.values = [];
	}

	private fill(buckets: Map<number, number>, value: number): void {
		const bucket = value > 0 ? Math.ceil(Math.log(value) / logOfGrowth) : lowest;
		buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
	}
}

const lowest = Number.NEGATIVE_INFINITY;
