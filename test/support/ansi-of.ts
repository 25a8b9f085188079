import { type Line, type Span, textOf } from '../../src/tui/shapes/line.ts';

/** A shape's line as a terminal would be told to draw it. */
export function ansiOf(line: Line): string {
	return line.some(isStyled) ? `${line.map(spanAnsi).join('')}\x1b[0m` : textOf(line);
}

function isStyled(span: Span): boolean {
	return Object.keys(span).length > 1;
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

function spanAnsi({ text, color, background, bold, dim, underline, inverse }: Span): string {
	const codes = [
		'0',
		...(bold ? ['1'] : []),
		...(dim ? ['2'] : []),
		...(underline ? ['4'] : []),
		...(inverse ? ['7'] : []),
		...(color ? [colorCodes(color, 30)] : []),
		...(background ? [colorCodes(background, 40)] : []),
	];
	return `\x1b[${codes.join(';')}m${text}`;
}

function colorCodes(color: string, base: 30 | 40): string {
	const [, indexed] = /^ansi256\((\d+)\)$/.exec(color) ?? [];
	if (indexed !== undefined) return `${base + 8};5;${indexed}`;
	if (color.startsWith('#')) {
		const bytes = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
		return `${base + 8};2;${bytes.join(';')}`;
	}
	if (color === 'gray') return String(base + 60);
	const at = names.indexOf(color.replace(/Bright$/, ''));
	return String(base + at + (color.endsWith('Bright') ? 60 : 0));
}
