import { join } from 'node:path';
import { installedCatalog } from '../catalog/installed-catalog.ts';
import type { Catalog } from '../catalog/load-catalog.ts';
import { type Kind, kinds, type ResourceName, resources } from '../checks/check.ts';
import { listFolder } from '../host/folder.ts';
import { printable } from '../host/printable.ts';
import { type AboutRun, aboutRun } from '../session/about-run.ts';
import type { SessionFile } from '../session/format.ts';
import { readRuns, readSessionFile, type SessionEvent } from '../session/read-session.ts';
import { happenings, readingOf, startOf, valuesIn } from '../session/story.ts';
import { Teller, type Told } from '../session/tell.ts';
import { beginningOf } from './beginning-of.ts';
import { boundedName, boundedSentence } from './bounded.ts';
import { Ends } from './ends.ts';
import { type ReadingDigest, ReadingsDigest } from './readings-digest.ts';
import { digestRun, type RowWatcher, type RunDigest } from './run-digest.ts';

/** How somebody left a cell of the checklist. */
export interface Mark {
	time: number;
	target: string;
	resource: ResourceName;
	kind: Kind;
	/** "looked at", "suspicious", "skipped"; undefined for a cell that has a note only. */
	as: string | undefined;
	note: string;
}

/** What a playbook made of one of its steps. */
export interface Step {
	playbook: string;
	number: number;
	name: string;
	/** How much it matters, in the playbook's words. */
	mark: string;
	text: string;
	/** The run that it is about, by its name. */
	run: string | undefined;
}

/** A screen as somebody kept it. */
export interface Screen {
	name: string;
	text: string;
}

/** Everything that a report or a comparison shows of a session, in memory that does not grow with it. */
export interface SessionDigest {
	folder: string;
	session: SessionFile;
	/** Milliseconds since 1970. */
	start: number;
	end: number;
	/** What was looked at, each from its time on. */
	targets: { time: number; target: string }[];
	readings: ReadingDigest[];
	/** Readings of devices that had no room. */
	readingsLeftOut: number;
	/** What happened, in the order of time. */
	story: Ends<Told>;
	/** Marks and notes of them, as they were made. */
	notes: Ends<Told>;
	/** As cells were left. */
	marks: Mark[];
	/** In the order of their numbers. */
	steps: Step[];
	screens: Screen[];
	screensLeftOut: number;
	runs: RunDigest[];
	/** Runs that had no room; the story tells of them. */
	runsLeftOut: number;
	/** What was found damaged and left out. */
	warnings: Ends<string>;
}

const toldKept = 250;
const notesKept = 100;
const warningsKept = 10;
const mostRuns = 200;
const mostMarks = 500;
const mostTargets = 100;
const mostSteps = 200;
const mostScreens = 10;
const mostScreenBytes = 32 * 1024;
/** Of all runs with stacks together, and of one. */
const mostFrames = 200_000;
const mostFramesEach = 50_000;
/** That a date can be made of. */
const lastDate = 8.64e15;

export async function digestOf(
	folder: string,
	catalog?: Catalog,
	watcherOf: (run: AboutRun) => RowWatcher | undefined = () => undefined,
): Promise<SessionDigest> {
	const session = readSessionFile(folder);
	const known = catalog ?? (await installedCatalog());
	const problems: string[] = [];
	const recorded = readRuns(folder, problems);
	const warnings = new Ends<string>(warningsKept);
	for (const problem of problems) warnings.add(boundedSentence(printable(problem)));
	const start = startOf(session);
	const events = digestEvents(folder, session, recorded, (warning) => warnings.add(warning));
	const abouts = recorded.slice(0, mostRuns).map((run) => aboutRun(run, known));
	const withStacks = abouts.filter(({ tool }) => tool.output.class === 'stacks').length;
	const frames = Math.min(mostFramesEach, Math.floor(mostFrames / Math.max(1, withStacks)));
	const ended = Date.parse(session.ended ?? '') || 0;
	const ends = abouts.map(({ startedAt, milliseconds }) => startedAt + milliseconds);
	return {
		folder,
		session,
		start,
		...events,
		...screensOf(folder),
		end: Math.min(lastDate, Math.max(events.end, ended, ...ends)),
		runs: abouts.map((about) => digestRun(about, frames, watcherOf(about))),
		runsLeftOut: recorded.length - abouts.length,
		warnings,
	};
}

