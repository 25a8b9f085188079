import type { Row } from '../../output/reader.ts';
import { amount, compact } from '../../table/amount.ts';
import { cut, padTo } from '../../table/fit.ts';
import { formatSeconds } from '../../table/format-cell.ts';
import { type Bucket, histogramsOf, totalOf, trimmed } from '../../table/histogram.ts';
import { type Look, paint } from '../theme.ts';
import { fitLine, type Line, lineWidth, type Shape, type Span, wholeWords } from './line.ts';

export interface Interval {
	/** Milliseconds on any clock. */
	at: number;
	rows: readonly Row[];
}

interface Request {
	/** Oldest first. */
	intervals: readonly Interval[];
	/** Whose histogram; the busiest one's unless told. */
	key?: string | undefined;
	unit: string | undefined;
	width: number;
	/** Of the lines, without the header. */
	height: number;
	look: Look;
}

/** From few to many; it grows lighter all the way, so that it needs no eye for hues. */
const palette = [17, 54, 90, 126, 161, 202, 214, 227].map((code) => `ansi256(${code})`);
const shades = [...'░▒▓█'];
const characters = [...'.:-=+*#%@'];

/** Axis and legend. */
const footLines = 2;

/** The keys of some intervals, the busiest first. */
export function heatMapKeys(intervals: readonly Interval[]): string[] {
	const totals = new Map<string, number>();
	for (const { rows } of intervals) {
		for (const [key, buckets] of histogramsOf(rows)) totals.set(key, (totals.get(key) ?? 0) + totalOf(buckets));
	}
	return [...totals].sort(([, a], [, b]) => b - a).map(([key]) => key);
}

/**
 *     8.2ms ░░ ▒                one column an interval, the newest right
 *      64us █▓▓█▓▓              one line for values from this bound on, the lowest at the bottom
 *           -5s   now
 *     count ░ ≤3 ▒ ≤12 …
 */
export function heatMapShape({ intervals, key, unit, width, height, look }: Request): Shape {
	const keys = heatMapKeys(intervals);
	const chosen = key !== undefined && keys.includes(key) ? key : (keys[0] ?? '');
	const columns = intervals.map(({ rows }) => histogramsOf(rows).get(chosen) ?? []);
	const bands = bandsOf(columns, Math.max(1, height - footLines));
	const bounds = bands.map(({ low }) => amount(low, unit));
	const gutter = Math.max(5, ...bounds.map((text) => text.length)) + 1;
	const cell = [4, 2].find((columns) => columns * intervals.length <= width - gutter) ?? 1;
	const shown = Math.max(0, Math.min(intervals.length, Math.floor((width - gutter) / cell)));
	const first = intervals.length - shown;
	const counts = bands.map((band) => columns.slice(first).map((buckets) => countIn(band, buckets)));
	const scale = scaleOf(Math.max(0, ...counts.flat()), look);
	const rows = counts.map((line, index) => {
		const label: Span = { text: `${padTo(bounds[index] ?? '', gutter - 1, 'right')} ` };
		return fitLine([label, ...merged(line.map((count) => scale.span(count, cell)))], width);
	});
	const ages = intervals.slice(first).map(({ at }) => ((intervals.at(-1)?.at ?? at) - at) / 1000);
	const lines = shown === 0 || bands.length === 0 ? [] : [...rows.reverse(), axis(ages, gutter, cell, width, look)];
	if (lines.length > 0)
		lines.push(fitLine([{ text: padTo('count', gutter - 1, 'right') }, ...scale.legend(width - gutter + 1)], width));
	const which =
		keys.length > 1
			? [`${cut(chosen, 40)} (${keys.indexOf(chosen) + 1} of ${keys.length} keys)`]
			: chosen
				? [cut(chosen, 40)]
				: [];
	const header = [...which, `${shown} of ${intervals.length} intervals`, ...(unit ? [`in ${unit}`] : [])];
	return { header: fitLine(wholeWords(header, width), width), lines };
}

