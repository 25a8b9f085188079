import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { LineSplitter } from '../output/lines.ts';
import type { RecordedRun } from './read-session.ts';

/** No tool is told a size, and tables are rarely wider. */
const size = { width: 132, height: 40 };

/**
 * What a tool printed, when it printed it, as a terminal would have shown it:
 * asciicast v2, one JSON array a line. Bytes whose time was not kept come last.
 */
export async function* asciicast({ name, folder, run }: RecordedRun): AsyncGenerator<string> {
	const started = Date.parse(String(run.started));
	const timestamp = Number.isNaN(started) ? {} : { timestamp: Math.floor(started / 1000) };
	yield `${JSON.stringify({ version: 2, ...size, ...timestamp, title: `${run.tool ?? name}` })}\n`;
	const streams = { stdout: new Printed(join(folder, 'output.log')), stderr: new Printed(join(folder, 'stderr.log')) };
	let ms = 0;
	for await (const { stream, bytes, ...timing } of timingsOf(folder)) {
		ms = Math.max(ms, timing.ms);
		yield event(ms, await streams[stream].next(bytes));
	}
	for (const printed of Object.values(streams)) {
		for (let text = await printed.next(); text !== ''; text = await printed.next()) yield event(ms, text);
	}
}

function event(ms: number, text: string): string {
	return text === '' ? '' : `${JSON.stringify([ms / 1000, 'o', text.replace(/\r?\n/g, '\r\n')])}\n`;
}

/** A stream's bytes, in the pieces that are asked for; a letter that is cut comes with the next piece. */
class Printed {
	private readonly chunks: AsyncIterator<Buffer>;
	private readonly decoder = new TextDecoder();
	private held = Buffer.alloc(0);

	constructor(file: string) {
		const stream: AsyncIterable<Buffer> = existsSync(file) ? createReadStream(file) : emptyStream();
		this.chunks = stream[Symbol.asyncIterator]();
	}

	async next(bytes?: number): Promise<string> {
		while (this.held.length < (bytes ?? 1)) {
			const { value, done } = await this.chunks.next();
			if (done) break;
			this.held = Buffer.concat([this.held, value]);
		}
		const piece = this.held.subarray(0, bytes ?? this.held.length);
		this.held = this.held.subarray(piece.length);
		return this.decoder.decode(piece, { stream: true });
	}
}

async function* emptyStream(): AsyncGenerator<Buffer> {}

async function* timingsOf(folder: string): AsyncGenerator<{ ms: number; stream: 'stdout' | 'stderr'; bytes: number }> {
	const file = join(folder, 'timing.ndjson');
	if (!existsSync(file)) return;
	let found: string[] = [];
	const lines = new LineSplitter((line) => found.push(line));
	for await (const chunk of createReadStream(file)) {
		lines.push(chunk);
		for (const line of found) {
			const timing = parse(line);
			if (timing) yield timing;
		}
		found = [];
	}
}

/** A torn line at the end is no timing. */
function parse(line: string) {
	try {
		const { ms, stream, bytes } = JSON.parse(line);
		const known = stream === 'stdout' || stream === 'stderr';
		return known && Number.isFinite(ms) && Number.isSafeInteger(bytes) ? { ms, stream, bytes } : undefined;
	} catch {
		return undefined;
	}
}
