import { glyphs } from '../theme.ts';

/** Numbers as bars of eight heights, from the least to the largest; what was not there is a blank. */
export function sparkline(values: readonly (number | null)[]): string {
	const known = values.filter((value) => value !== null);
	const least = Math.min(...known);
	const span = Math.max(...known) - least;
	const heights = glyphs.heights;
	return values
		.map((value) => {
			if (value === null) return ' ';
			const height = span === 0 ? 0 : Math.round(((value - least) / span) * (heights.length - 1));
			return heights[height];
		})
		.join('');
}
