import { type Check, type Finding, type Span, type Verdict, verdicts } from './check.ts';
import { counted } from './sentence.ts';

/** Something a judgement can't do without is missing; the message is the sentence that the user reads. */
export class Unmeasurable extends Error {
	constructor(message: string) {
		// Nobody looks at its stack, and taking one costs more than most judgements.
		const usual = Error.stackTraceLimit;
		Error.stackTraceLimit = 0;
		super(message);
		Error.stackTraceLimit = usual;
	}
}

export type Judgement = Omit<Finding, 'device'>;

export function finding(device: string | null, judge: () => Judgement): Finding {
	try {
		return { device, ...judge() };
	} catch (error) {
		if (!(error instanceof Unmeasurable)) throw error;
		return unknown(device, error.message);
	}
}

export function unknown(device: string | null, why: string): Finding {
	return { device, value: null, verdict: 'unknown', why };
}

export function known<T>(value: T | undefined, whyNot: string): T {
	if (value === undefined) throw new Unmeasurable(whyNot);
	return value;
}

/** By how much a counter grew. One that runs backwards was reset (or wrapped), so that this sample says nothing. */
export function growth(what: string, before: number | undefined, now: number | undefined): number {
	const from = known(before, `${what}: not seen in the sample before`);
	const to = known(now, `${what}: not shown by this kernel`);
	if (to < from) throw new Unmeasurable(`${what}: the counter was reset`);
	return to - from;
}

export function perSecond(amount: number, seconds: number): number {
	needTime(seconds);
	return amount / seconds;
}

export function needTime(seconds: number): void {
	if (seconds <= 0) throw new Unmeasurable('this needs a second sample');
}

export interface Tally {
	since: number;
	total: number;
}

/** An error counter since the first sample, so that an error stays in sight, and since it began to count. */
export function tally<C>(what: string, span: Span<C>, pick: (counters: C) => number | undefined): Tally {
	const total = known(pick(span.now), `this kernel shows no ${what}`);
	growth(what, pick(span.before) ?? 0, total);
	const first = pick(span.first) ?? 0;
	// Lower than at first: it was reset since, and all that it holds was counted after that.
	return { since: total >= first ? total - first : total, total };
}

export function tallied(noun: string, { since, total }: Tally, beginning = 'boot'): string {
	return `${counted(since, noun)} since this console started, ${total || 'none'} since ${beginning}`;
}

export interface Limits {
	warn: number;
	bad: number;
}

export function grade(value: number, { warn, bad }: Limits): 'ok' | 'warn' | 'bad' {
	if (value >= bad) return 'bad';
	return value >= warn ? 'warn' : 'ok';
}

export function worse(a: Verdict, b: Verdict): Verdict {
	return verdicts.indexOf(a) > verdicts.indexOf(b) ? a : b;
}

/** A question that the kernel has no answer to: better asked and unknown than left out. */
export function unanswerable(
	check: Pick<Check<unknown>, 'name' | 'kind' | 'title' | 'unit'>,
	why: string,
): Check<unknown> {
	return { ...check, source: `none: ${why}`, rule: 'Always unknown.', judge: () => [unknown(null, why)] };
}
