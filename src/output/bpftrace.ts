import { printable } from '../host/printable.ts';
import { type Reader, type RowSink, rowOf } from './reader.ts';
import { withoutOffset } from './stacks.ts';

interface Bucket {
	min?: number;
	max?: number;
	count: number;
}

/** What a script's maps and prints become: one of these for each dialect. */
export interface BpftraceShape {
	text?(line: string): void;
	map?(entries: [string, unknown][]): void;
	histogram?(key: string, buckets: Bucket[]): void;
	end?(): void;
}

/** bpftrace -f json: one JSON record a line, of which some are the script's output and some are about the run. */
export class BpftraceReader implements Reader {
	/** A whole map is one line, and a profile's holds every stack. */
	readonly longestLine = 64 * 1024 * 1024;
	private fragment = '';
	private readonly shape: BpftraceShape;
	private readonly sink: RowSink;

	constructor(shape: BpftraceShape, sink: RowSink) {
		this.shape = shape;
		this.sink = sink;
	}

	line(text: string): void {
		if (text === '') return;
		const record = parse(text);
		if (!record) {
			this.sink.unread(text);
			return;
		}
		const { type, data } = record;
		if (type === 'printf' || type === 'time' || type === 'cat') this.print(String(data));
		// join's record is a whole line without its end.
		else if (type === 'join') this.print(`${data}\n`);
		else if (type === 'map' || type === 'stats' || type === 'value') this.maps(data);
		else if (type === 'hist') this.histograms(data);
		else if (type === 'attached_probes') this.sink.remark({ kind: 'attached', probes: Number(data.probes) });
		else if (type === 'lost_events') this.sink.remark({ kind: 'lost', events: Number(data.events) });
		else if (type === 'helper_error') this.sink.remark({ kind: 'message', text: printable(String(data.msg ?? type)) });
		else this.sink.unread(text);
	}

	end(): void {
		if (this.fragment !== '') this.print('\n');
		this.shape.end?.();
	}

	/** Only a newline at the end of a record ends a line; one inside it came with a name or a path. */
	private print(data: string): void {
		this.fragment += data;
		if (!this.fragment.endsWith('\n')) return;
		this.shape.text?.(this.fragment.slice(0, -1).replaceAll('\n', '·'));
		this.fragment = '';
	}

	private maps(data: Record<string, unknown>): void {
		for (const value of Object.values(data)) {
			this.shape.map?.(typeof value === 'object' && value !== null ? Object.entries(value) : [['', value]]);
		}
	}

	private histograms(data: Record<string, unknown>): void {
		for (const value of Object.values(data)) {
			this.sink.begin();
			if (Array.isArray(value)) this.shape.histogram?.('', value);
			else for (const [key, buckets] of Object.entries(value as object)) this.shape.histogram?.(key, buckets);
		}
	}
}

// biome-ignore lint/suspicious/noExplicitAny: each record type has data of its own, read where it is used.
function parse(text: string): { type: string; data: any } | undefined {
	try {
		const record = JSON.parse(text);
		return typeof record?.type === 'string' && record.data !== undefined ? record : undefined;
	} catch {
		return undefined;
	}
}

export function histogramShape(sink: RowSink): BpftraceShape {
	return {
		histogram(key, buckets) {
			for (const { min, max, count } of buckets) {
				sink.row(rowOf([printable(key), min ?? 0, max ?? Number.MAX_SAFE_INTEGER, count]));
			}
		},
	};
}

export function mapShape(sink: RowSink): BpftraceShape {
	return {
		map(entries) {
			sink.begin();
			for (const [key, value] of entries) sink.row(rowOf([printable(key), Number(value)]));
		},
	};
}

const processAndStacks = /^([^\n]*?),(|\n(?:[\s\S]*?\n)?),(|\n[\s\S]*)$/;

/** A map keyed by process, kernel stack and user stack. A stack starts on a new line, so a comma in a name does no harm. */
export function stackShape(sink: RowSink): BpftraceShape {
	return {
		map(entries) {
			for (const [key, count] of entries) {
				// 0.23 escapes the newlines in a stack twice.
				const [, process = key, kernel = '', user = ''] = processAndStacks.exec(key.replaceAll('\\n', '\n')) ?? [];
				const frames = [...framesOf(user), ...framesOf(kernel)];
				sink.row(rowOf([Number(count), printable(process), frames.join(';')]));
			}
		},
	};
}

/** Outermost first, as a flame graph reads them. */
function framesOf(stack: string): string[] {
	return stack
		.split('\n')
		.map((line) => printable(withoutOffset(line.trim())).replaceAll(';', ':'))
		.filter((line) => line !== '')
		.reverse();
}
