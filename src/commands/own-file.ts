import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../catalog/argv.ts';
import { printable } from '../host/printable.ts';

/** A file in which users write what they want otherwise. */
export const ownFile = (name: string) =>
	join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'bpftools', name);

/** What it says, by name; nothing where there is no such file. Its lines look like the example. */
export async function readOwnFile(file: string, example: string): Promise<Record<string, unknown>> {
	if (!existsSync(file)) return {};
	// By its default: in the bundle it has no other export.
	const { default: yaml } = await import('yaml');
	let content: unknown;
	try {
		content = yaml.parse(readFileSync(file, 'utf8'));
	} catch (error) {
		throw new UsageError(`${file}: ${printable((error as Error).message.split('\n')[0] ?? '')}`);
	}
	if (content === null) return {};
	if (!isRecord(content)) throw new UsageError(`${file} holds lines like "${example}", and this is none.`);
	return content;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
