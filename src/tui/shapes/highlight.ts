import type { Search } from '../../table/search.ts';
import type { Look } from '../theme.ts';
import { type Line, type Span, textOf } from './line.ts';

/** A line with what a search finds in it inverse, wherever its spans begin and end. */
export function highlighted(line: Line, search: Search | undefined, { colors }: Look): Line {
	const places = search?.places(textOf(line)) ?? [];
	if (places.length === 0) return line;
	const found: Partial<Span> = { inverse: true, bold: true, ...(colors ? { color: 'yellow' } : {}) };
	const spans: Span[] = [];
	let start = 0;
	for (const span of line) {
		const end = start + span.text.length;
		let at = start;
		for (const [from, to] of places) {
			if (to <= at || from >= end) continue;
			if (from > at) spans.push({ ...span, text: span.text.slice(at - start, from - start) });
			spans.push({ ...span, ...found, text: span.text.slice(Math.max(from, at) - start, Math.min(to, end) - start) });
			at = Math.min(to, end);
		}
		if (at < end) spans.push({ ...span, text: span.text.slice(at - start) });
		start = end;
	}
	return spans;
}
