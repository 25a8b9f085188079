import type { Column, Provider } from '../catalog/tool.ts';
import { printable } from '../host/printable.ts';
import { isNumeric, readCell } from './cells.ts';
import { type Cell, type Reader, type RowSink, rowOf } from './reader.ts';
import { withoutOffset } from './stacks.ts';

interface Bucket {
	min?: number;
	max?: number;
	count: number;
}

/** What a script's maps and prints become: one of these for each dialect. False when it could not be read. */
export interface BpftraceShape {
	text?(line: string): void;
	map?(entries: [string, unknown][]): boolean;
	histogram?(key: string, buckets: Bucket[]): void;
	end?(): void;
}

/** A script that never ends its line is not to fill memory. */
const longestPrint = 16 * 1024;

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
		if (text !== '' && !this.record(parse(text))) this.sink.unread(text);
	}

	/** False for anything that is not what bpftrace prints: its output is no more to be trusted than another's. */
	private record({ type, data, msg, helper }: Printed): boolean {
		if (type === 'helper_error' && typeof msg === 'string') {
			// In a pid namespace of its own, bpftrace can't number the tasks of others, whose events no script keeps.
			if (helper !== 'get_ns_current_pid_tgid') this.sink.remark({ kind: 'message', text: printable(msg) });
			return true;
		}
		if (typeof data === 'string') {
			if (type === 'printf' || type === 'time' || type === 'cat') this.print(data);
			// join's record is a whole line without its end.
			else if (type === 'join') this.print(`${data}\n`);
			else return false;
			return true;
		}
		if (!isObject(data)) return false;
		if (type === 'map' || type === 'stats' || type === 'value') return this.maps(data);
		if (type === 'hist') return this.histograms(data);
		if (type === 'attached_probes' && typeof data.probes === 'number') {
			this.sink.remark({ kind: 'attached', probes: data.probes });
		} else if (type === 'lost_events' && typeof data.events === 'number') {
			this.sink.remark({ kind: 'lost', events: data.events });
		} else return false;
		return true;
	}

	end(): void {
		if (this.fragment !== '') this.print('\n');
		this.shape.end?.();
	}

	/** Only a newline at the end of a record ends a line; one inside it came with a name or a path. */
	private print(data: string): void {
		this.fragment += data;
		if (!this.fragment.endsWith('\n') && this.fragment.length < longestPrint) return;
		this.shape.text?.(this.fragment.replace(/\n$/, '').slice(0, longestPrint).replaceAll('\n', '·'));
		this.fragment = '';
	}

	private maps(data: Record<string, unknown>): boolean {
		return Object.entries(data).every(
			([name, value]) =>
				isScratch(name) || (this.shape.map?.(isObject(value) ? Object.entries(value) : [['', value]]) ?? true),
		);
	}

	private histograms(data: Record<string, unknown>): boolean {
		return Object.values(data).every((value) => {
			const keyed: [string, unknown][] = Array.isArray(value)
				? [['', value]]
				: isObject(value)
					? Object.entries(value)
					: [];
			if (keyed.length === 0 && !isObject(value)) return false;
			if (!keyed.every((entry): entry is [string, Bucket[]] => isBuckets(entry[1]))) return false;
			this.sink.begin();
			for (const [key, buckets] of keyed) this.shape.histogram?.(key, buckets as Bucket[]);
			return true;
		});
	}
}

interface Printed {
	type?: unknown;
	data?: unknown;
	msg?: unknown;
	helper?: unknown;
}

/** bpftrace prints all maps when it ends, also those in which a script only keeps what it needs itself. */
function isScratch(map: string): boolean {
	return map.startsWith('@_');
}

function parse(text: string): Printed {
	try {
		const record: unknown = JSON.parse(text);
		return isObject(record) ? record : {};
	} catch {
		return {};
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBuckets(value: unknown): value is Bucket[] {
	const isNumberOrAbsent = (bound: unknown) => bound === undefined || typeof bound === 'number';
	return (
		Array.isArray(value) &&
		value.every(
			(bucket) =>
				isObject(bucket) &&
				typeof bucket.count === 'number' &&
				isNumberOrAbsent(bucket.min) &&
				isNumberOrAbsent(bucket.max),
		)
	);
}

function isCounts(entries: [string, unknown][]): entries is [string, number][] {
	return entries.every(([, count]) => typeof count === 'number');
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

/** Maps of one number for each key, or of what stats() makes. The parts of a key come first, as the columns do. */
export function mapShape(columns: Column[], provider: Provider, sink: RowSink): BpftraceShape {
	const names = Array.isArray(provider.columns) ? provider.columns : columns.map(({ name }) => name);
	const places = names.map((name) => columns.findIndex((column) => column.name === name));
	const keyColumns = (amounts: number) => places.slice(0, names.length - amounts).map((place) => columns[place]);
	let marked = false;
	return {
		// A map without keys is not printed, so a script says itself that an interval is over.
		text() {
			marked = true;
			sink.begin();
		},
		map(entries) {
			if (!marked) sink.begin();
			return entries.every(([key, value]) => {
				const amounts = amountsOf(value);
				const parts = amounts && partsOf(key, keyColumns(amounts.length));
				if (!parts) return false;
				const cells: Cell[] = columns.map(() => null);
				[...parts, ...amounts].forEach((cell, index) => {
					cells[places[index] ?? -1] = cell;
				});
				sink.row(rowOf(cells));
				return true;
			});
		},
	};
}

function amountsOf(value: unknown): number[] | undefined {
	const amounts = isObject(value) ? [value.count, value.average, value.total] : [value];
	return amounts.every((amount) => typeof amount === 'number') ? amounts : undefined;
}

/** The parts of a key are parted by commas, and a name may have some itself. */
function partsOf(key: string, columns: (Column | undefined)[]): Cell[] | undefined {
	const words = key.split(',');
	const extra = words.length - columns.length;
	const text = columns.findIndex((column) => column && !isNumeric(column.type));
	if (extra < 0 || (extra > 0 && text < 0)) return undefined;
	if (extra > 0) words.splice(text, extra + 1, words.slice(text, text + extra + 1).join(','));
	const cells = words.map((word, index) => readCell(word, columns[index] as Column));
	return cells.every((cell) => cell !== undefined) ? cells : undefined;
}

const processAndStacks = /^([^\n]*?),(|\n(?:[\s\S]*?\n)?),(|\n[\s\S]*)$/;

/** A map keyed by process, kernel stack and user stack. A stack starts on a new line, so a comma in a name does no harm. */
export function stackShape(sink: RowSink): BpftraceShape {
	return {
		map(entries) {
			if (!isCounts(entries)) return false;
			for (const [key, count] of entries) {
				// 0.23 escapes the newlines in a stack twice.
				const [, process = key, kernel = '', user = ''] = processAndStacks.exec(key.replaceAll('\\n', '\n')) ?? [];
				const frames = [...framesOf(user), ...framesOf(kernel)];
				sink.row(rowOf([count, printable(process), frames.join(';')]));
			}
			return true;
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
