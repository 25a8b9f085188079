import type { Row } from '../output/reader.ts';
import { fitTo } from '../table/fit.ts';
import { formatSeconds } from '../table/format-cell.ts';
import { glyphs } from './theme.ts';

/** Units of time that histograms count in, in seconds; other units are shown as plain numbers. */
const seconds: Record<string, number> = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1 };

/** Buckets with their counts and bars; a key stands above its own. Empty buckets at either end are left out. */
export function histogramLines(rows: Row[], unit: string | undefined, width: number): string[] {
	const lines: string[] = [];
	for (const [key, buckets] of byKey(rows)) {
		if (key) lines.push(fitTo(key, width));
		const most = Math.max(1, ...buckets.map(({ count }) => count));
		const total = buckets.reduce((sum, { count }) => sum + count, 0);
		for (const { low, high, count } of trimmed(buckets)) {
			const label = `${fitTo(bound(low, unit), 8, 'right')} ${fitTo(bound(high, unit), 8, 'right')} ${fitTo(compact(count), 8, 'right')} `;
			const room = Math.max(0, width - label.length - 6);
			const share = fitTo(`${((100 * count) / Math.max(1, total)).toFixed(0)}%`, 5, 'right');
			const bar = count === 0 ? '' : glyphs.bar.repeat(Math.max(1, Math.round((room * count) / most)));
			lines.push(fitTo(`${label}${share} ${bar}`, width));
		}
	}
	return lines;
}

export function histogramHeader(width: number): string {
	return fitTo(`${'from'.padStart(8)} ${'to'.padStart(8)} ${'count'.padStart(8)}`, width);
}

interface Bucket {
	low: number;
	high: number;
	count: number;
}

function byKey(rows: Row[]): Map<string, Bucket[]> {
	const keys = new Map<string, Bucket[]>();
	for (const row of rows) {
		const key = String(row.cell(0) ?? '');
		const buckets = keys.get(key) ?? [];
		buckets.push({ low: Number(row.cell(1)), high: Number(row.cell(2)), count: Number(row.cell(3)) });
		keys.set(key, buckets);
	}
	return keys;
}

function trimmed(buckets: Bucket[]): Bucket[] {
	const first = buckets.findIndex(({ count }) => count > 0);
	const last = buckets.findLastIndex(({ count }) => count > 0);
	return first < 0 ? [] : buckets.slice(first, last + 1);
}

function bound(value: number, unit: string | undefined): string {
	if (value >= Number.MAX_SAFE_INTEGER) return 'and more';
	const scale = seconds[unit ?? ''];
	return scale === undefined ? compact(value) : formatSeconds(value * scale);
}

/** A number that has no room is rounded to a larger unit, never cut. */
function compact(value: number): string {
	const units = ['', 'k', 'M', 'G', 'T', 'P'];
	let scaled = value;
	let unit = 0;
	while (Math.abs(scaled) >= 1e7 && unit < units.length - 1) {
		scaled = Math.round(scaled / 1000);
		unit++;
	}
	return `${scaled}${units[unit]}`;
}
