/** A terminal's screen, as `tmux capture-pane -e` tells it, as an SVG picture. */
export function svgOf(screen: string, columns: number): string {
	const lines = screen.replace(/\n$/, '').split('\n');
	const width = Math.round(columns * cellWidth + 2 * margin);
	const height = Math.round(lines.length * lineHeight + 2 * margin);
	const rows = lines.map((line, row) => rowOf(line, margin + (row + 0.78) * lineHeight));
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
		`<rect width="100%" height="100%" rx="6" fill="${background}"/>`,
		`<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${fontSize}" xml:space="preserve">`,
		...rows,
		'</g>',
		'</svg>',
		'',
	].join('\n');
}

const fontSize = 13;
const cellWidth = 7.83;
const lineHeight = 17;
const margin = 10;
const background = '#16181d';
const foreground = '#d6d9de';
const palette: Record<number, string> = {
	30: '#3b4048',
	31: '#e5534b',
	32: '#57ab5a',
	33: '#d9a33c',
	34: '#539bf5',
	35: '#b083f0',
	36: '#56b6c2',
	37: '#d6d9de',
	90: '#8b949e',
};

interface Style {
	color: string;
	/** Left out where it is the terminal's own. */
	background?: string | undefined;
	bold: boolean;
	dim: boolean;
	inverse: boolean;
	underline: boolean;
}

const plain: Style = { color: foreground, bold: false, dim: false, inverse: false, underline: false };

function rowOf(line: string, y: number): string {
	let style = plain;
	let column = 0;
	let out = '';
	for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
		const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
		if (codes !== undefined) style = changedBy(style, codes.split(';').map(Number));
		else if (part !== '') {
			out += spanOf(part, column, y, style);
			column += [...part].length;
		}
	}
	return out;
}

/** Colours of 256 and of all take more than one number: 38;5;208, 48;2;10;20;30. */
function changedBy(style: Style, [code = 0, ...rest]: number[]): Style {
	if (code !== 38 && code !== 48) return rest.length > 0 ? changedBy(changed(style, code), rest) : changed(style, code);
	const taken = rest[0] === 5 ? 2 : 4;
	const paint = rest[0] === 5 ? indexed(rest[1] ?? 0) : `rgb(${rest.slice(1, 4).join(',')})`;
	const painted = code === 38 ? { ...style, color: paint } : { ...style, background: paint };
	return rest.length > taken ? changedBy(painted, rest.slice(taken)) : painted;
}

/** The 256 colours: those of the palette, a cube of six steps a side, and greys. */
function indexed(index: number): string {
	if (index < 16) return palette[index < 8 ? 30 + index : 82 + index] ?? foreground;
	if (index >= 232)
		return `rgb(${Array(3)
			.fill(8 + 10 * (index - 232))
			.join(',')})`;
	const steps = [36, 6, 1].map((size) => Math.floor((index - 16) / size) % 6);
	return `rgb(${steps.map((step) => (step === 0 ? 0 : 55 + 40 * step)).join(',')})`;
}

function changed(style: Style, code: number): Style {
	if (code === 0) return plain;
	if (code === 1) return { ...style, bold: true };
	if (code === 2) return { ...style, dim: true };
	if (code === 22) return { ...style, bold: false, dim: false };
	if (code === 4) return { ...style, underline: true };
	if (code === 24) return { ...style, underline: false };
	if (code === 7) return { ...style, inverse: true };
	if (code === 27) return { ...style, inverse: false };
	if (code === 39) return { ...style, color: foreground };
	if (code === 49) return { ...style, background: undefined };
	if (palette[code]) return { ...style, color: palette[code] };
	const ground = palette[code - 10];
	return ground ? { ...style, background: ground } : style;
}

function spanOf(text: string, column: number, y: number, style: Style): string {
	const { bold, dim, inverse, underline } = style;
	const color = inverse ? (style.background ?? background) : style.color;
	const ground = inverse ? style.color : style.background;
	const x = (margin + column * cellWidth).toFixed(1);
	const length = ([...text].length * cellWidth).toFixed(1);
	const box = ground
		? `<rect x="${x}" y="${(y - 0.78 * lineHeight).toFixed(1)}" width="${length}" height="${lineHeight}" fill="${ground}"/>`
		: '';
	if (text.trim() === '') return box;
	const looks = `${bold ? ' font-weight="bold"' : ''}${underline ? ' text-decoration="underline"' : ''}${dim ? ' opacity="0.6"' : ''}`;
	// Each run of text is stretched to its cells, so that any monospaced font keeps the columns.
	return `${box}<text x="${x}" y="${y.toFixed(1)}" fill="${color}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${looks}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
