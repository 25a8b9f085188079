import { printable } from '../../host/printable.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { clockText } from '../../session/replay.ts';
import { readStory, type Story } from '../../session/story.ts';
import { type Told, tell } from '../../session/tell.ts';
import { wrap } from '../../table/fit.ts';
import { formatSeconds } from '../../table/format-cell.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { oneSession } from './sessions.ts';

export const showCommand: Command = {
	summary: 'tell what happened, in the order of time',
	usage: 'bpftools session show NAME|FOLDER [--session-dir DIR] [--json]',
	help: `Tells a session's story: verdicts that turned, what was marked and noted, tools with their
exact command lines, evidence and cost, and every change to the host. Times are UTC.
NAME is a folder in --session-dir (${sessionsFolder()} unless given).`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			json: { type: 'boolean' },
		});
		const story = readStory(oneSession(positionals, values['session-dir'] ?? sessionsFolder()));
		const told = tell(story);
		process.stdout.write(
			values.json ? `${JSON.stringify(storyObject(story, told), null, 2)}\n` : storyText(story, told),
		);
		return exitCodes.ok;
	},
};

function storyObject({ folder, session, start, end, warnings }: Story, told: Told[]) {
	const story = told.map(({ time, type, text }) => ({ at: new Date(time).toISOString(), type, text }));
	return { folder, session, seconds: (end - start) / 1000, story, warnings };
}

const usualWidth = 100;

function storyText({ session, start, end, warnings }: Story, told: Told[]): string {
	const width = Math.max(40, process.stdout.columns ?? usualWidth);
	const { hostname = 'unknown host', kernel = 'unknown' } = session.host ?? {};
	const ended = session.ended ? '' : ' It did not end in order: its console was killed, or still writes it.';
	const about = `${hostname}, Linux ${kernel}, ${session.target}. ${dayOf(start)} ${clockText(start)}, ${formatSeconds((end - start) / 1000)}.${ended}`;
	let day = dayOf(start);
	const lines = told.flatMap(({ time, text }) => {
		const heading = dayOf(time) === day ? [] : ['', dayOf(time)];
		day = dayOf(time);
		const stamp = `${clockText(time)}  `;
		const [first = '', ...rest] = wrap(text, width - stamp.length);
		return [...heading, stamp + first, ...rest.map((line) => ' '.repeat(stamp.length) + line)];
	});
	return `${[
		...wrap(printable(about), width),
		'',
		...(lines.length > 0 ? lines : ['Nothing happened that would be told.']),
		...(warnings.length > 0 ? [''] : []),
		...warnings.flatMap((warning) => wrap(printable(`${warning}.`), width)),
	].join('\n')}\n`;
}

function dayOf(time: number): string {
	return new Date(time).toISOString().slice(0, 10);
}
