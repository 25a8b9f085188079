import { UsageError } from '../catalog/argv.ts';
import { printable } from '../host/printable.ts';
import { type Command, exitCodes, nearest } from './arguments.ts';
import { sessionConvertCommand } from './session/convert.ts';
import { diffCommand } from './session/diff.ts';
import { sessionExportCommand } from './session/export.ts';
import { sessionImportCommand } from './session/import.ts';
import { lsCommand } from './session/ls.ts';
import { reportCommand } from './session/report.ts';
import { rmCommand } from './session/rm.ts';
import { showCommand } from './session/show.ts';

/** The command whose second word says what is to be done; a replay needs a screen, so it comes from where there is one. */
export function sessionCommand(replay: Command): Command {
	const commands: Record<string, Command> = {
		ls: lsCommand,
		show: showCommand,
		replay,
		report: reportCommand,
		diff: diffCommand,
		export: sessionExportCommand,
		import: sessionImportCommand,
		convert: sessionConvertCommand,
		rm: rmCommand,
	};
	const names = Object.keys(commands);
	return {
		summary: 'what consoles have recorded: list it, tell it, replay it, hand it over, take it in',
		usage: `bpftools session ${names.join('|')} [--help]`,
		help: `What a console saw, as a folder of plain files:

${names.map((name) => `  ${name.padEnd(8)} ${commands[name]?.summary}`).join('\n')}

"bpftools session export --help" and so on tell more.`,
		async run([name, ...args]) {
			if (name === undefined) throw new UsageError('What about sessions? See bpftools session --help.');
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
			try {
				return await command.run(args);
			} catch (error) {
				throw isOfSystem(error) ? new UsageError(`It can't be done: ${printable(error.message)}.`) : error;
			}
		},
	};
}

/** Folders that are full, closed or somebody else's are no fault of this program. */
function isOfSystem(error: unknown): error is Error {
	return error instanceof Error && 'syscall' in error;
}
