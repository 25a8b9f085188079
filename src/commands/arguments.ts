import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from '../catalog/argv.ts';

/** One command of the program: its words for --help, and what it does. It answers with an exit code. */
export interface Command {
	summary: string;
	usage: string;
	/** Shown by --help under the usage line. */
	help: string;
	run(args: string[]): Promise<number>;
}

export const exitCodes = { ok: 0, warn: 1, usage: 2, bad: 3 } as const;

/** Known flags and plain words; anything else is one clear sentence. */
export function readArguments<T extends ParseArgsOptionsConfig>(args: string[], options: T) {
	const config = { args, options, allowPositionals: true, strict: true } satisfies ParseArgsConfig;
	try {
		return parseArgs(config);
	} catch (error) {
		throw new UsageError(sentence(error as NodeJS.ErrnoException, Object.keys(options)));
	}
}

function sentence(error: NodeJS.ErrnoException, known: string[]): string {
	const option = /'(--?[^' =]+)/.exec(error.message)?.[1];
	if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && option) {
		const flags = known.length ? `; it knows ${known.map((name) => `--${name}`).join(', ')}` : '';
		return `This command has no option ${option}${flags}.`;
	}
	if (error.code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && option) {
		return error.message.includes('does not take') ? `${option} takes no value.` : `${option} needs a value.`;
	}
	return `${error.message.split('\n')[0]}.`;
}

export function noWords(words: string[]): void {
	if (words.length > 0) throw new UsageError(`What is "${words[0]}" for? This command takes only options.`);
}

export function readSeconds(text: string | undefined, name: string, usual: number): number {
	if (text === undefined) return usual;
	const value = Number(text);
	if (text.trim() === '' || !Number.isFinite(value) || value <= 0 || value > 86_400) {
		throw new UsageError(`${name} is a number of seconds, above 0 and up to 86400, not "${text}".`);
	}
	return value;
}

export function readChoice<T extends string>(text: string | undefined, name: string, choices: readonly T[]): T {
	const usual = choices[0] as T;
	if (text === undefined) return usual;
	const choice = choices.find((known) => known === text);
	if (!choice) throw new UsageError(`${name} is one of ${choices.join(', ')}, not "${text}".`);
	return choice;
}

/** The name that was meant, when one is near. */
export function nearest(word: string, names: string[]): string | undefined {
	const scored = names.map((name) => ({ name, distance: editDistance(word, name) }));
	const best = scored.sort((a, b) => a.distance - b.distance)[0];
	return best && best.distance <= Math.max(1, word.length / 3) ? best.name : undefined;
}

function editDistance(a: string, b: string): number {
	let above = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const change = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
			row.push(Math.min(change, (above[j] as number) + 1, (row[j - 1] as number) + 1));
		}
		above = row;
	}
	return above[b.length] as number;
}