type OfEvents = Pick<
	SessionDigest,
	'end' | 'targets' | 'readings' | 'readingsLeftOut' | 'story' | 'notes' | 'marks' | 'steps'
>;

function digestEvents(
	folder: string,
	session: SessionFile,
	runs: ReturnType<typeof readRuns>,
	warn: (text: string) => void,
): OfEvents {
	const start = startOf(session);
	const targets = [{ time: start, target: printable(String(session.target)) }];
	const readings = new ReadingsDigest();
	const story = new Ends<Told>(toldKept);
	const notes = new Ends<Told>(notesKept);
	const marks = new Map<string, Mark>();
	const steps: Step[] = [];
	const teller = new Teller(runs);
	let target = targets[0]?.target ?? '';
	let end = start;
	for (const happening of happenings(folder, start, warn)) {
		end = happening.time;
		if ('second' in happening) {
			readings.sampled(target, end, valuesIn(happening.text));
			continue;
		}
		const { event } = happening;
		if (event.type === 'target') {
			target = boundedName(printable(String(event.target)));
			if (targets.length < mostTargets) targets.push({ time: end, target });
		}
		const reading = event.type === 'verdict' ? readingOf(event.reading) : undefined;
		if (reading) readings.turned(target, end, reading);
		const mark = event.type === 'mark' ? markOf(event, end) : undefined;
		if (mark) {
			const cell = `${mark.target} ${mark.resource} ${mark.kind}`;
			if (marks.has(cell) || marks.size < mostMarks) marks.set(cell, mark);
		}
		if (event.type === 'playbook-step' && steps.length < mostSteps) steps.push(stepOf(event));
		const told = teller.tell(event);
		if (!told) continue;
		const short = { ...told, text: boundedSentence(told.text) };
		story.add(short);
		if (event.type === 'mark' || event.type === 'note') notes.add(short);
	}
	const { leftOut } = readings;
	return {
		end,
		targets,
		readings: readings.all(),
		readingsLeftOut: leftOut,
		story,
		notes,
		marks: [...marks.values()],
		steps: steps.sort((a, b) => a.number - b.number),
	};
}

function stepOf({ playbook, number, name, mark, text, run }: SessionEvent): Step {
	const word = (data: unknown) => boundedName(printable(String(data ?? '')));
	return {
		playbook: word(playbook),
		number: Number(number) || 0,
		name: word(name),
		mark: word(mark),
		text: boundedSentence(printable(String(text ?? ''))),
		run: typeof run === 'string' ? word(run.replace(/^runs\//, '')) : undefined,
	};
}

function screensOf(folder: string): Pick<SessionDigest, 'screens' | 'screensLeftOut'> {
	const names = listFolder(join(folder, 'screens')).sort();
	const screens = names.slice(0, mostScreens).flatMap((name) => {
		const text = beginningOf(join(folder, 'screens', name), mostScreenBytes);
		return text === undefined ? [] : [{ name: boundedName(printable(name)), text }];
	});
	return { screens, screensLeftOut: Math.max(0, names.length - mostScreens) };
}

function markOf({ resource, kind, as, note, target }: SessionEvent, time: number): Mark | undefined {
	const knownResource = resources.find((known) => known === resource);
	const knownKind = kinds.find((known) => known === kind);
	if (!knownResource || !knownKind) return undefined;
	return {
		time,
		target: boundedName(printable(String(target ?? ''))),
		resource: knownResource,
		kind: knownKind,
		as: typeof as === 'string' ? boundedName(printable(as)) : undefined,
		note: typeof note === 'string' ? boundedSentence(printable(note)) : '',
	};
}
