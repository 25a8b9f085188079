import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenFinished } from '../../support/when-finished.ts';
import { madeName } from './made-name.ts';

/** Behind the name of the test that has changed it: what runs that were killed have changed is found by that. */
const suffix = '.setting';

/** A file of /proc/sys with another value, for as long as the test lasts; the answer puts it back earlier. Tests that change the same must not run beside each other. */
export function changeSetting(path: string, value: number): () => void {
	const record = join(tmpdir(), `${madeName()}${suffix}`);
	writeFileSync(record, `${path}\n${readFileSync(path, 'utf8')}`);
	const undo = () => restore(record);
	whenFinished(undo);
	writeFileSync(path, String(value));
	return undo;
}

export function isSetting(name: string): boolean {
	return name.endsWith(suffix);
}

export function restore(record: string): void {
	if (!existsSync(record)) return;
	const [path = '', value = ''] = readFileSync(record, 'utf8').split('\n');
	writeFileSync(path, value);
	rmSync(record);
}