interface Band {
	low: number;
	/** The first value above it. */
	end: number;
}

/** One for each bucket that ever had a value and those between; neighbours share one where there is no room for all. */
function bandsOf(columns: readonly Bucket[][], room: number): Band[] {
	const seen = new Map<number, Bucket>();
	for (const bucket of columns.flat()) {
		const known = seen.get(bucket.low);
		seen.set(bucket.low, { ...bucket, count: bucket.count + (known?.count ?? 0) });
	}
	const buckets = trimmed([...seen.values()].sort((a, b) => a.low - b.low));
	const each = Math.max(1, Math.ceil(buckets.length / room));
	const bands: Band[] = [];
	for (let index = 0; index < buckets.length; index += each) {
		const next = buckets[index + each];
		bands.push({ low: buckets[index]?.low ?? 0, end: next?.low ?? Number.POSITIVE_INFINITY });
	}
	return bands;
}

function countIn({ low, end }: Band, buckets: readonly Bucket[]): number {
	return buckets.reduce((sum, bucket) => (bucket.low >= low && bucket.low < end ? sum + bucket.count : sum), 0);
}

/** Counts differ by powers of ten, and the rare ones at the top matter most, so steps are even on a log scale. */
function scaleOf(most: number, look: Look) {
	const marks = look.utf8 ? shades : characters;
	const steps = look.colors ? palette.length : marks.length;
	const topOf = (step: number) => Math.ceil((1 + most) ** ((step + 1) / steps) - 1);
	const tops = Array.from({ length: steps }, (_, step) => (step === steps - 1 ? most : topOf(step)));
	const spanOf = (step: number, width: number): Span => {
		const mark = marks[Math.floor((step * marks.length) / steps)] ?? ' ';
		const paint = palette[step];
		return { text: mark.repeat(width), ...(look.colors && paint ? { color: paint, background: paint } : {}) };
	};
	const stepFor = (count: number) => tops.findIndex((top) => count <= top);
	return {
		span: (count: number, width: number): Span =>
			count > 0 ? spanOf(stepFor(count), width) : { text: ' '.repeat(width) },
		/** Every step, or only every so many where there is no room for all; the last one is always there. */
		legend: (width: number): Line => {
			const words = tops
				.filter((top, step) => top > 0 && top !== tops[step - 1])
				.map((top) => [{ text: '  ' }, spanOf(stepFor(top), 1), { text: ` ${look.utf8 ? '≤' : '<='}${compact(top)}` }]);
			for (let every = 1; every <= words.length; every++) {
				const line = words.filter((_, index) => (words.length - 1 - index) % every === 0).flat();
				if (lineWidth(line) <= width) return line;
			}
			return [];
		},
	};
}

/** Neighbours that look the same are one span: a map has thousands of cells. */
function merged(spans: Span[]): Span[] {
	const runs: Span[] = [];
	for (const span of spans) {
		const last = runs.at(-1);
		if (last && last.background === span.background && last.color === span.color) last.text += span.text;
		else runs.push({ ...span });
	}
	return runs;
}

const labelDistance = 8;

/** How long ago the columns were, every so many of them; the newest is now. */
function axis(ages: readonly number[], gutter: number, cell: number, width: number, look: Look): Line {
	let text = '';
	let limit = width;
	for (const [index, age] of [...ages.entries()].reverse()) {
		const label = text === '' ? 'now' : `-${formatSeconds(Math.round(age))}`;
		const at = Math.min(gutter + index * cell, text === '' ? width - label.length : width);
		if (at < 0 || at + Math.max(label.length + 1, text === '' ? 0 : labelDistance) > limit) continue;
		text = padTo(label, limit - at, 'left') + text;
		limit = at;
	}
	return fitLine([{ text: ' '.repeat(limit) + text, ...paint('quiet', look) }], width);
}
