import { printable } from '../host/printable.ts';
import { type Reader, type RowSink, rowOf } from './reader.ts';

/** "process;outer;inner 12": one stack a line with its count. */
export class FoldedReader implements Reader {
	private readonly noise: RegExp[];
	private readonly sink: RowSink;

	constructor(noise: RegExp[], sink: RowSink) {
		this.noise = noise;
		this.sink = sink;
	}

	line(text: string): void {
		if (text.trim() === '' || this.noise.some((pattern) => pattern.test(text))) return;
		const [, frames, count] = /^(.*\S)\s+(\d+)\s*$/.exec(text) ?? [];
		if (frames === undefined) {
			this.sink.unread(text);
			return;
		}
		const cut = frames.indexOf(';');
		const process = cut < 0 ? frames : frames.slice(0, cut);
		this.sink.row(rowOf([Number(count), printable(process), cut < 0 ? '' : printable(frames.slice(cut + 1))]));
	}

	end(): void {}
}

const blockOwner = /^\s+-\s+(\S.*?) \(\d+\)$/;
const blockAmount = /^\s+(\d+)$/;
const blockFrame = /^\s+(\S.*)$/;

/** A block for each stack, as libbpf-tools print them: frames, innermost first, then who, then how much. */
export class StackBlocksReader implements Reader {
	private process: string | undefined;
	private frames: string[] = [];
	private readonly noise: RegExp[];
	private readonly sink: RowSink;

	constructor(noise: RegExp[], sink: RowSink) {
		this.noise = noise;
		this.sink = sink;
	}

	line(text: string): void {
		const owner = blockOwner.exec(text)?.[1];
		const amount = this.process === undefined ? undefined : blockAmount.exec(text)?.[1];
		const frame = blockFrame.exec(text)?.[1];
		if (owner !== undefined) this.process = printable(owner);
		else if (amount !== undefined) {
			this.sink.row(rowOf([Number(amount), this.process ?? '', this.frames.reverse().join(';')]));
			this.process = undefined;
			this.frames = [];
		} else if (text.trim() === '' || this.noise.some((pattern) => pattern.test(text))) return;
		else if (frame !== undefined) this.frames.push(printable(withoutOffset(frame)).replaceAll(';', ':'));
		else this.sink.unread(text);
	}

	end(): void {}
}

const sample = /^(\S.*?)\s+(\d+)(?:\/\d+)?\s+.*?[\d.]+:\s/;
const frame = /^\s+[0-9a-f]+\s+(.+?)(?:\s+\([^)]*\))?\s*$/;

/** perf script's samples: a line that says who, then the frames, innermost first, then a blank line. */
export class PerfScriptReader implements Reader {
	private process: string | undefined;
	private frames: string[] = [];
	private readonly sink: RowSink;

	constructor(sink: RowSink) {
		this.sink = sink;
	}

	line(text: string): void {
		if (text.trim() === '') {
			this.end();
			return;
		}
		const name = frame.exec(text)?.[1];
		if (this.process !== undefined && name !== undefined) {
			this.frames.push(printable(withoutOffset(name)).replaceAll(';', ':'));
			return;
		}
		const process = sample.exec(text)?.[1];
		if (process === undefined) {
			this.sink.unread(text);
			return;
		}
		this.end();
		this.process = printable(process);
	}

	end(): void {
		if (this.process !== undefined) this.sink.row(rowOf([1, this.process, this.frames.reverse().join(';')]));
		this.process = undefined;
		this.frames = [];
	}
}

export function withoutOffset(symbol: string): string {
	return symbol.replace(/\+(?:0x[0-9a-f]+|\d+)$/, '');
}
