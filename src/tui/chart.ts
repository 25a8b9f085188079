import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { piecesOf } from '../output/ansi-text.ts';
import { amount } from '../table/amount.ts';
import { cut } from '../table/fit.ts';
import { fitLine, type Line, type Span, textOf, wholeWords } from './shapes/line.ts';
import { sparkline } from './shapes/sparkline.ts';
import { type Look, look as ownLook } from './theme.ts';

export interface Series {
	title: string;
	/** Oldest first. What was not measured is null: the line has a gap there. */
	values: readonly (number | null)[];
}

interface ChartRequest {
	series: readonly Series[];
	/** Seconds from one value to the next. */
	step: number;
	unit?: string | undefined;
	width: number;
	height: number;
	look: Look;
}

/** More lines can't be told apart. */
export const mostSeries = 4;
const lineColors = ['cyan', 'yellow', 'magenta', 'green'];
/** What the widget needs for its axes and one line of them. */
const leastHeight = 4;

/**
 * Lines over time drawn by blessed-contrib on a screen that nobody sees. Where colours can't tell lines apart each has
 * a chart of its own; where there is no room or no UTF-8 for that, each is a row of bars.
 */
export function chartShape({ series: all, step, unit, width, height, look }: ChartRequest): Line[] {
	const series = all.slice(0, mostSeries);
	if (series.every(({ values }) => known(values).length < 2)) {
		return [fitLine([{ text: 'A chart needs two values.' }], width)];
	}
	const parts = look.colors ? [series] : series.map((one) => [one]);
	const each = Math.floor(height / parts.length) - 1;
	if (!look.utf8 || each < leastHeight || width < 30) return barRows(series, unit, width, look).slice(0, height);
	return parts.flatMap((part) => [
		legend(part, unit, width, look),
		...drawn(part, step, width, each).map((line) => fitLine(look.colors ? line : [{ text: textOf(line) }], width)),
	]);
}

/** One line over time, as text. */
export function chartLines(values: (number | null)[], width: number, height: number): string[] {
	const series = [{ title: '', values }];
	if (!ownLook.utf8) return barRows(series, undefined, width, ownLook).map(textOf);
	return drawn(series, 1, width, height).map(textOf);
}

function legend(series: readonly Series[], unit: string | undefined, width: number, look: Look): Line {
	const words = series.map(({ title, values }, index): Span => {
		const last = values.at(-1);
		const text = `${look.utf8 ? '─' : '-'} ${cut(title, 30)} ${last === null || last === undefined ? '-' : amount(rounded(last), unit)}`;
		return { text, ...(look.colors ? { color: lineColors[index] as string } : {}) };
	});
	return fitLine(wholeWords(words, width), width);
}

/** Values as characters from the lowest to the highest of their line, with both beside them. */
function barRows(series: readonly Series[], unit: string | undefined, width: number, look: Look): Line[] {
	return series.map(({ title, values }) => {
		const [least, most] = [Math.min(...known(values)), Math.max(...known(values))];
		const range = known(values).length > 0 ? `${amount(rounded(least), unit)} to ${amount(rounded(most), unit)}` : '-';
		const name = cut(title, 20);
		const room = Math.max(0, width - name.length - range.length - 4);
		return fitLine([{ text: `${name}  ${sparkline(values, room, look)}  ${range}` }], width);
	});
}

/** What the widget leaves empty on the right and below. */
const spare = { columns: 6, rows: 3 };

/** Only the line widget is loaded, and only when a chart is asked for. */
function drawn(series: readonly Series[], step: number, room: number, roomBelow: number): Line[] {
	const [width, height] = [room + spare.columns, roomBelow + spare.rows];
	const require = createRequire(import.meta.url);
	const blessed = require('blessed');
	const LineChart = require('blessed-contrib/lib/widget/charts/line.js');
	const output = Object.assign(new PassThrough(), { columns: width, rows: height, isTTY: true });
	const program = blessed.program({ input: new PassThrough(), output, terminal: 'xterm', tput: true });
	const screen = blessed.screen({ program, fullUnicode: false });
	const values = series.flatMap((one) => known(one.values));
	const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
	const points = Math.max(...series.map((one) => one.values.length));
	// The widget's own labels leave out now, where they are many.
	const x = Array.from({ length: points }, () => '');
	try {
		const chart = new LineChart({
			width,
			height,
			style: { line: 'white', text: 'white', baseline: 'white' },
			showLegend: false,
			minY: low,
			// The widget divides by this, so lines of nothing but 0 need it, too.
			maxY: high + (high - low) * 0.2 || 1,
		});
		screen.append(chart);
		leaveGaps(chart.ctx);
		chart.setData(
			series.map((one, index) => ({
				title: one.title,
				x,
				y: Array.from({ length: points }, (_, at) => finite(one.values[at - points + one.values.length])),
				style: { line: series.length > 1 ? lineColors[index] : 'white' },
			})),
		);
		screen.render();
		const lines: string[] = screen.screenshot(0, room, 0, roomBelow).split('\n').slice(0, roomBelow);
		lines[lines.length - 1] = timeAxis(lines.map(withoutStyle), points, step);
		return lines.map((line) => piecesOf(line).map(({ text, color }) => ({ text, ...(color ? { color } : {}) })));
	} finally {
		screen.destroy();
	}
}

interface Canvas {
	moveTo(x: number, y: number): void;
	lineTo(x: number, y: number): void;
}

/** The widget joins all points; a point that is none ends its line here, and one that stands alone is a dot. */
function leaveGaps(canvas: Canvas): void {
	const lineTo = canvas.lineTo.bind(canvas);
	let afterGap = false;
	canvas.lineTo = (x, y) => {
		if (Number.isNaN(y)) {
			afterGap = true;
			return;
		}
		if (afterGap) canvas.moveTo(x, y);
		afterGap = false;
		lineTo(x, y);
	};
}

function known(values: readonly (number | null)[]): number[] {
	return values.filter((value) => value !== null && Number.isFinite(value)) as number[];
}

/** The widget would draw towards an infinite value for ever. */
function finite(value: number | null | undefined): number {
	return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN;
}

function rounded(value: number): number {
	return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

/** How long ago the first value was, under it, and now under the last one. */
function timeAxis(lines: readonly string[], points: number, step: number): string {
	const baseline = lines.findLast((line) => line.includes('⠓')) ?? '';
	const from = baseline.indexOf('⠓') + 1;
	const span = baseline.trimEnd().length - from;
	const last = Math.min(from + Math.floor((span * (points - 1)) / points), from + span - 'now'.length);
	const first = ' '.repeat(Math.max(0, from)) + agoLabel((points - 1) * step);
	return `${first.padEnd(Math.max(last, first.length + 1))}now`;
}

function withoutStyle(line: string): string {
	return piecesOf(line)
		.map(({ text }) => text)
		.join('');
}

function agoLabel(seconds: number): string {
	return seconds === 0 ? 'now' : `-${Math.round(seconds)}s`;
}
