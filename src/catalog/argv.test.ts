import { describe, expect, test } from 'vitest';
import { firstProvider, toolOf } from '../../test/fixtures/tools.ts';
import { fill, paramsOf, paramValues, UsageError } from './argv.ts';

const tool = toolOf(
	{
		params: {
			pid: { type: 'pid', optional: true, help: 'only this process' },
			interval: { type: 'seconds', default: 1, help: 'seconds between rows' },
			count: { type: 'int', optional: true, min: 0, max: 100, help: 'how many' },
			name: { type: 'text', optional: true, help: 'only this name' },
			quiet: { type: 'flag', optional: true, help: 'less' },
		},
	},
	'watch',
);

const needy = toolOf({ params: { device: { type: 'text', help: 'the disk' } } }, 'trim');

describe('values of parameters', () => {
	test('defaults fill in what is not given, and what is optional stays out', () => {
		expect(paramValues(tool, {})).toEqual({ interval: 1 });
	});

	test('text from a command line becomes numbers, texts and flags', () => {
		expect(paramValues(tool, { pid: '42', interval: '5', count: '0', name: 'a b', quiet: true })).toEqual({
			pid: 42,
			interval: 5,
			count: 0,
			name: 'a b',
			quiet: true,
		});
	});

	test.each([
		['an unknown name', tool, { speed: '1' }, 'watch has no parameter --speed; it has --pid, --interval, --count,'],
		['a name that every JavaScript object has', tool, { constructor: '1' }, 'watch has no parameter --constructor;'],
		['any name where there are none', toolOf({}, 'plain'), { pid: '1' }, 'plain has no parameter --pid; it has none.'],
		['a missing value', needy, {}, 'trim needs --device: the disk.'],
		['an empty value', tool, { name: '' }, '--name of watch needs a value.'],
		['a name without its value', tool, { pid: true }, '--pid of watch needs a value.'],
		['text that the tool would read as an option', tool, { name: '-rf' }, "--name of watch can't start with a dash."],
		[
			'a word for a number',
			tool,
			{ pid: 'nginx' },
			'--pid of watch is a whole number from 1 to 2147483647, not "nginx".',
		],
		['blanks for a number', tool, { count: ' ' }, '--count of watch is a whole number from 0 to 100, not " ".'],
		['a number too large', tool, { count: '101' }, '--count of watch is a whole number from 0 to 100, not "101".'],
		['a negative pid', tool, { pid: '-1' }, '--pid of watch is a whole number from 1 to'],
		['part of a second', tool, { interval: '0.5' }, '--interval of watch is a whole number from 1 to'],
		['no number at all', tool, { interval: 'Infinity' }, '--interval of watch is a whole number from 1 to'],
	])('%s is refused in one sentence', (_, of, given, sentence) => {
		let refusal: unknown;
		try {
			paramValues(of, given as Record<string, string | boolean>);
		} catch (error) {
			refusal = error;
		}
		expect(refusal).toBeInstanceOf(UsageError);
		const { message } = refusal as UsageError;
		expect(message.startsWith(sentence), message).toBe(true);
		expect(message).toMatch(/^\S[^\n]*\.$/);
	});
});

describe('placeholders in argv', () => {
	const cases: [string, Record<string, string | number | boolean>, string[]][] = [
		['{pid}', { pid: 7 }, ['7']],
		['{pid}', {}, []],
		['{pid:-p}', { pid: 7 }, ['-p', '7']],
		['{pid:-p}', {}, []],
		['{pid|0}', { pid: 7 }, ['7']],
		['{pid|0}', {}, ['0']],
		['{quiet:-q}', { quiet: true }, ['-q']],
		['{quiet:-q}', { quiet: false }, []],
		['-F', { F: 1 }, ['-F']],
		['{}', {}, ['{}']],
		['a{pid}', { pid: 7 }, ['a{pid}']],
	];

	test.each(cases)('%s with %o is %o', (word, values, argv) => {
		expect(fill([word], values)).toEqual(argv);
	});

	test.each([
		'two words',
		'"quoted" \'twice\'',
		'$(reboot)',
		'`reboot`',
		'; reboot',
		'a|b && c > /etc/passwd',
		'line\nbreak',
		'{pid}',
		'*',
		'$HOME',
		'\\',
	])('%j stays one entry, as it is', (text) => {
		const values = paramValues(tool, { name: text });
		expect(fill(['before', '{name}', 'after'], values)).toEqual(['before', text, 'after']);
		expect(fill(['{name:-n}'], values)).toEqual(['-n', text]);
		expect(fill(['{name|none}'], values)).toEqual([text]);
	});

	test('a provider has places for the parameters that its words name, in either of its programs', () => {
		const piped = toolOf({
			providers: [
				{ via: 'perf', run: ['perf', '{pid:-p}', '-x'], through: ['perf', '{name|all}'], package: 'linux-perf' },
			],
		});
		expect([...paramsOf(firstProvider(piped))]).toEqual(['pid', 'name']);
	});
});
