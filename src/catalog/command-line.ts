import { join } from 'node:path';
import { shellLine, shellLines, shellWord } from '../host/shell-line.ts';
import { fill, type ParamValues } from './argv.ts';
import type { Launch } from './launch.ts';
import { scriptOf } from './script.ts';
import type { Provider, Tool } from './tool.ts';

/** What is about to run, as somebody would write it into a shell. */
export interface CommandLine {
	/** To be copied: a shell does the same with it. */
	text: string;
	/** In lines of this many columns at most. The lines of a script are as they are. */
	lines(width: number): string[];
}

/**
 * A script of ours that has to be filled in stands below the command in full: the file
 * alone would not run.
 */
export function commandLineOf(
	tool: Tool,
	provider: Provider,
	{ argv, input }: Launch,
	values: ParamValues,
): CommandLine {
	const reader = provider.through ? fill(provider.through, values) : undefined;
	const rest = reader ? ` | ${shellLine(reader)}` : '';
	const restLines = (width: number) => (reader ? ['| \\', ...shellLines(reader, width)] : []);
	if (input === undefined) {
		return {
			text: `${shellLine(argv)}${rest}\n`,
			lines: (width) => [...continued(shellLines(argv, width), reader !== undefined), ...restLines(width)],
		};
	}
	if (input === scriptOf(tool, provider)) {
		const from = `< ${shellWord(join(tool.folder, provider.script ?? ''))}`;
		return {
			text: `${shellLine(argv)} ${from}${rest}\n`,
			lines: (width) => [
				...continued(shellLines(argv, width), true),
				...continued([from], reader !== undefined),
				...restLines(width),
			],
		};
	}
	const end = endMark(input);
	const script = input.replace(/\n$/, '').split('\n');
	return {
		text: `${shellLine(argv)} <<'${end}'${rest}\n${script.join('\n')}\n${end}\n`,
		lines: (width) => [
			...continued(shellLines(argv, width), true),
			`<<'${end}'${rest}`,
			...script.map((line) => line.replaceAll('\t', '    ')),
			end,
		],
	};
}

function continued(lines: string[], more: boolean): string[] {
	return more ? [...lines.slice(0, -1), `${lines.at(-1)} \\`] : lines;
}

/** A word that is no line of the script. */
function endMark(script: string): string {
	const lines = new Set(script.split('\n'));
	let mark = 'SCRIPT';
	while (lines.has(mark)) mark += '_';
	return mark;
}
