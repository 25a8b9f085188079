import { TextRow } from '../../output/ansi-text.ts';
import type { Row } from '../../output/reader.ts';
import { cut, widthOf } from '../../table/fit.ts';
import { type Search, searchOrNone } from '../../table/search.ts';
import type { Look } from '../theme.ts';
import { highlighted } from './highlight.ts';
import { fitLine, type Line, type Shape, type Span, textOf, wholeWords, withoutColumns } from './line.ts';

interface Request {
	rows: readonly Row[];
	/** The first row on screen. */
	top: number;
	/** The first column on screen, where lines are not wrapped. */
	left: number;
	/** Long lines go on in the next one. */
	wrap: boolean;
	search: string;
	/** The row that the search stands on. */
	cursor?: number | undefined;
	width: number;
	height: number;
	look: Look;
}

/** Text as the tool wrote it, with what a search finds in it marked. Rows are drawn only where they are in sight. */
export function textShape({ rows, top, left, wrap, search, cursor, width, height, look }: Request): Shape {
	const finds = searchOrNone(search);
	const lines: Line[] = [];
	let cursorLine: number | undefined;
	for (let index = Math.max(0, top); index < rows.length && lines.length < height; index++) {
		const row = rows[index] as Row;
		if (index === cursor) cursorLine = lines.length;
		const line = highlighted(spansOf(row, look), finds, look);
		if (wrap) lines.push(...wrapped(line, width, height - lines.length));
		else lines.push(fitLine(withoutColumns(line, left), width));
	}
	const words = [`line ${Math.min(rows.length, top + 1)} of ${rows.length}`, ...foundText(finds, rows, search)];
	return {
		header: fitLine(wholeWords([...words, ...(!wrap && left > 0 ? [`from column ${left + 1}`] : [])], width), width),
		lines,
		...(cursorLine === undefined ? {} : { cursorLine }),
	};
}

/** The row of the next match, after one and around; undefined when nothing matches. */
export function nextTextMatch(rows: readonly Row[], search: string, from: number, by: 1 | -1): number | undefined {
	const finds = searchOrNone(search);
	if (!finds) return undefined;
	for (let step = 1; step <= rows.length; step++) {
		const index = (((from + by * step) % rows.length) + rows.length) % rows.length;
		if (finds.matches(plainText(rows[index] as Row))) return index;
	}
	return undefined;
}

/** The last count for these rows: every line is looked at for it. */
const counts = new WeakMap<readonly Row[], { key: string; count: number }>();

function foundText(finds: Search | undefined, rows: readonly Row[], search: string): string[] {
	if (!finds) return [];
	const key = `${rows.length} ${search}`;
	const known = counts.get(rows);
	if (known?.key === key) return [`"${cut(search, 30)}" in ${known.count} of them`];
	const count = rows.reduce((sum, row) => sum + (finds.matches(plainText(row)) ? 1 : 0), 0);
	counts.set(rows, { key, count });
	return [`"${cut(search, 30)}" in ${count} of them`];
}

function plainText(row: Row): string {
	return String(row.cell(0) ?? '');
}

/** Without colours, what was bold or inverse still is. */
function spansOf(row: Row, { colors }: Look): Line {
	if (!(row instanceof TextRow)) return [{ text: plainText(row) }];
	return row.pieces().map(({ color, background, ...rest }): Span => {
		return colors ? { ...rest, ...(color ? { color } : {}), ...(background ? { background } : {}) } : rest;
	});
}

function wrapped(line: Line, width: number, most: number): Line[] {
	const lines: Line[] = [];
	let rest = line;
	do {
		lines.push(fitLine(rest, width));
		const taken = widthOf(cut(textOf(rest), width));
		// A terminal narrower than one wide character shows nothing of it.
		if (taken === 0) break;
		rest = withoutColumns(rest, taken);
	} while (rest.length > 0 && lines.length < most);
	return lines;
}
