import { printable } from '../host/printable.ts';
import { splitWords } from './columns.ts';
import { type Reader, type RowSink, rowOf } from './reader.ts';

/** "name value", and whatever follows is left out. The first name again means that the next interval has begun. */
export class NameValueReader implements Reader {
	private first: string | undefined;
	private readonly noise: RegExp[];
	private readonly sink: RowSink;

	constructor(noise: RegExp[], sink: RowSink) {
		this.noise = noise;
		this.sink = sink;
	}

	line(text: string): void {
		if (text.trim() === '' || this.noise.some((pattern) => pattern.test(text))) return;
		const [name, value] = splitWords(text);
		if (name === undefined || value === undefined || Number.isNaN(Number(value))) {
			this.sink.unread(text);
			return;
		}
		if (name === this.first) this.sink.begin();
		this.first ??= name;
		this.sink.row(rowOf([printable(name), Number(value)]));
	}

	end(): void {}
}
