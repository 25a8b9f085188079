import { cut, widthOf } from '../../table/fit.ts';

/** A piece of a line that looks the same throughout. Colours are those that Ink knows: names, ansi256(n), #rrggbb. */
export interface Span {
	text: string;
	color?: string;
	background?: string;
	bold?: boolean;
	dim?: boolean;
	underline?: boolean;
	inverse?: boolean;
}

export type Line = readonly Span[];

/** What a pane shows of a run, other than a table. */
export interface Shape {
	/** Stays where it is while the lines scroll. */
	header: Line;
	lines: Line[];
	/** The line that must stay in sight. */
	cursorLine?: number;
}

export function lineWidth(line: Line): number {
	return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

export function textOf(line: Line): string {
	return line.map(({ text }) => text).join('');
}

/** A line in exactly this many columns: cut off, or filled up with spaces. */
export function fitLine(line: Line, width: number): Line {
	const fitted: Span[] = [];
	let room = Math.max(0, width);
	for (const span of line) {
		const text = cut(span.text, room);
		if (text !== '') fitted.push({ ...span, text });
		room -= widthOf(text);
		// A wide character that found half the room it needs ends the line.
		if (text !== span.text) break;
	}
	return room > 0 ? [...fitted, { text: ' '.repeat(room) }] : fitted;
}

/** What is left of a line without its first columns. Half of a wide character is a space. */
export function withoutColumns(line: Line, columns: number): Line {
	let skip = columns;
	return line.flatMap((span) => {
		if (skip <= 0) return [span];
		const width = widthOf(span.text);
		if (width <= skip) {
			skip -= width;
			return [];
		}
		const gone = cut(span.text, skip);
		const half = skip - widthOf(gone);
		const rest = span.text.slice(gone.length);
		const text = half > 0 ? withoutFirst(rest, half) : rest;
		skip = 0;
		return [{ ...span, text }];
	});
}

function withoutFirst(text: string, half: number): string {
	const first = cut(text, half + 1);
	return ' '.repeat(widthOf(first) - half) + text.slice(first.length);
}

/** As many words as have room, whole: a number that is cut off reads as another number. */
export function wholeWords(words: readonly (string | Span)[], width: number, gap = '  '): Line {
	const line: Span[] = [];
	let room = width;
	for (const word of words) {
		const span = typeof word === 'string' ? { text: word } : word;
		const text = line.length === 0 ? span.text : gap + span.text;
		if (widthOf(text) > room) break;
		line.push({ ...span, text });
		room -= widthOf(text);
	}
	return line;
}
