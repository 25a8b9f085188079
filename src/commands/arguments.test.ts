import { describe, expect, test } from 'vitest';
import { UsageError } from '../catalog/argv.ts';
import { nearest, noWords, readArguments, readChoice, readSeconds } from './arguments.ts';
import { checkCommand } from './check.ts';
import { listCommand } from './list.ts';
import { readCommand } from './read.ts';
import { runCommand } from './run.ts';

/** What a user reads who got something wrong. */
async function refusalOf(attempt: () => unknown): Promise<string> {
	try {
		await attempt();
	} catch (error) {
		expect(error).toBeInstanceOf(UsageError);
		return (error as Error).message;
	}
	throw new Error('It was not refused.');
}

const options = { json: { type: 'boolean' }, duration: { type: 'string' } } as const;

describe('flags', () => {
	test('are read, with the words around them', () => {
		const { values, positionals } = readArguments(['cpu', '--json', '--duration=5', 'disk'], options);
		expect({ ...values }).toEqual({ json: true, duration: '5' });
		expect(positionals).toEqual(['cpu', 'disk']);
	});

	test.each([
		[['--jsn'], options, 'This command has no option --jsn; it knows --json, --duration.'],
		[['-x'], options, 'This command has no option -x; it knows --json, --duration.'],
		[['--any=1'], {}, 'This command has no option --any.'],
		[['--duration'], options, '--duration needs a value.'],
		[['--duration', '--json'], options, '--duration needs a value.'],
		[['--json=yes'], options, '--json takes no value.'],
	] as const)('%j are refused in one sentence', async (args, known, sentence) => {
		expect(await refusalOf(() => readArguments([...args], { ...known }))).toBe(sentence);
	});

	test('are all that some commands take', async () => {
		expect(await refusalOf(() => noWords(['cpu']))).toBe('What is "cpu" for? This command takes only options.');
		expect(noWords([])).toBeUndefined();
	});
});

describe('values', () => {
	test('of seconds are numbers, also parts of one', () => {
		expect(readSeconds(undefined, '--duration', 7)).toBe(7);
		expect(readSeconds('0.5', '--duration', 7)).toBe(0.5);
		expect(readSeconds('86400', '--duration', 7)).toBe(86_400);
	});

	test.each(['', ' ', '0', '-1', 'soon', 'NaN', 'Infinity', '86401', '1s'])('%j are no seconds', async (text) => {
		expect(await refusalOf(() => readSeconds(text, '--duration', 1))).toBe(
			`--duration is a number of seconds, above 0 and up to 86400, not "${text}".`,
		);
	});

	test('of a choice are one of it, the first unless given', async () => {
		expect(readChoice(undefined, '--format', ['table', 'raw'])).toBe('table');
		expect(readChoice('raw', '--format', ['table', 'raw'])).toBe('raw');
		expect(await refusalOf(() => readChoice('csv', '--format', ['table', 'raw']))).toBe(
			'--format is one of table, raw, not "csv".',
		);
	});
});

test.each([
	['runqlot', 'runqlat'],
	['runqla', 'runqlat'],
	['biolatncy', 'biolatency'],
	['zzzzzz', undefined],
	['', undefined],
])('of all names, %j means %s', (word, name) => {
	expect(nearest(word, ['runqlat', 'biolatency', 'biosnoop'])).toBe(name);
});

describe('a command line that cannot be right is refused in one sentence before anything starts', () => {
	const cases = [
		[runCommand, [], 'Which tool? "bpftools list" names them.'],
		[runCommand, ['--duration', '5'], 'Which tool? "bpftools list" names them.'],
		[runCommand, ['runqlot'], 'There is no tool "runqlot"; did you mean runqlat?'],
		[runCommand, ['\u001b[2J'], 'There is no tool "·[2J", "bpftools list" names them.'],
		[runCommand, ['runqlat', '-p', '1'], 'Parameters are written --name, not -p.'],
		[runCommand, ['runqlat', '7'], 'What is "7" for? Parameters are written --name VALUE.'],
		[runCommand, ['runqlat', '--pid'], '--pid of runqlat needs a value.'],
		[runCommand, ['runqlat', '--pid', 'x'], '--pid of runqlat is a whole number from 1 to 2147483647, not "x".'],
		[runCommand, ['runqlat', '--speed', '1'], 'runqlat has no parameter --speed; it has --pid, --interval.'],
		[runCommand, ['runqlat', '--format', 'csv'], '--format is one of table, ndjson, raw, not "csv".'],
		[runCommand, ['runqlat', '--duration=-5'], '--duration is a number of seconds, above 0 and up to 86400, not "-5".'],
		[readCommand, ['runqlat'], 'It takes a tool and a file, or - for standard input.'],
		[readCommand, ['runqlat', '/nonexistent'], 'There is no file /nonexistent.'],
		[listCommand, ['cpu'], 'What is "cpu" for? This command takes only options.'],
		[checkCommand, ['gpu'], 'There is no resource "gpu"; did you mean cpu?'],
		[
			checkCommand,
			['everything'],
			'There is no resource "everything"; they are cpu, memory, disk, network, virt, software, interconnect.',
		],
	] as const;

	test.each(cases)('$usage %j', async (command, args, sentence) => {
		expect(await refusalOf(() => command.run([...args]))).toBe(sentence);
	});
});
