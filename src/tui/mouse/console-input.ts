import { Readable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { type MouseReport, MouseSplitter } from './mouse-reports.ts';

/** After Esc the rest of a report comes at once, or it was the key. */
const patienceMilliseconds = 20;

/** The keys of a terminal for Ink, without what the mouse sends; and silent while somebody else reads them. */
export class ConsoleInput extends Readable {
	readonly isTTY = true;
	private readonly source: ReadStream;
	private readonly onMouse: (report: MouseReport) => void;
	private readonly splitter = new MouseSplitter();
	private pending: NodeJS.Timeout | undefined;

	constructor(source: ReadStream, onMouse: (report: MouseReport) => void) {
		super();
		this.source = source;
		this.onMouse = onMouse;
		source.on('data', (bytes: Buffer) => this.receive(bytes));
		source.on('end', () => this.push(null));
	}

	override _read(): void {}

	/** Ink listens while the mode is raw, and not longer: then the terminal belongs to somebody else. */
	setRawMode(raw: boolean): this {
		this.source.setRawMode(raw);
		if (raw) this.source.resume();
		else this.source.pause();
		return this;
	}

	ref(): this {
		this.source.ref();
		return this;
	}

	unref(): this {
		this.source.unref();
		return this;
	}

	private receive(bytes: Buffer): void {
		clearTimeout(this.pending);
		// One character a byte, so that no character is cut in two.
		const { keys, reports } = this.splitter.push(bytes.toString('latin1'));
		this.pass(keys);
		for (const report of reports) this.onMouse(report);
		if (this.splitter.holdsKey) this.pending = setTimeout(() => this.pass(this.splitter.flush()), patienceMilliseconds);
	}

	private pass(keys: string): void {
		if (keys !== '') this.push(Buffer.from(keys, 'latin1'));
	}
}
