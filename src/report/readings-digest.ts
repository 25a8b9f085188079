import { type Reading, resources, type Verdict, verdicts } from '../checks/check.ts';
import { keyOf, type Value } from '../session/story.ts';
import { boundedName, boundedReading } from './bounded.ts';
import { Ends } from './ends.ts';
import { Series } from './series.ts';

/** A whole reading, and when its verdict turned to what it says. */
export interface Turn {
	time: number;
	reading: Reading;
}

/** What became of one check on one device of one target. */
export interface ReadingDigest extends Pick<Reading, 'check' | 'device' | 'resource' | 'kind' | 'unit'> {
	target: string;
	series: Series;
	/** Its newest verdict with its sentence; undefined where none was recorded for this target. */
	last: Turn | undefined;
	/** The first turn to the worst verdict, or the first of them that names suspects. */
	worst: Turn | undefined;
	turns: Ends<Turn>;
}

const mostReadings = 2000;
const turnsKept = 10;

/** All readings of a session. Where there are too many devices, those that were never wrong have to go first. */
export class ReadingsDigest {
	/** Readings of devices that had no room. */
	leftOut = 0;
	private readonly readings = new Map<string, ReadingDigest>();
	private readonly neverWrong = new Set<string>();
	private readonly about = new Map<string, Pick<Reading, 'resource' | 'kind' | 'unit'>>();
	private readonly missed = new Set<string>();

	turned(target: string, time: number, whole: Reading): void {
		const reading = boundedReading(whole);
		this.about.set(reading.check, reading);
		const found = this.find(target, reading, reading.verdict);
		if (!found) return;
		const turn = { time, reading };
		found.last = turn;
		found.turns.add(turn);
		if (!found.worst || isBetterExample(turn, found.worst)) found.worst = turn;
	}

	sampled(target: string, time: number, values: readonly Value[]): void {
		for (const { check, device, value, verdict } of values) {
			const of = { check: boundedName(check), device: device === null ? null : boundedName(device) };
			this.find(target, of, verdict)?.series.add(time, value, verdict);
		}
	}

	/** By resource, kind and check, in the order of the checklist. */
	all(): ReadingDigest[] {
		return [...this.readings.values()].sort((a, b) => resources.indexOf(a.resource) - resources.indexOf(b.resource));
	}

	private find(target: string, of: Pick<Reading, 'check' | 'device'>, verdict: Verdict): ReadingDigest | undefined {
		const key = `${target} ${keyOf(of)}`;
		const known = this.readings.get(key);
		const isWrong = verdict === 'warn' || verdict === 'bad';
		if (known) {
			if (isWrong) this.neverWrong.delete(key);
			return known;
		}
		const about = this.about.get(of.check);
		if (!about) return undefined;
		if (this.readings.size >= mostReadings && !(isWrong && this.makeRoom())) {
			this.miss(key);
			return undefined;
		}
		const { check, device } = of;
		const { resource, kind, unit } = about;
		const made: ReadingDigest = {
			target,
			check,
			device,
			resource,
			kind,
			unit,
			series: new Series(),
			last: undefined,
			worst: undefined,
			turns: new Ends(turnsKept),
		};
		this.readings.set(key, made);
		if (!isWrong) this.neverWrong.add(key);
		return made;
	}

	private makeRoom(): boolean {
		const [key] = this.neverWrong;
		if (key === undefined) return false;
		this.neverWrong.delete(key);
		this.readings.delete(key);
		this.miss(key);
		return true;
	}

	/** The same device is missed each second; after so many different ones their exact number says nothing more. */
	private miss(key: string): void {
		if (this.missed.size < 10 * mostReadings) this.missed.add(key);
		this.leftOut = this.missed.size;
	}
}

function isBetterExample({ reading }: Turn, than: Turn): boolean {
	const [a, b] = [reading, than.reading].map(({ verdict }) => verdicts.indexOf(verdict)) as [number, number];
	return a > b || (a === b && than.reading.suspects.length === 0 && reading.suspects.length > 0);
}
