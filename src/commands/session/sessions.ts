import { join } from 'node:path';
import { UsageError } from '../../catalog/argv.ts';
import { printable } from '../../host/printable.ts';
import { sessionNames } from '../../session/read-session.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { nearest } from '../arguments.ts';

/** The folder of the one session that is named, by its name or by a path. */
export function oneSession(words: string[], parent: string): string {
	const [name, ...rest] = words;
	if (name === undefined) throw new UsageError('Which session? "bpftools session ls" lists them.');
	if (rest.length > 0) throw new UsageError('It takes one session.');
	return sessionAt(name, parent);
}

/** A session's folder, by its name in the sessions' folder or by a path, which has a slash in it. */
export function sessionAt(name: string, parent = sessionsFolder()): string {
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
