import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import type { Reading, Verdict } from '../../src/checks/check.ts';
import { worse } from '../../src/checks/measuring.ts';
import { eventually } from '../support/eventually.ts';
import { titled } from '../support/needs.ts';
import { asTest, whenFinished } from '../support/when-finished.ts';
import type { Fault } from './fault.ts';
import { removeLeftovers } from './made/leftovers.ts';
import { isRecording, type Result, record } from './results.ts';
import type { Watcher, Watching } from './watcher.ts';

/** As long as a fault may take to be shown. */
const secondsToTurn = 10;
/** Others may be at work on this machine when a test begins. */
const secondsToBeQuiet = 60;

/**
 * One test for each fault; those that can't be caused here say why. Those that don't come in each
 * other's way are caused beside each other, but while seconds are taken.
 */
export function proveFaults(title: string, faults: readonly Fault[]): void {
	describe(title, () => {
		beforeAll(removeLeftovers);
		for (const fault of faults) {
			const reason = fault.whyNot?.();
			const concurrent = !fault.alone && !isRecording;
			test.skipIf(reason)(titled(fault.name, reason), { timeout: 240_000, concurrent }, async (context) => {
				const result = await asTest(context, () => prove(fault, context));
				if (isRecording) record(result);
			});
		}
	});
}

/** Idle says ok, the fault turns the check and its culprit is named, and without it the check says ok again. */
async function prove(fault: Fault, context: TestContext): Promise<Result> {
	const { watcher, device, cause } = await fault.stage();
	const console = await Observer.start(watcher, fault.check, device);
	const isOk = (reading: Reading) => reading.verdict === 'ok';
	const before = await console.until('idle says ok', isOk, secondsToBeQuiet).catch((error: unknown) => {
		if (!fault.others || isRecording) throw error;
		return console.last;
	});

	const { patience = secondsToTurn } = fault;
	const begin = performance.now();
	const { culprit, undo } = await cause();
	const isSeen = (reading: Reading) => isAtLeast(reading.verdict, fault.verdict) && named(reading, culprit);
	const what = `the culprit ${culprit} is named in a verdict`;
	const turned = await console.until(what, isSeen, patience, begin).catch((error: unknown) => {
		const reason = fault.hidden?.(console.recent);
		if (reason === undefined) throw error;
		return context.skip(reason);
	});
	const seconds = (turned.at - begin) / 1000;
	expect(seconds, `${fault.check} turned`).toBeLessThan(patience + 1);

	await undo();
	const isLatched = turned.reading.kind === 'errors';
	const end = performance.now();
	const mayStay = fault.others === 'compete' && !isRecording;
	const isOver = (reading: Reading) => isOk(reading) || (mayStay && !named(reading, culprit));
	const healed = isLatched
		? await untilNewOne(isOver, () => Observer.start(watcher, fault.check, device))
		: await console.until('it is ok again', isOver, secondsToBeQuiet, end);
	return {
		fault: fault.name,
		where: fault.where,
		check: fault.check,
		...(fault.tool ? { tool: fault.tool } : {}),
		device,
		before: before?.reading.verdict ?? 'unknown',
		verdict: turned.reading.verdict,
		secondsToTurn: rounded(seconds),
		why: turned.reading.why,
		culprits: turned.reading.suspects.filter((suspect) => culprit.test(suspect)),
		again: isLatched ? 'in a new console' : rounded((healed.at - end) / 1000),
	};
}

/** A console that starts now; what the one before has kept of slowly changing things may be some seconds old. */
async function untilNewOne(is: (reading: Reading) => boolean, start: () => Promise<Observer>): Promise<Seen> {
	return eventually('a new console says ok', async () => {
		const console = await start();
		const first = await console.until('there is a reading', () => true, secondsToBeQuiet);
		await console.end();
		return is(first.reading) && first;
	});
}

function isAtLeast(verdict: Verdict, least: Verdict): boolean {
	return verdict !== 'unknown' && worse(verdict, least) === verdict;
}

function named({ why, suspects }: Reading, culprit: RegExp): boolean {
	return [why, ...suspects].some((text) => culprit.test(text));
}

function rounded(seconds: number): number {
	return Math.round(seconds * 10) / 10;
}

interface Seen {
	at: number;
	reading: Reading;
}

/** Follows one reading through a console, whatever the test is at meanwhile. */
class Observer {
	static async start(watcher: Watcher, check: string, device: string | null): Promise<Observer> {
		const observer = new Observer(await watcher.start(), check, device);
		whenFinished(() => observer.end());
		return observer;
	}

	/** What the console showed in the seconds that a fault may take. */
	recent: (readonly Reading[])[] = [];
	private readonly seen: Seen[] = [];
	private failure: unknown;
	private hasEnded = false;
	private readonly following: Promise<void>;
	private readonly watching: Watching;

	private constructor(watching: Watching, check: string, device: string | null) {
		this.watching = watching;
		this.following = this.follow(check, device).catch((error: unknown) => {
			this.failure = error;
		});
	}

	get last(): Seen | undefined {
		return this.seen.at(-1);
	}

	/** The first reading of this kind after a moment. */
	async until(what: string, is: (reading: Reading) => boolean, seconds: number, since = 0): Promise<Seen> {
		const look = () => {
			if (this.failure) throw this.failure;
			return this.seen.find(({ at, reading }) => at >= since && is(reading));
		};
		return eventually(what, look, seconds, () => JSON.stringify(this.last?.reading ?? 'no such reading'));
	}

	private async follow(check: string, device: string | null): Promise<void> {
		while (!this.hasEnded) {
			const readings = await this.watching.next();
			this.recent = [...this.recent, readings].slice(-secondsToTurn);
			const of = (name: string | null) => readings.find((each) => each.check === check && each.device === name);
			// Some checks tell only of devices with trouble, and of all others at once.
			const reading = of(device) ?? of(null);
			if (reading) this.seen.push({ at: performance.now(), reading });
		}
	}

	async end(): Promise<void> {
		this.hasEnded = true;
		await this.watching.end();
		await this.following;
	}
}
