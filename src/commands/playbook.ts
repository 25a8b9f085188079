import { UsageError } from '../catalog/argv.ts';
import { installedCatalog } from '../catalog/installed-catalog.ts';
import type { Playbook } from '../catalog/playbook.ts';
import { functionsAskedFor } from '../catalog/resolve.ts';
import type { Tool } from '../catalog/tool.ts';
import { identify } from '../host/identity.ts';
import { kernelFeatures } from '../host/kernel-features.ts';
import { printable } from '../host/printable.ts';
import { conduct, type StepResult } from '../playbook/conduct.ts';
import { installedPlaybooks } from '../playbook/installed-playbooks.ts';
import { LiveSession } from '../session/live-session.ts';
import type { Recorder } from '../session/recorder.ts';
import { formatSeconds } from '../table/format-cell.ts';
import { type Command, exitCodes, nearest, readArguments, readSeconds } from './arguments.ts';
import { readOwnThresholds } from './own-thresholds.ts';
import { progressOn } from './progress.ts';
import { handOverText, recordedText, recordInto, recordingFolder, recordingOptions, reportOn } from './record.ts';
import { readTarget, targetUsage } from './target.ts';
import { thisHost } from './this-host.ts';
import { Watching } from './watching.ts';

export const playbookCommand: Command = {
	summary: 'run a list of checks and tools, and say what each result means',
	usage: `bpftools playbook [NAME] [--record] [--session-dir DIR] [--duration S] [--json] ${targetUsage}`,
	help: `Without NAME it lists the playbooks. A playbook's steps run in their order, those together
that don't disturb each other, each with its own time limit, or that of --duration. How
they get on goes to stderr; what each result means, in one sentence, to stdout. A tool that
can't run on this kernel is told with the reason. Ctrl-C ends all tools and tells what was had.

--record writes a session of it all (--session-dir says where), with a report, and tells how to
hand it over.
Exit code: 0 nothing stands out, 1 something does or could not be seen, 3 ended early, or
nothing could run at all.

Your own playbooks are read from $XDG_CONFIG_HOME/bpftools/playbooks (~/.config unless set).`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			...recordingOptions,
			duration: { type: 'string' },
			json: { type: 'boolean' },
			target: { type: 'string' },
		});
		const [name, ...rest] = positionals;
		if (rest.length > 0) throw new UsageError('It takes one playbook.');
		const { tools } = await installedCatalog();
		const { playbooks, bad } = await installedPlaybooks(tools);
		for (const { file, line, reason } of bad) process.stderr.write(`${printable(`${file}:${line}: ${reason}`)}\n`);
		if (name === undefined) {
			process.stdout.write(values.json ? `${JSON.stringify(playbooks.map(listed), null, 2)}\n` : listText(playbooks));
			return exitCodes.ok;
		}
		const playbook = named(playbooks, name);
		const seconds = values.duration === undefined ? undefined : readSeconds(values.duration, '--duration', 1);
		await readOwnThresholds();
		const host = thisHost();
		const target = await readTarget(host, values.target);
		const folder = recordingFolder(values);
		const recorder = folder === undefined ? undefined : await recordInto(folder, host, target);
		const kernel = kernelFeatures(host);
		kernel.functions(functionsAskedFor(tools));
		const session = new LiveSession(host, kernel, target, recorder);
		const { about, results } = await play(playbook, tools, session, seconds);
		const write = (text: string) => (values.json ? process.stderr : process.stdout).write(text);
		// Who sends SIGTERM has no time to wait for a report; "session report" writes it later.
		const report = recorder && about.ended !== 'SIGTERM' ? await reportOn(recorder) : undefined;
		const answer = { ...about, report: report ?? null };
		process.stdout.write(values.json ? jsonOf(answer, results) : textOf(about, results));
		if (recorder) write(`\n${recordedText(recorder)}${handOverText(recorder, report)}`);
		return exitCodeOf(results, about.ended);
	},
};

interface About {
	playbook: string;
	host: string;
	seconds: number;
	/** Why it ended early. */
	ended: string | null;
	session: string | null;
}

