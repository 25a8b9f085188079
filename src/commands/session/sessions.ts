import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../catalog/argv.ts';
import { printable } from '../../host/printable.ts';
import { nearest } from '../arguments.ts';

/** The names of what lies in the sessions' folder and looks like a session, oldest first. */
export function sessionNames(parent: string): string[] {
	if (!existsSync(parent)) return [];
	return readdirSync(parent)
		.filter((name) => isFolder(join(parent, name)) && existsSync(join(parent, name, 'session.json')))
		.sort();
}

/** The folder of the one session that is named, by its name or by a path. */
export function oneSession(words: string[], parent: string): string {
	const [name, ...rest] = words;
	if (name === undefined) throw new UsageError('Which session? "bpftools session ls" lists them.');
	if (rest.length > 0) throw new UsageError('It takes one session.');
	return name.includes('/') ? name : join(parent, namedSession(name, parent));
}

/** A name as it stands in the sessions' folder: never a way out of it. */
export function namedSession(name: string, parent: string): string {
	const names = sessionNames(parent);
	if (names.includes(name)) return name;
	const near = nearest(name, names);
	throw new UsageError(
		`There is no session "${printable(name)}" in ${parent}${near ? `; did you mean ${printable(near)}?` : '.'}`,
	);
}

function isFolder(path: string): boolean {
	return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
