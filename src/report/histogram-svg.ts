import { amount } from '../table/amount.ts';
import { type Bucket, highest, isOpen, type Quantile, quantile, totalOf, trimmed } from '../table/histogram.ts';
import { place } from './drawing.ts';
import type { HistogramSlice } from './histogram-digest.ts';
import { html, type Markup } from './html.ts';

const width = 640;
const rowHeight = 17;
const labels = 150;
const counts = 130;

/** How many values lay in each bucket, all intervals together. */
export function histogramSvg(all: readonly Bucket[], unit: string | undefined): Markup {
	const buckets = trimmed(all);
	const most = Math.max(1, ...buckets.map(({ count }) => count));
	const total = totalOf(buckets);
	const room = width - labels - counts;
	const rows = buckets.map((bucket, index) => {
		const y = index * rowHeight;
		const wide = (bucket.count / most) * room;
		const shown = bucket.count > 0 ? Math.max(1, wide) : 0;
		return html`<text x="${labels - 8}" y="${y + 12}" text-anchor="end">${rangeText(bucket, unit)}</text>
<rect class="bar" x="${labels}" y="${y + 2}" width="${place(shown)}" height="${rowHeight - 4}"/>
<text x="${place(labels + shown + 6)}" y="${y + 12}">${bucket.count} <tspan class="quiet">${((100 * bucket.count) / total).toFixed(1)} %</tspan></text>`;
	});
	return html`<svg class="histogram" viewBox="0 0 ${width} ${buckets.length * rowHeight + 2}" role="img"><title>Histogram: ${quantilesText(buckets, unit)}</title>${rows}</svg>`;
}

export function rangeText({ low, high, ...rest }: Bucket, unit: string | undefined): string {
	if (low === high) return amount(low, unit);
	return isOpen({ low, high, ...rest }) ? `from ${amount(low, unit)}` : `${amount(low, unit)} – ${amount(high, unit)}`;
}

/** Where half, nine tenths and all but a hundredth of the values lie: what is estimated, and the bound that is sure. */
export function quantilesText(buckets: readonly Bucket[], unit: string | undefined): string {
	const shown = [0.5, 0.9, 0.99].flatMap((share) => {
		const found = quantile(buckets, share);
		return found ? [`p${Math.round(100 * share)} ${quantileText(found, unit)}`] : [];
	});
	const last = highest(buckets);
	const most = last
		? [`all ${isOpen(last) ? 'beyond' : 'up to'} ${amount(isOpen(last) ? last.low : last.high, unit)}`]
		: [];
	return [`${totalOf(buckets)} values`, ...shown, ...most].join(', ');
}

function quantileText({ estimate, bucket }: Quantile, unit: string | undefined): string {
	if (estimate === undefined) return `above ${amount(bucket.low, unit)}`;
	return bucket.low === bucket.high ? amount(bucket.low, unit) : `about ${amount(Math.round(estimate), unit)}`;
}

const steps = 7;
const cellHeight = 14;
const gutter = 90;
const foot = 34;

/** A column for each slice of time, a line for each bucket with the low ones at the bottom; darker is more. */
export function heatMapSvg(slices: readonly HistogramSlice[], unit: string | undefined): Markup | undefined {
	const lows = new Map<number, Bucket>();
	for (const bucket of slices.flatMap(({ buckets }) => buckets)) {
		const known = lows.get(bucket.low);
		lows.set(bucket.low, { ...bucket, count: bucket.count + (known?.count ?? 0) });
	}
	const bands = trimmed([...lows.values()].sort((a, b) => a.low - b.low));
	const most = Math.max(0, ...slices.flatMap(({ buckets }) => buckets.map(({ count }) => count)));
	if (slices.length < 2 || bands.length === 0 || most === 0) return undefined;
	const line = new Map(bands.map(({ low }, index) => [low, bands.length - 1 - index]));
	const wide = (width - gutter) / slices.length;
	const cells = slices.flatMap(({ buckets }, column) =>
		buckets.flatMap(({ low, count }) => {
			const row = line.get(low);
			if (count === 0 || row === undefined) return [];
			const [x, y] = [place(gutter + column * wide), row * cellHeight];
			return html`<rect class="h${stepOf(count, most)}" x="${x}" y="${y}" width="${place(wide + 0.2)}" height="${cellHeight}"/>`;
		}),
	);
	const every = Math.ceil(bands.length / 16);
	const bounds = bands.map(({ low }, index) =>
		index % every === 0
			? html`<text x="${gutter - 6}" y="${(bands.length - index) * cellHeight - 3}" text-anchor="end">${amount(low, unit)}</text>`
			: undefined,
	);
	const bottom = bands.length * cellHeight;
	const last = slices.at(-1)?.to ?? 0;
	const legend = Array.from({ length: steps }, (_, index) => index + 1).map((step) => {
		const x = gutter + (step - 1) * 72;
		return html`<rect class="h${step}" x="${x}" y="${bottom + 20}" width="12" height="10"/><text x="${x + 16}" y="${bottom + 29}">${upTo(step, most)}</text>`;
	});
	return html`<svg class="heat" viewBox="0 0 ${width} ${bottom + foot}" role="img"><title>Heat map: time from left to right, values from bottom to top</title>
${cells}${bounds}
<text x="${gutter}" y="${bottom + 13}">0</text><text x="${width}" y="${bottom + 13}" text-anchor="end">${amount(last, 'ms')}</text>${legend}</svg>`;
}

/** Counts differ by powers of ten, and the rare ones matter most. */
function stepOf(count: number, most: number): number {
	return Math.min(steps, Math.max(1, Math.ceil((steps * Math.log(1 + count)) / Math.log(1 + most))));
}

function upTo(step: number, most: number): string {
	return `≤ ${step === steps ? most : Math.ceil((1 + most) ** (step / steps) - 1)}`;
}
