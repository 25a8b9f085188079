import type { Verdict } from '../checks/check.ts';
import { evenSteps, place } from './drawing.ts';
import { html, type Markup } from './html.ts';
import { heldUntil, type Series, type Stretch } from './series.ts';
import { axisClock, valueText } from './words.ts';

const width = 360;
const height = 104;
const left = 6;
const right = width - 6;
const top = 16;
const floor = 82;
const strip = 4;

/** A reading over the whole time of its session: a band from the least to the most, the average in it, its verdicts below. */
export function chartSvg(series: Series, unit: string, start: number, end: number, name: string): Markup {
	const { stretches } = series;
	const most = Math.max(0, series.max ?? 0);
	const least = Math.min(0, series.min ?? 0);
	const highest = topOf(most, least, unit);
	const x = (time: number) => left + ((time - start) / Math.max(1, end - start)) * (right - left);
	const y = (value: number) => floor - ((value - least) / (highest - least || 1)) * (floor - top);
	const lines = connected(stretches).map((part) => {
		const upper = part.map(({ from, to, max }) => `${place(x((from + to) / 2))},${place(y(max ?? 0))}`);
		const lower = part.map(({ from, to, min }) => `${place(x((from + to) / 2))},${place(y(min ?? 0))}`).reverse();
		const middle = part.map(({ from, to, sum, count }) => `${place(x((from + to) / 2))},${place(y(sum / count))}`);
		const band = part.some(({ min, max }) => min !== max)
			? html`<polygon class="band" points="${[...upper, ...lower].join(' ')}"/>`
			: undefined;
		// One value alone is a line of no length, and round ends make a dot of it.
		const points = middle.length === 1 ? [middle[0], middle[0]] : middle;
		return [band, html`<polyline class="line" points="${points.join(' ')}"/>`];
	});
	const summary = `${name}: from ${valueText(series.min, unit)} to ${valueText(series.max, unit)}`;
	return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img"><title>${summary}</title>
<path class="axis" d="M${left} ${top}H${right}M${left} ${floor}H${right}"/>
<text x="${left}" y="${top - 5}">${valueText(highest, unit)}</text>
${lines.flat()}
${verdictStrip(stretches, x)}
<text x="${left}" y="${height - 4}">${axisClock(start, { start, end })}</text>
<text x="${right}" y="${height - 4}" text-anchor="end">${axisClock(end, { start, end })}</text>
</svg>`;
}

/** Shares have their natural end; what never moved from 0 has some room all the same. */
function topOf(most: number, least: number, unit: string): number {
	if (unit === '%' && most < 100.5 && most > 25) return 100;
	if (most === 0 && least === 0) return 1;
	const step = evenSteps(most - least, 4);
	return Math.ceil(most / step) * step;
}

/** Where there was no value, or nobody looked, there is no line. */
function connected(stretches: readonly Stretch[]): Stretch[][] {
	const parts: Stretch[][] = [];
	let isOpen = false;
	for (const [index, stretch] of stretches.entries()) {
		if (stretch.count === 0) isOpen = false;
		else if (isOpen) parts.at(-1)?.push(stretch);
		else {
			parts.push([stretch]);
			isOpen = true;
		}
		if (heldUntil(stretches, index) !== stretches[index + 1]?.from) isOpen = false;
	}
	return parts;
}

function verdictStrip(stretches: readonly Stretch[], x: (time: number) => number): Markup[] {
	return verdictSpans(stretches).map(({ from, to, verdict }) => {
		const wide = Math.max(1.5, x(to) - x(from));
		return html`<rect class="v-${verdict}" x="${place(x(from))}" y="${floor + 2}" width="${place(wide)}" height="${strip}"/>`;
	});
}

/** Neighbours of one verdict are one; a stretch lasts until the next begins. */
function verdictSpans(stretches: readonly Stretch[]): { from: number; to: number; verdict: Verdict }[] {
	const spans: { from: number; to: number; verdict: Verdict }[] = [];
	for (const [index, { from, verdict }] of stretches.entries()) {
		const until = heldUntil(stretches, index);
		const last = spans.at(-1);
		if (last?.verdict === verdict && last.to === from) last.to = until;
		else spans.push({ from, to: until, verdict });
	}
	return spans;
}
