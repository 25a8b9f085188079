import type { Look } from '../theme.ts';

const blocks = '▁▂▃▄▅▆▇█';
const characters = '_.-=+*#@';

/** The last values as one character each, from the least of them to the largest. What was not measured is a blank. */
export function sparkline(values: readonly (number | null)[], width: number, look: Look): string {
	const steps = look.utf8 ? blocks : characters;
	const shown = width > 0 ? values.slice(-width) : [];
	const known = shown.filter((value) => value !== null && Number.isFinite(value)) as number[];
	const least = Math.min(...known);
	const range = Math.max(...known) - least;
	return shown
		.map((value) => {
			if (value === null || !Number.isFinite(value)) return ' ';
			const step = range === 0 ? 0 : Math.round(((value - least) / range) * (steps.length - 1));
			return steps[step] ?? ' ';
		})
		.join('');
}
