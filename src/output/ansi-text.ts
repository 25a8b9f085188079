import { printable } from '../host/printable.ts';
import type { Row } from './reader.ts';

/** How a piece of text looked in its tool's output. Colours are names, ansi256(n) or #rrggbb. */
export interface TextStyle {
	color?: string;
	background?: string;
	bold?: boolean;
	dim?: boolean;
	underline?: boolean;
	inverse?: boolean;
}

export interface TextPiece extends TextStyle {
	text: string;
}

/**
 * A line for people. To everybody it is plain text; its colours are only there for whoever asks for them by
 * `piecesOf`, and never as the sequences that the tool wrote.
 */
export class TextRow implements Row {
	private readonly raw: string;

	constructor(raw: string) {
		this.raw = raw;
	}

	cell(column: number): string | null {
		return column === 0 ? this.pieces().reduce((text, piece) => text + piece.text, '') : null;
	}

	pieces(): TextPiece[] {
		return piecesOf(this.raw);
	}
}

/**
 * Everything that a terminal takes for a command: strings up to their end (titles, clipboards, links), sequences with
 * parameters (cursor, colours, modes), and single letters. Of a string that never ends only the beginning is taken
 * away: what follows may be there to be hidden.
 */
const sequence =
	/(?:\x1b[\]P^_Xk]|[\x9d\x90\x9e\x9f\x98])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[\]P^_Xk]|(?:\x1b\[|\x9b)([\x30-\x3f]*)[\x20-\x2f]*([\x40-\x7e]?)|\x1b[\x20-\x2f]*[\x30-\x7e]?/g;

const tabWidth = 8;

/** A raw line as pieces of printable text. Of all sequences only colours, bold, dim, underline and inverse mean something. */
export function piecesOf(raw: string): TextPiece[] {
	const pieces: TextPiece[] = [];
	let style: TextStyle = {};
	let column = 0;
	const put = (text: string) => {
		if (text === '') return;
		const shown = printable(withoutTabs(text, column));
		column += shown.length;
		pieces.push({ text: shown, ...visible(style) });
	};
	let at = 0;
	for (const match of raw.matchAll(sequence)) {
		put(raw.slice(at, match.index));
		const [whole, parameters, final] = match;
		if (final === 'm' && parameters !== undefined) style = styled(style, parameters);
		at = match.index + whole.length;
	}
	put(raw.slice(at));
	return pieces;
}

/** A tab goes to the next of a terminal's stops. */
function withoutTabs(text: string, column: number): string {
	if (!text.includes('\t')) return text;
	let out = '';
	for (const character of text) {
		out += character === '\t' ? ' '.repeat(tabWidth - ((column + out.length) % tabWidth)) : character;
	}
	return out;
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const bright = ['gray', ...names.slice(1).map((name) => `${name}Bright`)];

function styled(before: TextStyle, parameters: string): TextStyle {
	// Private sequences (ESC [ > 4 m and the like) set modes of the terminal, no looks.
	if (/[^\d;:]/.test(parameters)) return before;
	let style = before;
	const codes = parameters.split(/[;:]/).map(Number);
	for (let index = 0; index < codes.length; index++) {
		const code = codes[index] as number;
		if (code === 38 || code === 48) {
			const { color, taken } = extended(codes.slice(index + 1));
			if (color !== undefined) style = { ...style, [code === 38 ? 'color' : 'background']: color };
			index += taken;
		} else style = changed(style, code);
	}
	return style;
}

/** 5;n is one of 256 colours, 2;r;g;b is one of all. */
function extended([kind, ...values]: number[]): { color: string | undefined; taken: number } {
	const isByte = (value: number | undefined): value is number => value !== undefined && value <= 255;
	if (kind === 5) return { color: isByte(values[0]) ? `ansi256(${values[0]})` : undefined, taken: 2 };
	if (kind !== 2) return { color: undefined, taken: 1 };
	const rgb = values.slice(0, 3);
	const hex = rgb.map((value) => value.toString(16).padStart(2, '0')).join('');
	return { color: rgb.length === 3 && rgb.every(isByte) ? `#${hex}` : undefined, taken: 4 };
}

function changed(style: TextStyle, code: number): TextStyle {
	if (code === 0) return {};
	if (code === 1) return { ...style, bold: true };
	if (code === 2) return { ...style, dim: true };
	if (code === 4) return { ...style, underline: true };
	if (code === 7) return { ...style, inverse: true };
	if (code === 22) return without(style, 'bold', 'dim');
	if (code === 24) return without(style, 'underline');
	if (code === 27) return without(style, 'inverse');
	if (code === 39) return without(style, 'color');
	if (code === 49) return without(style, 'background');
	const color = names[code - 30] ?? bright[code - 90];
	if (color !== undefined) return { ...style, color };
	const background = names[code - 40] ?? bright[code - 100];
	return background === undefined ? style : { ...style, background };
}

function without(style: TextStyle, ...keys: (keyof TextStyle)[]): TextStyle {
	return Object.fromEntries(Object.entries(style).filter(([key]) => !keys.includes(key as keyof TextStyle)));
}

/** Text in the colour of its ground would be there and not be seen. */
function visible(style: TextStyle): TextStyle {
	if (style.color !== undefined && style.background === undefined && isBlack(style.color))
		return without(style, 'color');
	return style.color !== undefined && style.color === style.background ? without(style, 'color', 'background') : style;
}

function isBlack(color: string): boolean {
	return color === 'black' || /^ansi256\((?:0|16|23[2-5])\)$/.test(color) || /^#(?:[0-2].){3}$/.test(color);
}
