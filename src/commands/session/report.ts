import { UsageError } from '../../catalog/argv.ts';
import { printable } from '../../host/printable.ts';
import { writeReport } from '../../report/write-report.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { oneSession } from './sessions.ts';

export const reportCommand: Command = {
	summary: 'write what it came to, for people elsewhere: Markdown, and one page for a browser',
	usage: 'bpftools session report NAME|FOLDER [--out FOLDER] [--session-dir DIR]',
	help: `Writes report.md, to be read in a terminal or pasted into a ticket, and report.html, one
file that asks nothing of any network: verdicts with their reasons, a time line, charts of
readings, what each tool found, notes, and the exact commands to run again. They go into
the session's own folder unless --out names another. NAME is a folder in --session-dir
(${sessionsFolder()} unless given).`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			out: { type: 'string' },
		});
		const folder = oneSession(positionals, values['session-dir'] ?? sessionsFolder());
		const { markdown, html } = await written(folder, values.out ?? folder);
		process.stdout.write(`${printable(markdown)}\n${printable(html)}\n`);
		return exitCodes.ok;
	},
};

async function written(folder: string, out: string) {
	try {
		return await writeReport(folder, out);
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`The report can't be written: ${(error as Error).message}; --out names another folder.`);
	}
}
