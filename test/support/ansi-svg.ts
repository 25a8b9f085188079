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
	bold: boolean;
	inverse: boolean;
	underline: boolean;
}

const plain: Style = { color: foreground, bold: false, inverse: false, underline: false };

function rowOf(line: string, y: number): string {
	let style = plain;
	let column = 0;
	let out = '';
	for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
		const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
		if (codes !== undefined) style = codes.split(';').map(Number).reduce(changed, style);
		else if (part !== '') {
			out += spanOf(part, column, y, style);
			column += [...part].length;
		}
	}
	return out;
}

function changed(style: Style, code: number): Style {
	if (code === 0) return plain;
	if (code === 1) return { ...style, bold: true };
	if (code === 22) return { ...style, bold: false };
	if (code === 4) return { ...style, underline: true };
	if (code === 24) return { ...style, underline: false };
	if (code === 7) return { ...style, inverse: true };
	if (code === 27) return { ...style, inverse: false };
	if (code === 39) return { ...style, color: foreground };
	return palette[code] ? { ...style, color: palette[code] } : style;
}

function spanOf(text: string, column: number, y: number, { color, bold, inverse, underline }: Style): string {
	const x = (margin + column * cellWidth).toFixed(1);
	const length = ([...text].length * cellWidth).toFixed(1);
	const box = inverse
		? `<rect x="${x}" y="${(y - 0.78 * lineHeight).toFixed(1)}" width="${length}" height="${lineHeight}" fill="${color}"/>`
		: '';
	if (text.trim() === '') return box;
	const style = `${bold ? ' font-weight="bold"' : ''}${underline ? ' text-decoration="underline"' : ''}`;
	const fill = inverse ? background : color;
	// Each run of text is stretched to its cells, so that any monospaced font keeps the columns.
	return `${box}<text x="${x}" y="${y.toFixed(1)}" fill="${fill}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
