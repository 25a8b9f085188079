import type { Look } from '../theme.ts';

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar as long as its share of `most`. What is more than nothing is always seen. */
export function bar(value: number, most: number, width: number, look: Look): string {
	if (!(value > 0) || !(most > 0) || width <= 0) return '';
	const length = Math.min(1, value / most) * width;
	if (!look.utf8) return '#'.repeat(Math.max(1, Math.round(length)));
	const parts = Math.max(1, Math.round(length * 8));
	return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}
