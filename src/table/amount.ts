import { formatSeconds } from './format-cell.ts';

/** Units of time that tools count in, in seconds; other units are shown as plain numbers. */
const seconds: Record<string, number> = {
	ns: 1e-9,
	nsecs: 1e-9,
	us: 1e-6,
	usecs: 1e-6,
	ms: 1e-3,
	msecs: 1e-3,
	s: 1,
	secs: 1,
};

/** A value in a tool's unit as it is written for people. */
export function amount(value: number, unit: string | undefined): string {
	const scale = seconds[unit ?? ''];
	return scale === undefined ? compact(value) : formatSeconds(value * scale);
}

/** A number that has no room is rounded to a larger unit, never cut. */
export function compact(value: number): string {
	const units = ['', 'k', 'M', 'G', 'T', 'P'];
	let scaled = value;
	let unit = 0;
	while (Math.abs(scaled) >= 1e7 && unit < units.length - 1) {
		scaled = Math.round(scaled / 1000);
		unit++;
	}
	return `${scaled}${units[unit]}`;
}

export function share(part: number, whole: number): string {
	return whole > 0 ? `${((100 * part) / whole).toFixed(1)}%` : '-';
}
