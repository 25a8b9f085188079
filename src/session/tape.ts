import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stream } from '../runs/intake.ts';

/** What came from a tool at one moment; much of it comes in several pieces. */
export interface Piece {
	/** Since the run began. */
	ms: number;
	stream: Stream;
	bytes: Buffer;
}

const mostBytes = 64 * 1024;
const longestLine = 200;

/**
 * A run's raw output with the moments at which it came, piece by piece: never more of it is in memory than one. What was
 * written after the last moment that is known, because the console was killed, comes at that moment.
 */
export class Tape {
	/** The moment of the next piece; undefined at the end. */
	next: number | undefined;
	private readonly timing: Source;
	private readonly streams: Record<Stream, Source>;
	/** What is left of the entry of the timing file that is being read. */
	private entry: { ms: number; stream: Stream; left: number } | undefined;
	private lines: string[] = [];
	private rest = '';
	private last = 0;

	constructor(folder: string) {
		this.timing = new Source(join(folder, 'timing.ndjson'));
		this.streams = { stdout: new Source(join(folder, 'output.log')), stderr: new Source(join(folder, 'stderr.log')) };
		this.look();
	}

	take(): Piece | undefined {
		const { entry } = this;
		if (!entry) return undefined;
		const bytes = this.streams[entry.stream].read(Math.min(entry.left, mostBytes));
		entry.left = bytes.length === 0 ? 0 : entry.left - bytes.length;
		const piece = { ms: entry.ms, stream: entry.stream, bytes };
		this.look();
		return piece;
	}

	rewind(): void {
		for (const source of [this.timing, ...Object.values(this.streams)]) source.position = 0;
		this.entry = undefined;
		this.lines = [];
		this.rest = '';
		this.last = 0;
		this.look();
	}

	private look(): void {
		while (!this.entry || this.entry.left <= 0) {
			this.entry = this.entryAhead();
			if (!this.entry) break;
		}
		this.next = this.entry?.ms;
	}

	private entryAhead(): Tape['entry'] {
		for (let line = this.line(); line !== undefined; line = this.line()) {
			const entry = entryOf(line);
			// Moments never run backwards, whatever the clock did.
			if (entry) {
				this.last = Math.max(this.last, entry.ms);
				return { ...entry, ms: this.last };
			}
		}
		for (const stream of ['stdout', 'stderr'] as const) {
			const { left } = this.streams[stream];
			if (left > 0) return { ms: this.last, stream, left };
		}
		return undefined;
	}

	private line(): string | undefined {
		while (this.lines.length === 0) {
			const bytes = this.timing.read(mostBytes);
			if (bytes.length === 0) return undefined;
			const lines = (this.rest + bytes.toString('latin1')).split('\n');
			this.rest = (lines.pop() ?? '').slice(0, longestLine);
			this.lines = lines.reverse();
		}
		return this.lines.pop();
	}
}

/** The last moment at which something came, without reading all of them. */
export function lastMoment(folder: string): number {
	const source = new Source(join(folder, 'timing.ndjson'));
	source.position = Math.max(0, source.left - mostBytes);
	const lines = source.read(mostBytes).toString('latin1').split('\n').slice(0, -1);
	return Math.max(0, ...lines.map((line) => entryOf(line)?.ms ?? 0));
}

function entryOf(line: string): { ms: number; stream: Stream; left: number } | undefined {
	try {
		const { ms, stream, bytes } = JSON.parse(line);
		const isEntry = Number.isFinite(ms) && Number.isInteger(bytes) && (stream === 'stdout' || stream === 'stderr');
		return isEntry ? { ms, stream, left: bytes } : undefined;
	} catch {
		return undefined;
	}
}

/** A file that is read from where the last reading ended, and is open only meanwhile. */
class Source {
	position = 0;
	private readonly path: string;

	constructor(path: string) {
		this.path = path;
	}

	get left(): number {
		return this.open((file) => fstatSync(file).size - this.position) ?? 0;
	}

	read(most: number): Buffer {
		const bytes = Buffer.allocUnsafe(most);
		const count = this.open((file) => readSync(file, bytes, 0, most, this.position)) ?? 0;
		this.position += count;
		return bytes.subarray(0, count);
	}

	private open<T>(use: (file: number) => T): T | undefined {
		// A pipe in the place of a file would never answer.
		if (!statSync(this.path, { throwIfNoEntry: false })?.isFile()) return undefined;
		const file = openSync(this.path, 'r');
		try {
			return use(file);
		} finally {
			closeSync(file);
		}
	}
}
