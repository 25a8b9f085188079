import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../catalog/argv.ts';
import type { Reading, ResourceName, Verdict } from '../checks/check.ts';
import { checklists, judge, takeSample, worst } from '../checks/checklist.ts';
import { answersOf } from '../checks/kept.ts';
import { isWanted, Suspects } from '../checks/suspects.ts';
import type { Host } from '../host/host.ts';
import type { Target } from '../host/target.ts';
import { WorstReadings } from '../playbook/verdicts.ts';
import type { Recorder } from '../session/recorder.ts';
import { formatSeconds } from '../table/format-cell.ts';
import { type Command, exitCodes, nearest, readArguments, readSeconds } from './arguments.ts';
import { explain, explanationText } from './explain.ts';
import { readOwnThresholds, thresholdsFile } from './own-thresholds.ts';
import { handOverText, recordedText, recordInto, recordingFolder, recordingOptions, reportOn } from './record.ts';
import { readTarget, targetUsage } from './target.ts';
import { thisHost } from './this-host.ts';
import { Watching } from './watching.ts';

/** Unless somebody says otherwise. */
const recordedSeconds = 30;

/** Until the first reading is there. */
const leastSeconds = 1.5;

const checked = checklists.host.map(({ resource }) => resource);

export const checkCommand: Command = {
	summary: 'take two samples of the kernel’s counters, print readings and verdicts',
	usage: `bpftools check [RESOURCE…] [--json] [--explain] [--duration S] [--record] [--session-dir DIR] ${targetUsage}`,
	help: `Resources: ${checked.join(', ')}; all of them unless named. --duration is the time
between the two samples, 1 second unless given. --target asks about one container
or process instead of the host. Exit code: 0 when nothing warns, 1 when something
warns, 3 when something is bad. What can't be measured is
unknown, with the reason; it changes no exit code.

--record takes a sample a second for --duration (${recordedSeconds} seconds unless given) and writes a
session of them, with a report (--session-dir says where). It prints the worst that each check saw.

--explain measures nothing: it prints where each check reads and what its verdict
goes by. Your own numbers go into ${thresholdsFile()}:
  cpu.busy: { warn: 90, bad: 97 }`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			json: { type: 'boolean' },
			duration: { type: 'string' },
			target: { type: 'string' },
			explain: { type: 'boolean' },
			...recordingOptions,
		});
		const only = readResources(positionals);
		await readOwnThresholds();
		const folder = recordingFolder(values);
		const seconds = readSeconds(values.duration, '--duration', folder === undefined ? 1 : recordedSeconds);
		const host = thisHost();
		const target = await readTarget(host, values.target);
		if (values.explain) {
			const checks = explain(target.kind, only);
			process.stdout.write(values.json ? `${JSON.stringify({ checks }, null, 2)}\n` : explanationText(checks));
			return exitCodes.ok;
		}
		const recorder = folder === undefined ? undefined : await recordInto(folder, host, target);
		const { readings, ended } = recorder
			? await recordChecks(host, target, recorder, seconds, only)
			: { readings: await twoSamples(host, target, seconds, only), ended: undefined };
		process.stdout.write(values.json ? `${JSON.stringify({ readings }, null, 2)}\n` : textOf(readings));
		if (recorder) {
			const report = ended === 'SIGTERM' ? undefined : await reportOn(recorder);
			const about = `\n${recordedText(recorder)}${handOverText(recorder, report)}`;
			(values.json ? process.stderr : process.stdout).write(about);
		}
		return exitCodeOf[worst(readings)];
	},
};

async function twoSamples(
	host: Host,
	target: Target,
	seconds: number,
	only: readonly ResourceName[] | undefined,
): Promise<Reading[]> {
	const suspects = new Suspects(host, () => target);
	const before = takeSample(host, target, only);
	suspects.lookAtAll();
	await answersOf(host);
	await sleep(seconds * 500);
	suspects.lookAtAll();
	await sleep(seconds * 500);
	await answersOf(host);
	const now = takeSample(host, target, only);
	suspects.lookAtAll();
	return judge({ before, now, first: before }, only).map((reading) =>
		isWanted(reading) ? { ...reading, suspects: suspects.of(reading) } : reading,
	);
}

/** The worst of every second, until the time is over or somebody ends it. */
async function recordChecks(
	host: Host,
	target: Target,
	recorder: Recorder,
	seconds: number,
	only: readonly ResourceName[] | undefined,
): Promise<{ readings: Reading[]; ended: string | undefined }> {
	const worst = new WorstReadings();
	const watching = new Watching(host, target, recorder, only);
	watching.onReadings((readings) => worst.add(readings));
	process.stderr.write(`Recording for ${formatSeconds(seconds)}; Ctrl-C ends it before.\n`);
	const ended = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort(signal));
	await sleep(Math.max(seconds, leastSeconds) * 1000, undefined, { signal: ended.signal }).catch(() => {});
	watching.close();
	const why: string | undefined = ended.signal.reason;
	recorder.event('console-ended', { why: why ?? 'check is done' });
	recorder.close();
	return { readings: worst.of(), ended: why };
}

const exitCodeOf: Record<Verdict, number> = {
	ok: exitCodes.ok,
	unknown: exitCodes.ok,
	warn: exitCodes.warn,
	bad: exitCodes.bad,
};

function readResources(words: string[]): ResourceName[] | undefined {
	if (words.length === 0) return undefined;
	return words.map((word) => {
		const known = checked.find((resource) => resource === word);
		if (known) return known;
		const near = nearest(word, checked);
		throw new UsageError(
			`There is no resource "${word}"; ${near ? `did you mean ${near}?` : `they are ${checked.join(', ')}.`}`,
		);
	});
}

function textOf(readings: Reading[]): string {
	const lines = readings.flatMap((reading) => {
		const name = `${reading.resource} ${reading.kind}`.padEnd(25);
		const line = `${reading.verdict.padEnd(8)}${name} ${reading.why}`;
		return [line, ...reading.suspects.map((suspect) => `${' '.repeat(34)}${suspect}`)];
	});
	return `${lines.join('\n')}\n`;
}
