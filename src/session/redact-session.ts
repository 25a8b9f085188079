import {
	closeSync,
	createReadStream,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	readSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { findTool } from '../catalog/installed-catalog.ts';
import type { Catalog } from '../catalog/load-catalog.ts';
import { pathsOf } from './export-session.ts';
import { readRuns } from './read-session.ts';
import { outputRedactor } from './redact-output.ts';
import { Redactor } from './redactor.ts';

/** Keys whose values are this program's own words, or the tool's name. */
const ownWords = new Set(
	'at type version check resource kind unit verdict state ending badge provider via tool format run file started ended program narrowing stream evidence'.split(
		' ',
	),
);

/** Words by which readers find their way through output, beside those that the catalog's headers have. */
const wordsOfOutput =
	'type data printf map hist stats attached_probes lost_events value time values count min max localhost host';

/** Made of all the rest, so they are made anew of what is redacted: in a page nobody could tell an argument from a word. */
export const reportFiles = ['report.md', 'report.html'];

/**
 * Writes a session anew without what tells whose host it was. It is gone
 * through twice: the first time finds the names that the second replaces
 * wherever they stand. Runs come before screens, which show their commands.
 */
export async function redactSession(folder: string, into: string, catalog: Catalog): Promise<void> {
	const redactor = new Redactor(vocabularyOf(catalog));
	const leftOut = [...reportFiles, ...handedOverIn(folder)];
	const paths = pathsOf(folder).filter((path) => !leftOut.includes(path));
	for (const write of [false, true]) {
		for (const path of paths) await redactFile(redactor, folder, path, write ? into : undefined, catalog);
	}
}

/** What tools wrote for a second program, in a way that only that can read. */
function handedOverIn(folder: string): string[] {
	return readRuns(folder, []).map(({ name, run }) => join('runs', name, String(run.kept)));
}

function vocabularyOf({ tools }: Catalog): Set<string> {
	const words = tools.flatMap(({ output, providers }) => [
		...output.columns.map(({ name }) => name),
		...providers.flatMap(({ columns }) => (columns ? Object.entries(columns).flat() : [])),
	]);
	return new Set([...wordsOfOutput.split(' '), ...words.flatMap((word) => word.split(/[^\w-]+/))]);
}

async function redactFile(
	redactor: Redactor,
	folder: string,
	path: string,
	into: string | undefined,
	catalog: Catalog,
): Promise<void> {
	const [source, name] = [join(folder, path), path.split('/').at(-1) as string];
	const target = into === undefined ? undefined : join(into, path);
	if (target) mkdirSync(dirname(target), { recursive: true });
	// These two are written together with the times at which their bytes came.
	if (path.startsWith('runs/') && (name === 'output.log' || name === 'stderr.log')) {
		if (existsSync(join(dirname(source), 'timing.ndjson'))) return;
	}
	if (name === 'timing.ndjson') {
		await redactRun(redactor, dirname(source), target && dirname(target), catalog);
	} else if (name === 'session.json' || name === 'run.json') {
		const text = readFileSync(source, 'utf8');
		const redacted = redactJson(redactor, text, 2);
		if (target) writeFileSync(target, `${redacted}\n`);
	} else if (!isText(source)) {
		// Nobody could tell what stands in it; it is left out.
		return;
	} else {
		await redactLines(source, target, (line) => {
			if (name.endsWith('.ndjson')) return redactJson(redactor, line);
			return path.startsWith('screens/') ? redactor.screenLine(line) : redactor.text(line);
		});
	}
}

/** As grep tells it. */
function isText(path: string): boolean {
	const file = openSync(path, 'r');
	try {
		const begin = Buffer.alloc(8192);
		return !begin.subarray(0, readSync(file, begin)).includes(0);
	} finally {
		closeSync(file);
	}
}

/** What is no JSON, such as a line that a kill has torn, is text. */
function redactJson(redactor: Redactor, text: string, indent?: number): string {
	try {
		return JSON.stringify(redactValue(redactor, JSON.parse(text)), null, indent);
	} catch {
		return redactor.text(text);
	}
}

function redactValue(redactor: Redactor, value: unknown, key = ''): unknown {
	if (typeof value === 'string') {
		if (key === 'hostname') return redactor.host(value);
		if (key === 'user') return redactor.user(value);
		return ownWords.has(key) ? value : redactor.text(value);
	}
	if (Array.isArray(value)) return value.map((item) => redactValue(redactor, item, key));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redactValue(redactor, item, name)]));
}

async function redactLines(
	source: string,
	target: string | undefined,
	redact: (line: string) => string,
): Promise<void> {
	const output = target === undefined ? undefined : openSync(target, 'w');
	try {
		const lines = new RedactedLines(redact);
		const write = (text: string) => {
			if (output !== undefined && text !== '') writeAll(output, text);
		};
		for await (const chunk of createReadStream(source)) write(lines.push(chunk));
		write(lines.end());
	} finally {
		if (output !== undefined) closeSync(output);
	}
}

