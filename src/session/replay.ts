import type { Catalog } from '../catalog/load-catalog.ts';
import type { Reading } from '../checks/check.ts';
import type { Target } from '../host/target.ts';
import { ReplayedRun, targetNamed } from './replayed-run.ts';
import { keyOf, readingOf, readSecond, readStory, type Story, type Value } from './story.ts';

/** A whole reading, and when its verdict turned to what it says. */
interface Turn {
	time: number;
	reading: Reading;
}

export const speeds = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64] as const;
/** What turns within one sample is one thing to look at. */
const sampleMilliseconds = 500;
const mostHistory = 300;
/** That a date can be made of. */
const lastDate = 8.64e15;

/** A session as it stood at one moment, and a clock that moves this moment on. */
export class Replay {
	readonly story: Story;
	readonly runs: ReplayedRun[];
	readonly end: number;
	/** Milliseconds since 1970. */
	time: number;
	isPlaying = true;
	speed: (typeof speeds)[number] = 1;
	private readonly turns = new Map<string, Turn[]>();
	private readonly allTurns: Turn[] = [];
	private readonly targets: { time: number; target: Target }[];
	private past: { key: string; values: (number | null)[] } = { key: '', values: [] };
	private read: { second: number; values: Map<string, Value> } = { second: -1, values: new Map() };

	constructor(folder: string, catalog: Catalog) {
		this.story = readStory(folder);
		this.runs = this.story.runs.map((run) => new ReplayedRun(run, catalog));
		const ends = this.runs.map((run) => run.startedAt + run.milliseconds);
		this.end = Math.min(lastDate, Math.max(this.story.end, ...ends));
		this.time = this.story.start;
		this.targets = [{ time: this.time, target: targetNamed(String(this.story.session.target)) }];
		for (const { time, type, reading: data, target } of this.story.events) {
			if (type === 'target') this.targets.push({ time, target: targetNamed(String(target)) });
			const reading = type === 'verdict' ? readingOf(data) : undefined;
			if (!reading) continue;
			const turn = { time, reading };
			const key = keyOf(reading);
			const turns = this.turns.get(key);
			if (turns) turns.push(turn);
			else this.turns.set(key, [turn]);
			this.allTurns.push(turn);
		}
	}

	/** Lets so many milliseconds pass, as they pass for who looks at it. */
	pass(milliseconds: number): void {
		if (!this.isPlaying) return;
		this.seek(this.time + milliseconds * this.speed);
		if (this.time === this.end) this.isPlaying = false;
	}

	seek(time: number): void {
		this.time = Math.max(this.story.start, Math.min(this.end, time));
	}

	changeSpeed(by: 1 | -1): void {
		const at = speeds.indexOf(this.speed) + by;
		this.speed = speeds[Math.max(0, Math.min(speeds.length - 1, at))] ?? 1;
	}

	/** Stops at the next verdict that turned to bad, and says which. */
	seekNextBad(): Reading | undefined {
		const after = this.time + sampleMilliseconds;
		const turn = this.allTurns.find(({ time, reading }) => time > after && reading.verdict === 'bad');
		if (!turn) return undefined;
		this.isPlaying = false;
		this.seek(turn.time);
		return turn.reading;
	}

	/** Brings the tables to the moment that it is, until it is said to be enough; whether they are there. */
	catchUp(isEnough: () => boolean): boolean {
		return this.runs.map((run) => run.moveTo(this.time, isEnough)).every(Boolean);
	}

	/** The same for as long as readings are the same. */
	get moment(): string {
		return `${indexUntil(this.story.seconds, this.time)} ${indexUntil(this.allTurns, this.time)}`;
	}

	get target(): Target {
		return (lastUntil(this.targets, this.time) ?? (this.targets[0] as { target: Target })).target;
	}

	/** The checklist as it was: the values of the newest second, each with the sentence of its last turn. */
	get readings(): Reading[] {
		const second = indexUntil(this.story.seconds, this.time);
		const values = this.valuesOf(second);
		const secondTime = this.story.seconds[second]?.time ?? 0;
		const readings: Reading[] = [];
		for (const [key, turns] of this.turns) {
			const turn = lastUntil(turns, this.time);
			if (!turn) continue;
			const value = values.get(key);
			if (turn.time > secondTime) readings.push(turn.reading);
			// What the newest sample has no value of was not looked at any more.
			else if (value) readings.push(later(turn, value, secondTime));
		}
		return readings;
	}

	/** The values of one reading up to now, oldest first. */
	history(of: Pick<Reading, 'check' | 'device'>): (number | null)[] {
		const until = indexUntil(this.story.seconds, this.time) + 1;
		const key = keyOf(of);
		// A chart is drawn far more often than a second passes.
		if (this.past.key !== `${until} ${key}`) {
			const values = this.story.seconds
				.slice(Math.max(0, until - mostHistory), until)
				.map((second) => readSecond(this.story, second).find((value) => keyOf(value) === key)?.value ?? null);
			this.past = { key: `${until} ${key}`, values };
		}
		return this.past.values;
	}

	private valuesOf(second: number): Map<string, Value> {
		const place = this.story.seconds[second];
		if (this.read.second !== second) {
			const values = place ? readSecond(this.story, place) : [];
			this.read = { second, values: new Map(values.map((value) => [keyOf(value), value])) };
		}
		return this.read.values;
	}
}

/** Its sentence is that of when it turned, and says so when its number has changed since. */
function later({ time, reading }: Turn, { value, verdict }: Value, now: number): Reading {
	if (now - time < sampleMilliseconds || value === reading.value) return { ...reading, value, verdict };
	return { ...reading, value, verdict, why: `${reading.why} (at ${clockText(time)})` };
}

/** Of a moment, the time of day by UTC, as it is written in the session's files. */
export function clockText(time: number): string {
	return `${new Date(time).toISOString().slice(11, 19)}Z`;
}

/** Where the last one lies that is not after this time; -1 for none. */
function indexUntil(sorted: readonly { time: number }[], time: number): number {
	let [low, high] = [0, sorted.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sorted[middle] as { time: number }).time <= time) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

function lastUntil<T extends { time: number }>(sorted: readonly T[], time: number): T | undefined {
	return sorted[indexUntil(sorted, time)];
}
