import { UsageError } from '../../catalog/argv.ts';
import { printable } from '../../host/printable.ts';
import { type Command, exitCodes, nearest } from '../arguments.ts';
import { lsCommand } from './ls.ts';
import { rmCommand } from './rm.ts';
import { showCommand } from './show.ts';

/** The command whose second word says what is to be done; a replay needs a screen, so it comes from where there is one. */
export function sessionCommand(replay: Command): Command {
	const commands: Record<string, Command> = { ls: lsCommand, show: showCommand, replay, rm: rmCommand };
	const names = Object.keys(commands);
	return {
		summary: 'what consoles have recorded: list it, tell its story, replay it, remove it',
		usage: `bpftools session ${names.join('|')} [--help]`,
		help: `What was recorded, and what can be done with it:

${names.map((name) => `  ${name.padEnd(8)} ${commands[name]?.summary}`).join('\n')}

"bpftools session ls --help" and so on tell more.`,
		async run([name, ...args]) {
			if (name === undefined)
				throw new UsageError(`What shall it do: ${names.join(', ')}? See bpftools session --help.`);
			const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
			if (!command) {
				const near = nearest(name, names);
				throw new UsageError(
					`There is no "session ${printable(name)}"; ${near ? `did you mean ${near}?` : 'see bpftools session --help.'}`,
				);
			}
			if (args[0] === '--help' || args[0] === '-h') {
				process.stdout.write(`Usage: ${command.usage}\n\n${command.help}\n`);
				return exitCodes.ok;
			}
			return command.run(args);
		},
	};
}
