import { UsageError } from '../catalog/argv.ts';
import { type Command, noWords, readArguments } from '../commands/arguments.ts';
import { readOwnKeep } from '../commands/own-keep.ts';
import { readOwnThresholds } from '../commands/own-thresholds.ts';
import { readTarget, targetUsage } from '../commands/target.ts';
import { thisHost } from '../commands/this-host.ts';
import { sessionsFolder } from '../session/recorder.ts';

export const tuiCommand: Command = {
	summary: 'the console: live verdicts, and the tools to run next',
	usage: `bpftools tui [--session-dir DIR] [--no-record] [--no-mouse] ${targetUsage}`,
	help: `Opens the console on this terminal. Everything is saved as a session in a folder of
its own under --session-dir (${sessionsFolder()} unless given);
--no-record, or w in the console, turns that off. How much is kept: docs/sessions.md.
--target narrows checks and tools to one container or process; o picks another
there. ? shows the keys. --no-mouse leaves the mouse to the terminal.`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			target: { type: 'string' },
			'no-record': { type: 'boolean' },
			'no-mouse': { type: 'boolean' },
		});
		noWords(positionals);
		if (!process.stdin.isTTY || !process.stdout.isTTY) {
			throw new UsageError(
				'The console needs a terminal; in a container that is docker run -it. Without one, see bpftools check and run.',
			);
		}
		const { openConsole } = await import('./console.tsx');
		await readOwnThresholds();
		const keep = await readOwnKeep();
		const host = thisHost();
		const target = await readTarget(host, values.target);
		return openConsole(host, target, {
			sessions: values['no-record'] ? undefined : { folder: values['session-dir'] ?? sessionsFolder(), keep },
			mouse: !values['no-mouse'],
		});
	},
};
