import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { printable } from './printable.ts';
import { findProgram } from './programs.ts';
import { shellLine } from './shell-line.ts';

/** What a shell makes of a line. */
function wordsIn(shell: string, line: string): string[] {
	const said = execFileSync(shell, ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
	return said.split('\0').slice(0, -1);
}

const nasty = [
	'plain',
	'--volume=/a:/b:ro',
	'',
	'two words',
	"it's",
	'$HOME `id` "quoted" \\back\\ !history',
	'*',
	'~',
	'#comment',
	';&|<>(){}[]?',
	'héllo 世界',
	'line\nbreak\ttab',
	"\x1b[2Jit's \\n \x7f",
	'right\u202eleft',
];

for (const shell of ['bash', 'zsh'].filter((name) => findProgram(name))) {
	test(`${shell} reads the same words out of a line again`, () => {
		expect(wordsIn(shell, shellLine(nasty))).toEqual(nasty);
	});
}

test('a line moves no cursor', () => {
	const line = shellLine(nasty);
	expect(printable(line)).toBe(line);
});

test('words that need no quotes have none', () => {
	expect(shellLine(['docker', 'run', '--rm', '--volume', '/a:/b:ro', 'img@sha256:0'])).toBe(
		'docker run --rm --volume /a:/b:ro img@sha256:0',
	);
});
