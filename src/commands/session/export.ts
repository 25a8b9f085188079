import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../catalog/argv.ts';
import { installedCatalog } from '../../catalog/installed-catalog.ts';
import { writeReport } from '../../report/write-report.ts';
import { exportSession } from '../../session/export-session.ts';
import { readSessionFile } from '../../session/read-session.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { redactSession, reportFiles } from '../../session/redact-session.ts';
import { WorkFolder } from '../../session/work-folder.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { endOnSignals } from './end-on-signals.ts';
import { sessionAt } from './sessions.ts';

export const sessionExportCommand: Command = {
	summary: 'one compressed archive of a session, with checksums',
	usage: 'bpftools session export NAME [FILE] [--redact] [--session-dir DIR]',
	help: `Writes the session into FILE (NAME.tar.gz in this folder unless given), for
"bpftools session import" elsewhere. NAME is a folder in --session-dir (${sessionsFolder()}
unless given), or a path.

--redact replaces names of hosts and users, IP and MAC addresses and the arguments
of commands, each by the same word everywhere. What it can't find is told in
docs/sessions.md: look through the files before you give them away.`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			redact: { type: 'boolean' },
			'session-dir': { type: 'string' },
		});
		const [name, given, ...rest] = positionals;
		if (name === undefined || rest.length > 0) throw new UsageError('It takes a session, and perhaps a file to write.');
		const folder = sessionAt(name, values['session-dir']);
		const file = given ?? `${basename(resolve(folder))}.tar.gz`;
		endOnSignals();
		await (values.redact ? exportRedacted(folder, file) : exportSession(folder, file));
		process.stdout.write(`${file}\n`);
		return exitCodes.ok;
	},
};

/** The redacted files need a place until they are packed: the one where the archive is going to be has room. */
async function exportRedacted(folder: string, file: string): Promise<void> {
	readSessionFile(folder);
	const work = new WorkFolder(dirname(resolve(file)));
	try {
		const redacted = join(work.path, basename(resolve(folder)));
		mkdirSync(redacted);
		await redactSession(folder, redacted, await installedCatalog());
		if (reportFiles.some((name) => existsSync(join(folder, name)))) await writeReport(redacted, redacted);
		await exportSession(redacted, file, true);
	} finally {
		work.remove();
	}
}
