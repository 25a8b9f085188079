import { UsageError } from '../catalog/argv.ts';
import { type Command, noWords, readArguments } from '../commands/arguments.ts';
import { thisHost } from '../commands/this-host.ts';
import { sessionsFolder } from '../session/recorder.ts';

export const tuiCommand: Command = {
	summary: 'the console: live verdicts, and the tools to run next',
	usage: 'bpftools tui [--session-dir DIR] [--target host|pid:N]',
	help: `Opens the console on this terminal. Everything is saved as a session in a folder of
its own under --session-dir (${sessionsFolder()} unless given).
--target pid:N starts the tools that can with that process only. ? shows the keys.`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			target: { type: 'string' },
		});
		noWords(positionals);
		if (!process.stdin.isTTY || !process.stdout.isTTY) {
			throw new UsageError(
				'The console needs a terminal; in a container that is docker run -it. Without one, see bpftools check and run.',
			);
		}
		const { openConsole } = await import('./console.tsx');
		const target = readTarget(values.target ?? 'host');
		return openConsole(thisHost(), target, values['session-dir'] ?? sessionsFolder());
	},
};

export interface Target {
	name: string;
	/** Tools that take a process are started with this one. */
	pid: number | undefined;
}

function readTarget(text: string): Target {
	if (text === 'host') return { name: 'host', pid: undefined };
	const pid = Number(/^pid:(\d+)$/.exec(text)?.[1]);
	if (!Number.isInteger(pid)) throw new UsageError(`--target is host or pid:N, not "${text}".`);
	try {
		process.kill(pid, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') throw new UsageError(`There is no process ${pid}.`);
	}
	return { name: text, pid };
}
