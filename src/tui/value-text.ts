import type { Reading } from '../checks/check.ts';

/** A reading's value in as few characters as will do; what can't be measured has none. */
export function valueText({ value, unit }: Reading): string {
	if (value === null) return '-';
	const size = Math.abs(value);
	const number =
		size >= 10_000
			? `${Math.round(value / 1000)}k`
			: size >= 10 || Number.isInteger(value)
				? String(Math.round(value))
				: value.toFixed(1);
	return unit === '%' || unit === 'percent' ? `${number}%` : unit === '/s' || unit === '1/s' ? `${number}/s` : number;
}
