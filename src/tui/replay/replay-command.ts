import { UsageError } from '../../catalog/argv.ts';
import { type Command, readArguments } from '../../commands/arguments.ts';
import { oneSession } from '../../commands/session/sessions.ts';
import { readSessionFile } from '../../session/read-session.ts';
import { sessionsFolder } from '../../session/recorder.ts';

export const replayCommand: Command = {
	summary: 'open the console on a session: play, pause, seek, sort and group as live',
	usage: 'bpftools session replay NAME|FOLDER [--session-dir DIR] [--no-mouse]',
	help: `Opens the console on what a session has kept: the checklist with its readings and the
panes of its runs, at the pace at which everything came. p pauses, ( and ) seek by ten
seconds, { and } by a minute, + and _ change the speed, E goes to the next verdict that
turns bad. ? shows all keys. NAME is a folder in --session-dir (${sessionsFolder()}).`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			'no-mouse': { type: 'boolean' },
		});
		const folder = oneSession(positionals, values['session-dir'] ?? sessionsFolder());
		readSessionFile(folder);
		if (!process.stdin.isTTY || !process.stdout.isTTY) {
			throw new UsageError('A replay needs a terminal; without one, see bpftools session show.');
		}
		const { openReplay } = await import('./replay-console.tsx');
		return openReplay(folder, { mouse: !values['no-mouse'] });
	},
};
