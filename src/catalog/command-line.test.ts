import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { expect, onTestFinished, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { firstProvider, toolOf } from '../../test/fixtures/tools.ts';
import { commandLineOf } from './command-line.ts';

const shell = (text: string) => execFileSync('bash', ['-c', text], { encoding: 'utf8' });

test('a shell reads the same words from it, in one line and broken into short ones', () => {
	const letters = ['a', 'b', '/', '-', ' ', "'", '"', '$', '\\', '*', '~', 'é', '世', '\n', '#', '='];
	for (let seed = 1; seed <= 60; seed++) {
		const random = new Random(seed);
		const words = random.many(8, () => random.many(40, () => random.pick(letters)).join(''));
		const tool = toolOf();
		const line = commandLineOf(
			tool,
			firstProvider(tool),
			{ argv: ['printf', '%s\\0', 'x', ...words], input: undefined },
			{},
		);
		const width = 12 + random.below(70);
		expect(shell(line.text).split('\0').slice(0, -1), `seed ${seed}`).toEqual(['x', ...words]);
		const lines = line.lines(width);
		expect(shell(lines.join('\n')).split('\0').slice(0, -1), `seed ${seed}`).toEqual(['x', ...words]);
		for (const each of lines) expect(stringWidth(each), each).toBeLessThanOrEqual(width);
	}
});

test('with a second program the output goes through it', () => {
	const tool = toolOf({
		params: { word: { type: 'text', help: 'A word' } },
		providers: [{ via: 'classic', run: ['echo'], through: ['tr', 'a', '{word}'], package: 'none' }],
	});
	const line = commandLineOf(tool, firstProvider(tool), { argv: ['echo', 'banana'], input: undefined }, { word: 'o' });
	expect(shell(line.text)).toBe('bonono\n');
	expect(shell(line.lines(20).join('\n'))).toBe('bonono\n');
});

test.each([
	['as it is, when nothing has to be filled in', 'line 1\nline 2\n', /< \S+show\.bt/],
	['in full, when something was filled in', 'line 1\n\tchanged $HOME `id`\nSCRIPT\n', /<<'SCRIPT_'\n/],
])('a script is shown %s', (_, input, shape) => {
	const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	writeFileSync(join(folder, 'show.bt'), 'line 1\nline 2\n');
	const tool = { ...toolOf({ providers: [{ via: 'bpftrace', script: 'show.bt', package: 'bpftrace' }] }), folder };
	const line = commandLineOf(tool, firstProvider(tool), { argv: ['cat', '-'], input }, {});
	expect(line.text).toMatch(shape);
	expect(shell(line.text)).toBe(input);
	expect(shell(line.lines(80).join('\n'))).toBe(input.replaceAll('\t', '    '));
});
