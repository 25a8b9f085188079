import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../../catalog/argv.ts';
import { printable } from '../../host/printable.ts';
import { importSession } from '../../session/import-session.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { endOnSignals } from './end-on-signals.ts';

export const sessionImportCommand: Command = {
	summary: 'takes in a session that was exported elsewhere',
	usage: 'bpftools session import FILE [--session-dir DIR]',
	help: `Verifies the archive (its paths, sizes and checksums), puts the session beside the
others in --session-dir (${sessionsFolder()} unless given)
and prints its name. An archive that is refused leaves nothing behind.`,
	async run(args) {
		const { values, positionals } = readArguments(args, { 'session-dir': { type: 'string' } });
		const [file, ...rest] = positionals;
		if (file === undefined || rest.length > 0) throw new UsageError('It takes one file that "session export" wrote.');
		if (!statSync(file, { throwIfNoEntry: false })?.isFile())
			throw new UsageError(`There is no file ${printable(file)}.`);
		endOnSignals();
		const { folder } = await importSession(file, values['session-dir'] ?? sessionsFolder());
		process.stdout.write(`${basename(folder)}\n`);
		return exitCodes.ok;
	},
};
