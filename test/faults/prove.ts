import { beforeAll, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import type { Reading, Verdict } from '../../src/checks/check.ts';
import { worse } from '../../src/checks/measuring.ts';
import { eventually } from '../support/eventually.ts';
import { titled } from '../support/needs.ts';
import type { Fault } from './fault.ts';
import { removeLeftovers } from './made/leftovers.ts';
import { isRecording, type Result, record } from './results.ts';
import type { Watcher, Watching } from './watcher.ts';

/** As long as a fault may take to be shown. */
const secondsToTurn = 10;
/** Others may be at work on this machine when a test begins. */
const secondsToBeQuiet = 60;

/** One test for each fault; those that can't be caused here say why. */
export function proveFaults(title: string, faults: readonly Fault[]): void {
	describe(title, () => {
		beforeAll(removeLeftovers);
		for (const fault of faults) {
			const reason = fault.whyNot?.();
			test.skipIf(reason)(titled(fault.name, reason), { timeout: 240_000 }, async (context) => {
				const result = await prove(fault, context);
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

	const begin = performance.now();
	const { culprit, undo } = await cause();
	const isSeen = (reading: Reading) => isAtLeast(reading.verdict, fault.verdict) && named(reading, culprit);
	const what = `the culprit ${culprit} is named in a verdict`;
	const turned = await console.until(what, isSeen, secondsToTurn, begin).catch((error: unknown) => {
		const reason = fault.hidden?.(console.readings);
		if (reason === undefined) throw error;
		return context.skip(reason);
	});
	const seconds = (turned.at - begin) / 1000;
	expect(seconds, `${fault.check} turned`).toBeLessThan(secondsToTurn + 1);

	await undo();
	const isLatched = turned.reading.kind === 'errors';
	const after = isLatched ? await Observer.start(watcher, fault.check, device) : console;
	const end = performance.now();
	const isOver = (reading: Reading) =>
		isOk(reading) || (before !== undefined && !isOk(before.reading) && !named(reading, culprit));
	const healed = await after.until('it is ok again', isOver, secondsToBeQuiet, end);
	return {
		fault: fault.name,
		where: fault.where,
		check: fault.check,
		device,
		before: before?.reading.verdict ?? 'unknown',
		verdict: turned.reading.verdict,
		secondsToTurn: rounded(seconds),
		why: turned.reading.why,
		culprits: turned.reading.suspects.filter((suspect) => culprit.test(suspect)),
		again: isLatched ? 'in a new console' : rounded((healed.at - end) / 1000),
	};
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
		onTestFinished(() => observer.end());
		return observer;
	}

	readings: readonly Reading[] = [];
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
			this.readings = await this.watching.next();
			const reading = this.readings.find((each) => each.check === check && each.device === device);
			if (reading) this.seen.push({ at: performance.now(), reading });
		}
	}

	private async end(): Promise<void> {
		this.hasEnded = true;
		await this.watching.end();
		await this.following;
	}
}
