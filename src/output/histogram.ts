import { printable } from '../host/printable.ts';
import { type Reader, type RowSink, rowOf } from './reader.ts';

const bucket = /^\s*(\d+)(?:\s*->\s*(\d+))?\s*:\s*(\d+)\s*\|/;
const heading = /^\s*\w+\s*:\s*count\b/;
const keyLine = /^(?:pid|tid|disk|cpu|flags|pidns|comm|cgroup)\s*[=:]\s*(.+?)\s*$/i;

/** Histograms as BCC and libbpf-tools print them, by powers of two or by single values, with a key above each where there are several. */
export class Log2Reader implements Reader {
	private key = '';
	private readonly seen = new Set<string>();
	private readonly noise: RegExp[];
	private readonly sink: RowSink;

	constructor(noise: RegExp[], sink: RowSink) {
		this.noise = noise;
		this.sink = sink;
	}

	line(text: string): void {
		const [, low, high = low, count] = bucket.exec(text) ?? [];
		if (low !== undefined) {
			this.sink.row(rowOf([this.key, Number(low), Number(high), Number(count)]));
			return;
		}
		if (heading.test(text)) {
			// The same key again means that the next interval has begun.
			if (this.seen.has(this.key) || this.seen.size === 0) {
				this.seen.clear();
				this.sink.begin();
			}
			this.seen.add(this.key);
			return;
		}
		if (text.trim() === '' || this.noise.some((pattern) => pattern.test(text))) return;
		const key = keyLine.exec(text)?.[1];
		if (key !== undefined) this.key = printable(key);
		else this.sink.unread(text);
	}

	end(): void {}
}
