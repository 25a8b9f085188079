import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { verdicts } from '../support/console-screen.ts';
import { needs, titled } from '../support/needs.ts';
import { scratchFolder } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { build, containerName, run, runWords } from './image.ts';

const lack = needs('engine', 'root', { program: 'tmux' });
const flag = '-v "$PWD/sessions:/var/lib/bpftools/sessions"';

describe.skipIf(lack)(titled('A session in a container', lack), () => {
	beforeAll(() => build('bpftools'));

	test('that goes with the container is told of by the console, with the flag that keeps it', async () => {
		await using container = containerName();
		await using terminal = new Terminal();
		const words = ['--name', container.name, ...'-it --privileged --pid=host bpftools tui'.split(' ')];
		await terminal.start(runWords(...words), { columns: 80, rows: 24 });
		await terminal.waitFor(verdicts, 30);
		expect((await terminal.lines()).at(-1)).toBe(`Lost with this container without ${flag}`);
		await terminal.waitFor(/rec, lost with container · nothing runs$/m);
		await terminal.press('Q');
		await terminal.ended();
		await terminal.waitFor(/^Session: \/var\/lib\/bpftools\/sessions\/\S+\n+Lost with this container without -v/m);
	});

	const recorded = ['bpftools', 'run', 'vmstat', '--duration', '2', '--record'];

	test('and by a command that records, on stderr', async () => {
		const { code, stderr } = await run(...recorded);
		expect(code).toBe(0);
		expect(stderr).toContain(`The session is lost with this container; to keep it, start it with ${flag}.\n`);
	});

	test('and with that flag there is nothing to be told, and the session stays', async () => {
		using scratch = scratchFolder();
		// As a shell would read it.
		const [, value = ''] = execFileSync('sh', ['-c', `printf '%s\\n' ${flag}`], { cwd: scratch.path, encoding: 'utf8' })
			.trim()
			.split('\n');
		const { code, stderr } = await run('-v', value, ...recorded);
		expect(code).toBe(0);
		expect(stderr).not.toContain('lost');
		const list = await run('-v', value, 'bpftools', 'session', 'ls');
		expect(list.stdout).toMatch(/^\S+ .* 1 .* in order$/m);
	});
});
