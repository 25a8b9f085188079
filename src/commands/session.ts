import { UsageError } from '../catalog/argv.ts';
import { printable } from '../host/printable.ts';
import { type Command, exitCodes, nearest } from './arguments.ts';
import { sessionConvertCommand } from './session/convert.ts';
import { sessionExportCommand } from './session/export.ts';
import { sessionImportCommand } from './session/import.ts';

const commands: Record<string, Command> = {
	export: sessionExportCommand,
	import: sessionImportCommand,
	convert: sessionConvertCommand,
};

export const sessionCommand: Command = {
	summary: 'what a console has recorded: hand it over, take it in',
	usage: `bpftools session ${Object.keys(commands).join('|')} [--help]`,
	help: `What a console saw, as a folder of plain files:

${Object.entries(commands)
	.map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
	.join('\n')}

"bpftools session export --help" and so on tell more.`,
	async run([name, ...args]) {
		if (name === undefined) throw new UsageError('What about sessions? See bpftools session --help.');
		const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
		if (!command) {
			const near = nearest(name, Object.keys(commands));
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
