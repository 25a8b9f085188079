import type { Row } from '../../output/reader.ts';
import { amount, compact, share } from '../../table/amount.ts';
import { cut, padTo } from '../../table/fit.ts';
import { type Bucket, highest, histogramsOf, isOpen, quantile, totalOf, trimmed } from '../../table/histogram.ts';
import { type Look, paint } from '../theme.ts';
import { bar } from './bar.ts';
import { fitLine, type Line, type Shape, wholeWords } from './line.ts';

interface Request {
	/** The newest interval. */
	rows: readonly Row[];
	/** The interval before it; undefined while there is none. */
	before: readonly Row[] | undefined;
	unit: string | undefined;
	width: number;
	look: Look;
}

const column = 9;

/**
 *     total 503 (+12)  p50 ~48us ≤63us  p90 …  max ≤131ms       of each key, which stands before it
 *          from        to     count    change    share
 *          32us      63us       172        +7    34.2% ████████
 */
export function histogramShape({ rows, before, unit, width, look }: Request): Shape {
	const previous = before && histogramsOf(before);
	const lines: Line[] = [];
	for (const [key, buckets] of histogramsOf(rows)) {
		const old = previous && (previous.get(key) ?? []);
		const shown = shownBuckets(buckets, old);
		if (shown.length === 0 && key === '') continue;
		if (lines.length > 0) lines.push(fitLine([], width));
		lines.push(summary(key, buckets, old, unit, width, look));
		const most = Math.max(...shown.map(({ count }) => count), 0);
		const total = totalOf(buckets);
		for (const bucket of shown) lines.push(bucketLine(bucket, most, total, unit, width, look));
	}
	const names = ['from', 'to', 'count', ...(previous ? ['change'] : []), 'share'];
	return { header: fitLine([{ text: names.map((name) => padTo(name, column, 'right')).join(' ') }], width), lines };
}

interface ShownBucket extends Bucket {
	/** Since the interval before; undefined where there was none. */
	change: number | undefined;
}

/** Buckets that have values now or had some before, and those between. */
function shownBuckets(buckets: Bucket[], old: Bucket[] | undefined): ShownBucket[] {
	if (!old) return trimmed(buckets).map((bucket) => ({ ...bucket, change: undefined }));
	const now = new Map(buckets.map((bucket) => [bucket.low, bucket]));
	const then = new Map(old.map((bucket) => [bucket.low, bucket]));
	const all = [...new Map([...then, ...now]).values()].sort((a, b) => a.low - b.low);
	const changed = all.map(({ low, high }) => {
		const count = now.get(low)?.count ?? 0;
		return { low, high, count, change: count - (then.get(low)?.count ?? 0) };
	});
	return trimmed(changed, ({ count, change }) => count === 0 && change === 0);
}

function bucketLine(
	bucket: ShownBucket,
	most: number,
	total: number,
	unit: string | undefined,
	width: number,
	look: Look,
): Line {
	const { low, count, change } = bucket;
	const right = (text: string) => padTo(text, column, 'right');
	const numbers = [right(amount(low, unit)), right(boundText(bucket, unit)), right(compact(count))].join(' ');
	const changeText = change === undefined ? '' : ` ${right(signed(change))}`;
	const shareText = ` ${right(share(count, total))} `;
	const room = width - numbers.length - changeText.length - shareText.length;
	return fitLine(
		[
			{ text: numbers },
			{ text: changeText, ...(change ? paint(change > 0 ? 'warn' : 'quiet', look) : {}) },
			{ text: shareText },
			{ text: bar(count, most, room, look), ...paint('accent', look) },
		],
		width,
	);
}

const percentiles = [50, 90, 99];

/** Buckets tell where a value lies, not what it is: an estimate is marked as one, and the sure bound stands beside it. */
function summary(
	key: string,
	buckets: Bucket[],
	old: Bucket[] | undefined,
	unit: string | undefined,
	width: number,
	look: Look,
): Line {
	const total = totalOf(buckets);
	const last = highest(buckets);
	const words = [
		...(key ? [cut(key, Math.max(8, width - 30))] : []),
		`total ${compact(total)}${old ? ` (${signed(total - totalOf(old))})` : ''}`,
		...percentiles.flatMap((percent) => {
			const found = quantile(buckets, percent / 100);
			return found ? [`p${percent} ${quantileText(found.estimate, found.bucket, unit, look)}`] : [];
		}),
		...(last ? [`max ${atMost(last, unit, look)}`] : []),
	];
	return fitLine(
		wholeWords(words, width).map((span) => ({ ...span, bold: true })),
		width,
	);
}

function quantileText(estimate: number | undefined, bucket: Bucket, unit: string | undefined, look: Look): string {
	// A bucket of one value has nothing to estimate.
	if (estimate === undefined || bucket.low === bucket.high) return atMost(bucket, unit, look);
	return `~${amount(Math.round(estimate), unit)} ${atMost(bucket, unit, look)}`;
}

function atMost(bucket: Bucket, unit: string | undefined, look: Look): string {
	if (isOpen(bucket)) return `${look.utf8 ? '≥' : '>='}${amount(bucket.low, unit)}`;
	if (bucket.low === bucket.high) return amount(bucket.high, unit);
	return `${look.utf8 ? '≤' : '<='}${amount(bucket.high, unit)}`;
}

function boundText(bucket: Bucket, unit: string | undefined): string {
	return isOpen(bucket) ? 'and more' : amount(bucket.high, unit);
}

function signed(change: number): string {
	return change > 0 ? `+${compact(change)}` : compact(change);
}