/** From the first step to the end of the session, whatever ends it. */
async function play(playbook: Playbook, tools: Tool[], session: LiveSession, seconds: number | undefined) {
	const { host, recorder } = session;
	const { target } = session.scope;
	const { hostname = 'unknown host', kernel = 'unknown', cpus = 1 } = identify(host);
	const stopped = stoppedFromOutside(session);
	const watched = recorder !== undefined || playbook.steps.some(({ checks }) => checks);
	const watching = watched ? new Watching(host, target, recorder) : undefined;
	const progress = progressOn(process.stderr, playbook.steps.length);
	const began = performance.now();
	recorder?.event('playbook-started', { playbook: playbook.name, steps: playbook.steps.length });
	const results = await conduct(playbook, {
		session,
		tools,
		cpus,
		onReadings: (listener) => watching?.onReadings(listener) ?? (() => {}),
		seconds,
		stopped,
		progress: {
			...progress,
			ended(result) {
				recorder?.event('playbook-step', recorded(playbook, result, recorder));
				progress.ended(result);
			},
		},
	});
	progress.close();
	watching?.close();
	const ended = stopped.aborted ? String(stopped.reason) : null;
	recorder?.event('console-ended', { why: ended ?? `playbook ${playbook.name} is done` });
	await session.close(ended === 'SIGTERM');
	const about: About = {
		playbook: playbook.name,
		host: printable(`${hostname}, Linux ${kernel}, ${target.name}`),
		seconds: (performance.now() - began) / 1000,
		ended,
		session: recorder?.folder ?? null,
	};
	return { about, results };
}

/** All tools end at once, and what they have seen is told. Whoever asks again, or sends SIGTERM, has no time to wait. */
function stoppedFromOutside(session: LiveSession): AbortSignal {
	const ending = new AbortController();
	const end = (why: string, hurried = ending.signal.aborted) => {
		ending.abort(why);
		void session.stopAll('user', hurried);
	};
	for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal));
	process.on('SIGTERM', () => end('SIGTERM', true));
	process.stdout.on('error', () => end('whoever read its answer'));
	process.stderr.on('error', () => {});
	return ending.signal;
}

function named(playbooks: Playbook[], name: string): Playbook {
	const playbook = playbooks.find((known) => known.name === name);
	if (playbook) return playbook;
	const names = playbooks.map((known) => known.name);
	const near = nearest(name, names);
	throw new UsageError(
		`There is no playbook "${printable(name)}"; ${near ? `did you mean ${near}?` : `there are ${names.join(', ')}.`}`,
	);
}

const listed = ({ name, title, about, steps }: Playbook) => ({ name, title, about, steps: steps.length });

function listText(playbooks: Playbook[]): string {
	const width = Math.max(...playbooks.map(({ name }) => name.length));
	return playbooks
		.map(({ name, title, steps }) => printable(`${name.padEnd(width)}  ${title} (${steps.length} steps)`))
		.map((line) => `${line}\n`)
		.join('');
}

/** Kept beside the readings, so that a session tells what was made of each result. */
function recorded(
	playbook: Playbook,
	{ number, name, fate, mark, text, run, seconds }: StepResult,
	recorder: Recorder,
) {
	const kept = run ? { run: recorder.nameOf(run) } : {};
	return { playbook: playbook.name, number, name, ...kept, fate, mark, text, seconds };
}

function jsonOf(about: About & { report: string | null }, results: StepResult[]): string {
	const steps = results.map(({ number, name, fate, mark, text, seconds, run, readings }) => ({
		number,
		name,
		fate,
		mark,
		text,
		seconds,
		provider: run?.request.provider.via ?? null,
		argv: run?.argv ?? null,
		rows: run?.table.total ?? null,
		evidence: run?.judgement ?? null,
		readings,
	}));
	return `${JSON.stringify({ ...about, steps }, null, 2)}\n`;
}

function textOf({ playbook, host, seconds, ended }: About, results: StepResult[]): string {
	const ran = results.filter(({ fate }) => fate === 'done').length;
	const early = ended === null ? '' : ` It was ended early by ${ended}.`;
	const width = Math.max(...results.map(({ name }) => name.length));
	const lines = results.flatMap(({ mark, name, text, readings }) => [
		`${mark.padEnd(7)}  ${name.padEnd(width)}  ${text}`,
		...readings.map(({ verdict, resource, kind, why, suspects }) =>
			printable(
				`${' '.repeat(11 + width)}${verdict} ${resource} ${kind}: ${why} ${suspects.slice(0, 2).join('; ')}`.trimEnd(),
			),
		),
	]);
	return `${playbook} on ${host}: ${ran} of ${results.length} steps ran to their end, in ${formatSeconds(seconds)}.${early}\n\n${lines.join('\n')}\n`;
}

function exitCodeOf(results: StepResult[], ended: string | null): number {
	if (ended !== null || results.every(({ fate }) => fate === 'impossible')) return exitCodes.bad;
	return results.every(({ mark, fate }) => mark === 'ok' || fate === 'impossible') ? exitCodes.ok : exitCodes.warn;
}
