import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Kind, kinds, type Reading, resources, type Verdict, verdicts } from '../checks/check.ts';
import { printable } from '../host/printable.ts';
import type { SessionFile } from './format.ts';
import { type RecordedRun, readRuns, readSessionFile, type SessionEvent } from './read-session.ts';

/** What a session tells in the order of time, without the values of each second, which stay in their file until they are asked for. */
export interface Story {
	folder: string;
	session: SessionFile;
	/** Milliseconds since 1970, of the first and the last thing that is known. */
	start: number;
	end: number;
	events: StoryEvent[];
	seconds: Second[];
	runs: RecordedRun[];
	/** What was found damaged and left out. */
	warnings: string[];
}

export interface StoryEvent extends SessionEvent {
	/** Milliseconds since 1970; never before the event before it, whatever the clock did. */
	time: number;
}

/** Where the values of one second lie in events.ndjson. */
export interface Second {
	time: number;
	offset: number;
	bytes: number;
}

export interface Value {
	check: string;
	device: string | null;
	value: number | null;
	verdict: Verdict;
}

const file = 'events.ndjson';
/** As the recorder begins such a line, so that it need not be read to know what it is. */
const secondBegins = /^\{"at":"([^"]{1,40})","type":"readings"/;

export function readStory(folder: string): Story {
	const session = readSessionFile(folder);
	const warnings: string[] = [];
	const events: StoryEvent[] = [];
	const seconds: Second[] = [];
	const start = startOf(session);
	let time = start;
	for (const happening of happenings(folder, start, (warning) => warnings.push(warning))) {
		time = happening.time;
		if ('second' in happening) seconds.push(happening.second);
		else events.push(happening.event);
	}
	const ended = Date.parse(session.ended ?? '');
	const end = Math.max(time, Number.isNaN(ended) ? 0 : ended);
	return { folder, session, start, end, events, seconds, runs: readRuns(folder, warnings), warnings };
}

export function startOf({ started }: SessionFile): number {
	return Date.parse(started) || 0;
}

/** An event, or where the values of one second stand and the line that has them. */
export type Happening = { time: number; event: StoryEvent } | { time: number; second: Second; text: string };

/** What stands in a session's events, in the order of time, a line of it in memory. */
export function* happenings(folder: string, start: number, warn: (text: string) => void): Generator<Happening> {
	let time = start;
	let number = 0;
	for (const { offset, bytes, text, torn } of linesOf(join(folder, file))) {
		number++;
		const at = torn ? undefined : secondBegins.exec(text)?.[1];
		const event = at === undefined ? parsedEvent(torn ? '' : text) : undefined;
		const when = Date.parse(at ?? event?.at ?? '');
		if (Number.isNaN(when)) {
			if (text !== '') warn(`${file} line ${number} is torn and was skipped`);
			continue;
		}
		time = Math.max(time, when);
		if (!event || event.type === 'readings') yield { time, second: { time, offset, bytes }, text };
		else yield { time, event: { ...event, time } };
	}
}

/** All values of one second. */
export function readSecond({ folder }: Story, { offset, bytes }: Second): Value[] {
	return valuesIn(readPart(join(folder, file), offset, bytes).toString());
}

export function valuesIn(text: string): Value[] {
	const values = parsedEvent(text)?.readings;
	if (!Array.isArray(values)) return [];
	return values.filter(isValue).map((value) => ({ ...value, ...namesOf(value) }));
}

/** A whole reading out of a file that anybody may have written; undefined for what is none. */
export function readingOf(data: unknown): Reading | undefined {
	if (!isValue(data)) return undefined;
	const { resource, kind, unit, why, suspects } = data as Value & Record<string, unknown>;
	const known = resources.find((name) => name === resource);
	if (!known || !kinds.includes(kind as Kind)) return undefined;
	const texts = Array.isArray(suspects) ? suspects.filter((each) => typeof each === 'string') : [];
	return {
		...namesOf(data),
		resource: known,
		kind: kind as Kind,
		value: data.value,
		unit: printable(String(unit ?? '')),
		verdict: data.verdict,
		why: printable(String(why ?? '')),
		suspects: texts.map(printable),
	};
}

export function keyOf({ check, device }: Pick<Reading, 'check' | 'device'>): string {
	return `${check} ${device ?? ''}`;
}

function namesOf({ check, device }: Value): Pick<Value, 'check' | 'device'> {
	return { check: printable(check), device: device === null ? null : printable(device) };
}

function isValue(data: unknown): data is Value {
	if (typeof data !== 'object' || data === null) return false;
	const { check, device, value, verdict } = data as Record<string, unknown>;
	return (
		typeof check === 'string' &&
		(device === null || typeof device === 'string') &&
		(value === null || typeof value === 'number') &&
		verdicts.includes(verdict as Verdict)
	);
}

function parsedEvent(text: string): SessionEvent | undefined {
	try {
		const event = JSON.parse(text);
		return typeof event?.at === 'string' && typeof event.type === 'string' ? event : undefined;
	} catch {
		return undefined;
	}
}

interface Line {
	offset: number;
	bytes: number;
	text: string;
	/** It has no end, or is longer than any that is written. */
	torn: boolean;
}

const chunkBytes = 256 * 1024;
const longestLine = 16 * 1024 * 1024;
const newline = 10;

/** The lines of a file of any size, a chunk in memory at a time. */
function* linesOf(path: string): Generator<Line> {
	if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return;
	const descriptor = openSync(path, 'r');
	try {
		let held: Buffer[] = [];
		let heldBytes = 0;
		let offset = 0;
		let position = 0;
		const line = (torn: boolean): Line => {
			const isLong = heldBytes > longestLine;
			const text = isLong ? 'too long' : Buffer.concat(held).toString();
			return { offset, bytes: heldBytes, text, torn: torn || isLong };
		};
		const hold = (part: Buffer) => {
			if (heldBytes <= longestLine) held.push(part);
			heldBytes += part.length;
		};
		while (true) {
			const chunk = Buffer.allocUnsafe(chunkBytes);
			const read = readSync(descriptor, chunk, 0, chunkBytes, position);
			if (read === 0) break;
			position += read;
			let from = 0;
			for (let to = chunk.indexOf(newline); to >= 0 && to < read; to = chunk.indexOf(newline, from)) {
				hold(chunk.subarray(from, to));
				yield line(false);
				offset += heldBytes + 1;
				held = [];
				heldBytes = 0;
				from = to + 1;
			}
			if (from < read) hold(chunk.subarray(from, read));
		}
		if (heldBytes > 0) yield line(true);
	} finally {
		closeSync(descriptor);
	}
}

function readPart(path: string, offset: number, bytes: number): Buffer {
	const descriptor = openSync(path, 'r');
	try {
		const part = Buffer.alloc(bytes);
		return part.subarray(0, readSync(descriptor, part, 0, bytes, offset));
	} finally {
		closeSync(descriptor);
	}
}
