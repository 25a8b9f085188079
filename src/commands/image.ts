import { UsageError } from '../catalog/argv.ts';
import { printable } from '../host/printable.ts';
import { type Command, exitCodes, nearest } from './arguments.ts';
import { imageBuildCommand } from './image-build.ts';
import { imageRunCommand } from './image-run.ts';

const commands: Record<string, Command> = { build: imageBuildCommand, run: imageRunCommand };

export const imageCommand: Command = {
	summary: 'the container image: build one with a kernel’s headers, run one as it has to be run',
	usage: 'bpftools image build|run [--help]',
	help: `What it takes to bring bpftools to a host:

  build    ${imageBuildCommand.summary}
  run      ${imageRunCommand.summary}

"bpftools image build --help" and "bpftools image run --help" tell more.`,
	async run([name, ...args]) {
		if (name === undefined) throw new UsageError('Build an image, or run one? See bpftools image --help.');
		const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
		if (!command) {
			const near = nearest(name, Object.keys(commands));
			throw new UsageError(
				`There is no "image ${printable(name)}"; ${near ? `did you mean ${near}?` : 'see bpftools image --help.'}`,
			);
		}
		if (args[0] === '--help' || args[0] === '-h') {
			process.stdout.write(`Usage: ${command.usage}\n\n${command.help}\n`);
			return exitCodes.ok;
		}
		return command.run(args);
	},
};
