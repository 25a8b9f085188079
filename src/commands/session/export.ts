import { basename, resolve } from 'node:path';
import { UsageError } from '../../catalog/argv.ts';
import { exportSession } from '../../session/export-session.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { sessionNamed } from './find-session.ts';

export const sessionExportCommand: Command = {
	summary: 'one compressed archive of a session, with checksums',
	usage: 'bpftools session export NAME [FILE]',
	help: `Writes the session into FILE (NAME.tar.gz in this folder unless given), for
"bpftools session import" elsewhere. NAME is a session's name, or the path of its folder.`,
	async run(args) {
		const { positionals } = readArguments(args, {});
		const [name, given, ...rest] = positionals;
		if (name === undefined || rest.length > 0) throw new UsageError('It takes a session, and perhaps a file to write.');
		const folder = sessionNamed(name);
		const file = given ?? `${basename(resolve(folder))}.tar.gz`;
		await exportSession(folder, file);
		process.stdout.write(`${file}\n`);
		return exitCodes.ok;
	},
};
