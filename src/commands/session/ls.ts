import { join } from 'node:path';
import { UsageError } from '../../catalog/argv.ts';
import type { Column } from '../../catalog/tool.ts';
import { type Verdict, verdicts } from '../../checks/check.ts';
import { printable } from '../../host/printable.ts';
import { rowOf } from '../../output/reader.ts';
import { folderSize } from '../../session/folder-size.ts';
import { sessionNames } from '../../session/read-session.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { readingOf, readStory } from '../../session/story.ts';
import { type Command, exitCodes, noWords, readArguments } from '../arguments.ts';
import { alignedLines } from '../print-rows.ts';

export const lsCommand: Command = {
	summary: 'list sessions: when, where, how long, what was found',
	usage: 'bpftools session ls [--session-dir DIR] [--json]',
	help: `Lists the sessions in --session-dir (${sessionsFolder()} unless given), the
oldest first, each with the worst verdict that it saw. One that did not end in order is
still written, or its console was killed; what it saw is there all the same.`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			json: { type: 'boolean' },
		});
		noWords(positionals);
		const parent = values['session-dir'] ?? sessionsFolder();
		const entries = sessionNames(parent).map((name) => entryOf(parent, name));
		if (values.json) process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
		else if (entries.length === 0) process.stdout.write(`There is no session in ${parent}.\n`);
		else process.stdout.write(`${alignedLines(columns, entries.map(rowOfEntry)).join('\n')}\n`);
		return exitCodes.ok;
	},
};

interface Entry {
	name: string;
	started: string | null;
	seconds: number | null;
	host: string | null;
	target: string | null;
	runs: number | null;
	worst: Verdict | null;
	bytes: number;
	/** Whether its console closed it. */
	ended: boolean | null;
	/** Why it can't be read. */
	problem: string | null;
}

function entryOf(parent: string, name: string): Entry {
	const folder = join(parent, name);
	const bytes = folderSize(folder);
	try {
		const { session, start, end, events, runs } = readStory(folder);
		return {
			name,
			started: new Date(start).toISOString(),
			seconds: (end - start) / 1000,
			host: session.host?.hostname === undefined ? null : String(session.host.hostname),
			target: String(session.target),
			runs: runs.length,
			worst: worstOf(events.flatMap(({ type, reading }) => (type === 'verdict' ? (readingOf(reading) ?? []) : []))),
			bytes,
			ended: typeof session.ended === 'string',
			problem: null,
		};
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		const none = { started: null, seconds: null, host: null, target: null, runs: null, worst: null, ended: null };
		return { name, ...none, bytes, problem: error.message };
	}
}

function worstOf(readings: { verdict: Verdict }[]): Verdict | null {
	const worst = Math.max(-1, ...new Set(readings.map(({ verdict }) => verdicts.indexOf(verdict))));
	return verdicts[worst] ?? null;
}

function rowOfEntry({ name, started, seconds, host, target, runs, worst, bytes, ended, problem }: Entry) {
	const how = problem ?? (ended ? 'in order' : 'not in order');
	const when = started?.replace('T', ' ').replace(/\.\d+Z$/, 'Z') ?? null;
	const texts = [host, target].map((text) => text && printable(text));
	return rowOf([printable(name), when, seconds, ...texts, runs, worst, bytes, printable(how)]);
}

const columns: Column[] = [
	{ name: 'session', type: 'text' },
	{ name: 'started', type: 'text' },
	{ name: 'duration', type: 'seconds' },
	{ name: 'host', type: 'text' },
	{ name: 'target', type: 'text' },
	{ name: 'runs', type: 'int' },
	{ name: 'worst', type: 'text' },
	{ name: 'size', type: 'bytes' },
	{ name: 'ended', type: 'text' },
];
