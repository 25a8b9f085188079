import { type Verdict, verdicts } from '../checks/check.ts';

/** Some samples in a row as one: nothing that stood out is lost. */
export interface Stretch {
	/** Milliseconds since 1970, of its first and last sample. */
	from: number;
	to: number;
	/** Null where no sample had a value. */
	min: number | null;
	max: number | null;
	sum: number;
	/** Samples that had a value. */
	count: number;
	/** The worst of them. */
	verdict: Verdict;
}

/** Even, so that all can be put together in pairs. */
const mostStretches = 240;

/** A reading's values over time, in little memory however many there are. */
export class Series {
	stretches: Stretch[] = [];
	/** How many samples had each verdict. */
	readonly verdicts: Record<Verdict, number> = { ok: 0, unknown: 0, warn: 0, bad: 0 };
	private samplesEach = 1;
	private inLast = 0;

	add(time: number, value: number | null, verdict: Verdict): void {
		this.verdicts[verdict]++;
		const sample: Stretch = {
			from: time,
			to: time,
			min: value,
			max: value,
			sum: value ?? 0,
			count: value === null ? 0 : 1,
			verdict,
		};
		const last = this.stretches.at(-1);
		if (last && this.inLast < this.samplesEach) {
			this.stretches[this.stretches.length - 1] = together(last, sample);
			this.inLast++;
			return;
		}
		if (this.stretches.length === mostStretches) {
			this.stretches = this.stretches.flatMap((stretch, index, all) =>
				index % 2 === 0 ? [together(stretch, all[index + 1] as Stretch)] : [],
			);
			this.samplesEach *= 2;
		}
		this.stretches.push(sample);
		this.inLast = 1;
	}

	get min(): number | null {
		return this.stretches.reduce<number | null>((least, { min }) => smaller(least, min), null);
	}

	get max(): number | null {
		return this.stretches.reduce<number | null>((most, { max }) => larger(most, max), null);
	}

	get average(): number | null {
		const count = this.stretches.reduce((all, stretch) => all + stretch.count, 0);
		return count === 0 ? null : this.stretches.reduce((all, { sum }) => all + sum, 0) / count;
	}
}

const secondsAnyway = 2.5;

/** Until when a stretch tells how it was: until the next, unless for long nobody looked. */
export function heldUntil(stretches: readonly Stretch[], index: number): number {
	const [before, stretch, next] = [stretches[index - 1], stretches[index] as Stretch, stretches[index + 1]];
	if (!next) return stretch.to;
	const gap = next.from - stretch.to;
	// Samples may come less and less often, but not from one moment to the next.
	const usual = before ? 3 * (stretch.from - before.to) : gap;
	return gap <= Math.max(1000 * secondsAnyway, usual) ? next.from : stretch.to;
}

function together(a: Stretch, b: Stretch): Stretch {
	return {
		from: a.from,
		to: b.to,
		min: smaller(a.min, b.min),
		max: larger(a.max, b.max),
		sum: a.sum + b.sum,
		count: a.count + b.count,
		verdict: verdicts.indexOf(b.verdict) > verdicts.indexOf(a.verdict) ? b.verdict : a.verdict,
	};
}

function smaller(a: number | null, b: number | null): number | null {
	return a === null ? b : b === null ? a : Math.min(a, b);
}

function larger(a: number | null, b: number | null): number | null {
	return a === null ? b : b === null ? a : Math.max(a, b);
}
