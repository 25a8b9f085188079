import type { Column, Provider, Tool } from '../catalog/tool.ts';
import { TextRow } from './ansi-text.ts';
import { BpftraceReader, histogramShape, mapShape, stackShape } from './bpftrace.ts';
import { ColumnsReader } from './columns.ts';
import { Log2Reader } from './histogram.ts';
import { JsonReader } from './json.ts';
import { NameValueReader } from './name-value.ts';
import { PatternReader } from './pattern.ts';
import { histogramColumns, type Reader, type RowSink, stackColumns, textColumns } from './reader.ts';
import { FoldedReader, PerfScriptReader, StackBlocksReader } from './stacks.ts';

/** The columns of a tool's rows, whichever provider ran. */
export function columnsOf(tool: Tool): Column[] {
	switch (tool.output.class) {
		case 'histogram':
			return histogramColumns;
		case 'stacks':
			return stackColumns;
		case 'text':
			return textColumns;
		default:
			return tool.output.columns;
	}
}

/** The one place that knows which dialect is read by what. */
export function readerFor(tool: Tool, provider: Provider, sink: RowSink): Reader {
	const columns = columnsOf(tool);
	const noise = provider.noise.map((pattern) => new RegExp(pattern));
	if (provider.patterns) return new PatternReader(columns, provider, sink);
	switch (provider.reads ?? usualDialect(tool, provider)) {
		case 'tabs': {
			const table = new ColumnsReader(columns, provider, 'tabs', sink);
			return new BpftraceReader({ text: (line) => table.line(line) }, sink);
		}
		case 'bpftrace-hist':
			return new BpftraceReader(histogramShape(sink), sink);
		case 'bpftrace-map':
			return new BpftraceReader(
				tool.output.class === 'stacks' ? stackShape(sink) : mapShape(columns, provider, sink),
				sink,
			);
		case 'log2-text':
			return new Log2Reader(noise, sink);
		case 'folded':
			return new FoldedReader(noise, sink);
		case 'stack-blocks':
			return new StackBlocksReader(noise, sink);
		case 'perf-script':
			return new PerfScriptReader(sink);
		case 'name-value':
			return new NameValueReader(noise, sink);
		case 'json':
			return new JsonReader(columns, provider, sink);
		case 'lines':
			return { line: (text) => sink.row(new TextRow(text)), end() {} };
		case 'columns':
			return new ColumnsReader(columns, provider, 'blanks', sink);
	}
}

function usualDialect(tool: Tool, provider: Provider): NonNullable<Provider['reads']> {
	if (provider.via === 'bpftrace') {
		if (tool.output.class === 'histogram') return 'bpftrace-hist';
		return tool.output.class === 'event-stream' ? 'tabs' : 'bpftrace-map';
	}
	switch (tool.output.class) {
		case 'histogram':
			return 'log2-text';
		case 'stacks':
			return provider.via === 'perf' ? 'perf-script' : 'folded';
		case 'keyvalue':
			return 'name-value';
		case 'text':
			return 'lines';
		default:
			return 'columns';
	}
}
