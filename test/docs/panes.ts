/** Every shape of a pane, drawn from the samples of real output in the catalog. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCatalog } from '../../src/catalog/load-catalog.ts';
import type { Tool } from '../../src/catalog/tool.ts';
import { LineSplitter } from '../../src/output/lines.ts';
import type { Row } from '../../src/output/reader.ts';
import { columnsOf, readerFor } from '../../src/output/reader-for.ts';
import { seriesOf } from '../../src/table/series.ts';
import { stackTreeOf } from '../../src/table/stack-tree.ts';
import { Table } from '../../src/table/table.ts';
import { viewOf } from '../../src/table/view.ts';
import { chartShape } from '../../src/tui/chart.ts';
import { tableLines } from '../../src/tui/pane/table-lines.ts';
import { callTreeShape, callTreeStart, moveCall, openCall } from '../../src/tui/shapes/call-tree.ts';
import { flameShape, flameStart, moveFlame } from '../../src/tui/shapes/flame.ts';
import { heatMapShape } from '../../src/tui/shapes/heat-map.ts';
import { histogramShape } from '../../src/tui/shapes/histogram.ts';
import type { Line, Shape } from '../../src/tui/shapes/line.ts';
import { textShape } from '../../src/tui/shapes/text.ts';
import { ansiOf } from '../support/ansi-of.ts';
import { svgOf } from '../support/ansi-svg.ts';

const { tools } = loadCatalog(join(import.meta.dirname, '../../tools-catalog'));
const width = 100;
const look = { utf8: true, colors: true };

interface Picture {
	name: string;
	title: string;
	text: string;
	tool: string;
	via: string;
	draw(sample: Sample): Shape;
}

interface Sample {
	tool: Tool;
	table: Table;
}

export const pictures: Picture[] = [
	{
		name: 'events',
		title: 'Events',
		text: 'One row for each event, the newest on top until a column is chosen to sort by.',
		tool: 'opensnoop',
		via: 'libbpf',
		draw: ({ tool, table }) => tableShape(tool, table.rows().toReversed(), undefined, 14),
	},
	{
		name: 'table',
		title: 'Tables that come anew',
		text: 'What a tool prints again and again is one table, sorted by any column.',
		tool: 'pidstat',
		via: 'classic',
		draw: ({ tool, table }) => tableShape(tool, table.rows(), tool.output.sort, 14),
	},
	{
		name: 'histogram',
		title: 'Histograms',
		text: 'Counts of the newest interval, their change since the one before, and percentiles. A bucket tells where a value lies, not what it is: `~` marks an estimate, `≤` the bound that is sure.',
		tool: 'runqlat',
		via: 'libbpf',
		draw({ tool, table }) {
			const [before, newest] = table.intervals().slice(-3);
			const rows = newest?.rows ?? [];
			return histogramShape({ rows, before: before?.rows, unit: tool.output.unit, width, look });
		},
	},
	{
		name: 'heat-map',
		title: 'Heat maps',
		text: 'The same over time: a column for each interval, the newest right, a line for each bucket, the low ones at the bottom.',
		tool: 'runqlat',
		via: 'libbpf',
		draw({ tool, table }) {
			// A sample has no clock; its tool was told to print once a second.
			const intervals = table.intervals().map(({ rows }, second) => ({ at: second * 1000, rows }));
			return heatMapShape({ intervals, unit: tool.output.unit, width, height: 24, look });
		},
	},
	{
		name: 'flame-graph',
		title: 'Flame graphs',
		text: 'Stacks, the root at the bottom or on top; a frame is as wide as its share. The cursor tells a frame in full, zooms into it, and a search marks frames (`*`) and tells their share.',
		tool: 'offcputime',
		via: 'libbpf',
		draw({ tool, table }) {
			const tree = stackTreeOf(table.rows());
			const found = { ...flameStart, search: 'sleep' };
			const state = moveFlame(tree, moveFlame(tree, found, 'up', width), 'right', width);
			return flameShape({ tree, state, unit: tool.output.unit, width, height: 22, look });
		},
	},
	{
		name: 'call-tree',
		title: 'Call trees',
		text: 'The same stacks as numbers: what a frame and all that it called took, and what it took itself.',
		tool: 'profile',
		via: 'perf',
		draw({ tool, table }) {
			const tree = stackTreeOf(table.rows());
			const state = [0, 1, 0].reduce((calls, down) => openCall(tree, moveCall(tree, calls, down)), callTreeStart);
			return callTreeShape({ tree, state, unit: tool.output.unit, width, height: 22, look });
		},
	},
	{
		name: 'names-and-values',
		title: 'Names and values',
		text: 'A table of two columns, sorted as others are; where a tool prints it again, with the change.',
		tool: 'nstat',
		via: 'classic',
		draw: ({ tool, table }) => tableShape(tool, table.rows(), 'value', 12),
	},
	{
		name: 'text',
		title: 'Text',
		text: 'As the tool wrote it, colours included; nothing else that a terminal would obey. A search marks what it finds.',
		tool: 'dmesg',
		via: 'classic',
		draw: ({ table }) =>
			textShape({ rows: table.rows(), top: 0, left: 0, wrap: false, search: 'acpi', width, height: 30, look }),
	},
	{
		name: 'chart',
		title: 'Charts',
		text: 'Columns of a table that comes anew, over time: up to four lines, with a gap where nothing was measured.',
		tool: 'syscount',
		via: 'libbpf',
		draw({ tool, table }) {
			const columns = columnsOf(tool);
			const count = columns.findIndex(({ name }) => name === 'count');
			const name = columns.findIndex(({ type }) => type === 'text');
			const names = [...new Set(table.rows().map((row) => row.cell(name)))].slice(0, 3);
			const series = names.map((each) => ({
				title: String(each),
				values: seriesOf(table.intervals(), count, (row) => row.cell(name) === each),
			}));
			const lines = chartShape({ series, step: 1, width, height: 16, look });
			return { header: lines[0] ?? [], lines: lines.slice(1) };
		},
	},
];

export function drawPicture({ tool: name, via, draw }: Picture): string {
	const { header, lines } = draw(sampleOf(name, via));
	const bold: Line = header.map((span) => ({ ...span, bold: true }));
	return svgOf([bold, ...lines].map(ansiOf).join('\n'), width);
}

export function panesPage(): string {
	const sections = pictures.map(
		({ name, title, text, tool, via }) =>
			`## ${title}\n\n${text}\n\n![${title}: ${tool}](panes/${name}.svg)\n\n\`${tool}\` through ${via}.`,
	);
	return [
		'<!-- Made by `npm run generate`; edit what it is made from instead. -->',
		'# Panes',
		'What a pane looks like depends on what its tool prints. These pictures are drawn by the console’s own code from the samples of real output in the catalog.',
		...sections,
	]
		.join('\n\n')
		.concat('\n');
}

function sampleOf(name: string, via: string): Sample {
	const tool = tools.find((each) => each.name === name);
	const provider = tool?.providers.find((each) => each.via === via);
	if (!tool || !provider) throw new Error(`The catalog has no ${name} through ${via}.`);
	const table = new Table(columnsOf(tool), tool.output.class);
	const sink = {
		begin: () => table.begin(),
		row: (row: Row) => table.add(row),
		remark() {},
		unread() {},
	};
	const reader = readerFor(tool, provider, sink);
	const lines = new LineSplitter((line) => {
		if (!/^# (?:command|version|kernel|excerpt): /.test(line)) reader.line(line);
	}, reader.longestLine);
	lines.push(readFileSync(join(tool.folder, 'samples', `${via}.txt`)));
	lines.end();
	reader.end();
	return { tool, table };
}

function tableShape(tool: Tool, rows: Row[], sort: string | undefined, most: number): Shape {
	const view = viewOf({ columns: columnsOf(tool), rows }, { sort });
	const { header, rows: lines } = tableLines(view.columns, view.rows.slice(0, most), width, {
		by: sort,
		reverse: false,
	});
	return { header: [{ text: header }], lines: lines.map((text) => [{ text }]) };
}