interface Timing {
	ms: number;
	stream: 'stdout' | 'stderr';
	bytes: number;
}

/** Redacted lines have other lengths, so what says when their bytes came is written anew, a whole line at a time. */
async function redactRun(
	redactor: Redactor,
	folder: string,
	into: string | undefined,
	catalog: Catalog,
): Promise<void> {
	const { tool, provider } = toolOf(folder, catalog);
	const streams = { stdout: 'output.log', stderr: 'stderr.log' } as const;
	const open = (name: keyof typeof streams) => {
		const answers = (provider?.writes ?? 'stdout') === name;
		const redact = answers ? outputRedactor(redactor, tool, provider) : outputRedactor(redactor);
		const source = join(folder, streams[name]);
		return {
			input: existsSync(source) ? openSync(source, 'r') : undefined,
			output: into === undefined ? undefined : openSync(join(into, streams[name]), 'w'),
			lines: new RedactedLines(redact),
		};
	};
	const files = { stdout: open('stdout'), stderr: open('stderr') };
	const timings = into === undefined ? undefined : openSync(join(into, 'timing.ndjson'), 'w');
	let last = 0;
	const write = (stream: keyof typeof streams, text: string) => {
		const { output } = files[stream];
		if (output === undefined || timings === undefined || text === '') return;
		writeAll(output, text);
		writeAll(timings, `${JSON.stringify({ ms: last, stream, bytes: Buffer.byteLength(text) })}\n`);
	};
	const pass = (stream: keyof typeof streams, bytes: number) => {
		const { input, lines } = files[stream];
		for (let left = bytes; left > 0 && input !== undefined; ) {
			const chunk = Buffer.alloc(Math.min(left, 64 * 1024));
			const got = readSync(input, chunk);
			if (got === 0) return;
			write(stream, lines.push(chunk.subarray(0, got)));
			left -= got;
		}
	};
	try {
		await eachLine(join(folder, 'timing.ndjson'), (line) => {
			const timing = timingOf(line);
			if (!timing) return;
			last = timing.ms;
			pass(timing.stream, timing.bytes);
		});
		// A kill may come between bytes and their time.
		for (const stream of ['stdout', 'stderr'] as const) {
			pass(stream, Number.POSITIVE_INFINITY);
			write(stream, files[stream].lines.end());
		}
	} finally {
		for (const { input, output } of Object.values(files)) {
			if (input !== undefined) closeSync(input);
			if (output !== undefined) closeSync(output);
		}
		if (timings !== undefined) closeSync(timings);
	}
}

function toolOf(folder: string, catalog: Catalog) {
	try {
		const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
		const tool = findTool(catalog, String(run.tool));
		return { tool, provider: tool?.providers.find(({ via }) => via === run.provider) };
	} catch {
		return { tool: undefined, provider: undefined };
	}
}

function timingOf(line: string): Timing | undefined {
	try {
		const { ms, stream, bytes } = JSON.parse(line);
		const known = stream === 'stdout' || stream === 'stderr';
		return known && Number.isFinite(ms) && Number.isSafeInteger(bytes) ? { ms, stream, bytes } : undefined;
	} catch {
		return undefined;
	}
}

async function eachLine(file: string, take: (line: string) => void): Promise<void> {
	const lines = new RedactedLines((line) => {
		take(line);
		return '';
	});
	for await (const chunk of createReadStream(file)) lines.push(chunk);
	lines.end();
}

/** More than any reader takes for a line. */
const longestLine = 64 * 1024 * 1024;

/** Cuts bytes into lines and answers with those that are complete, redacted. */
class RedactedLines {
	private held: Buffer[] = [];
	private heldBytes = 0;
	private readonly redact: (line: string) => string;

	constructor(redact: (line: string) => string) {
		this.redact = redact;
	}

	push(chunk: Buffer): string {
		let done = '';
		let start = 0;
		for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
			this.hold(chunk.subarray(start, end));
			done += `${this.release()}\n`;
			start = end + 1;
		}
		this.hold(chunk.subarray(start));
		return done;
	}

	end(): string {
		return this.heldBytes > 0 ? this.release() : '';
	}

	private hold(bytes: Buffer): void {
		if (this.heldBytes <= longestLine && bytes.length > 0) this.held.push(Buffer.from(bytes));
		this.heldBytes += bytes.length;
	}

	private release(): string {
		const tooLong = this.heldBytes > longestLine;
		const text = tooLong ? '' : Buffer.concat(this.held).toString('utf8');
		this.held = [];
		this.heldBytes = 0;
		return tooLong ? '[a line was left out: it was too long to be redacted]' : this.redact(text);
	}
}

function writeAll(file: number, text: string): void {
	const bytes = Buffer.from(text);
	for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}
