import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../../catalog/argv.ts';
import { printable } from '../../host/printable.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { writerOf } from '../../session/writer.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { namedSession } from './sessions.ts';

export const rmCommand: Command = {
	summary: 'remove sessions',
	usage: 'bpftools session rm NAME… [--yes] [--session-dir DIR]',
	help: `Removes sessions by their names, with all that they hold, after a question that --yes
answers beforehand. One that a console still writes stays, and so does everything outside
--session-dir (${sessionsFolder()} unless given).`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			yes: { type: 'boolean' },
		});
		if (positionals.length === 0) throw new UsageError('Which session? "bpftools session ls" lists them.');
		const parent = values['session-dir'] ?? sessionsFolder();
		// All are looked at before the first is gone.
		const names = [...new Set(positionals)].map((name) => removable(name, parent));
		if (!values.yes && !(await agreed(names))) {
			process.stderr.write('Nothing was removed.\n');
			return exitCodes.warn;
		}
		for (const name of names) {
			await rm(join(parent, name), { recursive: true });
			process.stdout.write(`Removed ${printable(name)}.\n`);
		}
		return exitCodes.ok;
	},
};

function removable(name: string, parent: string): string {
	if (name.includes('/')) {
		throw new UsageError(`rm takes names, not paths: "${printable(name)}". Name their folder with --session-dir.`);
	}
	const known = namedSession(name, parent);
	const writer = writerOf(join(parent, known));
	if (writer) throw new UsageError(`${printable(known)} is still written ${writer}; quit that console first.`);
	return known;
}

async function agreed(names: string[]): Promise<boolean> {
	if (!process.stdin.isTTY) throw new UsageError('Without a terminal to ask on, rm needs --yes.');
	const prompt = createInterface({ input: process.stdin, output: process.stderr });
	const answer = await prompt.question(`Remove ${names.map(printable).join(', ')} for good? y/n `);
	prompt.close();
	return /^y(es)?$/i.test(answer.trim());
}
