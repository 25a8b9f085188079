import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';

/**
 * A line chart drawn by blessed-contrib on a screen that nobody sees, as lines
 * of text. Only the line widget is loaded, and only when a chart is asked for.
 */
export function chartLines(values: (number | null)[], width: number, height: number): string[] {
	const require = createRequire(import.meta.url);
	const blessed = require('blessed');
	const Line = require('blessed-contrib/lib/widget/charts/line.js');
	const output = Object.assign(new PassThrough(), { columns: width, rows: height, isTTY: true });
	const program = blessed.program({ input: new PassThrough(), output, terminal: 'xterm', tput: true });
	const screen = blessed.screen({ program, fullUnicode: false });
	try {
		const known = values.map((value) => value ?? 0);
		const chart = new Line({
			width,
			height,
			style: { line: 'white', text: 'white', baseline: 'white' },
			showLegend: false,
		});
		screen.append(chart);
		chart.setData([{ x: known.map((_, index) => agoLabel(known.length - 1 - index)), y: known }]);
		screen.render();
		return withoutColors(screen.screenshot(0, width, 0, height))
			.split('\n')
			.slice(0, height);
	} finally {
		screen.destroy();
	}
}

function agoLabel(seconds: number): string {
	return seconds === 0 ? 'now' : `-${seconds}s`;
}

function withoutColors(text: string): string {
	return text.replace(/\x1b\[[\d;]*m/g, '');
}
