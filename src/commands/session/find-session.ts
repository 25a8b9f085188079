import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../catalog/argv.ts';
import { printable } from '../../host/printable.ts';
import { sessionsFolder } from '../../session/recorder.ts';

/** A session's folder, by its name or by a path that has a slash in it. */
export function sessionNamed(name: string): string {
	if (name.includes('/')) return name;
	const folder = join(sessionsFolder(), name);
	if (name === '' || name.startsWith('.') || !existsSync(folder)) {
		throw new UsageError(`There is no session "${printable(name)}" in ${sessionsFolder()}.`);
	}
	return folder;
}
