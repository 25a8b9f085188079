import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openConsole, runTool, verdicts } from '../support/console-screen.ts';
import { needs, titled } from '../support/needs.ts';
import { run, scratchFolder, sessionIn, start } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { keepingStats, Marker } from '../support/traces.ts';

const noTool = needs('root', { program: 'tmux' }, { tool: 'opensnoop', via: 'libbpf' });

/** A program that opens the same file again and again; another one opens another. */
function opens(path: string): { pid: number } & Disposable {
	const { child } = start(['python3', '-c', `import time\nwhile True: open("${path}").close(); time.sleep(0.05)`], {
		stdio: 'ignore',
	});
	return { pid: child.pid as number, [Symbol.dispose]: () => child.kill('SIGKILL') };
}

describe.skipIf(noTool)(titled('One process as the target', noTool), () => {
	test('is chosen with o, and what is started then sees that process alone', async () => {
		using sessions = scratchFolder();
		using _stats = keepingStats();
		using wanted = opens('/etc/hostname');
		using _other = opens('/etc/passwd');
		const marker = new Marker();
		await using terminal = new Terminal();
		await openConsole(terminal, sessions.path, { columns: 120, rows: 40, env: marker.env });
		await terminal.press('o');
		await terminal.waitFor(/^host$/m);
		await terminal.type(`pid:${wanted.pid}`);
		await terminal.waitFor(new RegExp(`^pid:${wanted.pid} +python3`, 'm'));
		await terminal.press('Enter');
		await terminal.waitFor(new RegExp(`^bpftools · .* · pid:${wanted.pid} `));
		await terminal.waitFor(verdicts);
		await runTool(terminal, 'opensnoop');
		await terminal.waitFor(new RegExp(`opensnoop · libbpf · pid:${wanted.pid} · .* [1-9]\\d* rows`));
		await terminal.waitFor(/python3 .*\/etc\/hostname/);
		await terminal.press('Q');
		expect(await terminal.ended()).toBe(0);

		const folder = join(sessionIn(sessions.path), 'runs/01-opensnoop');
		const { target, narrowing } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
		expect({ target, narrowing }).toEqual({ target: `pid:${wanted.pid}`, narrowing: 'pid' });
		const output = readFileSync(join(folder, 'output.log'), 'utf8');
		expect(output).toContain('/etc/hostname');
		expect(output).not.toContain('/etc/passwd');

		const lines = readFileSync(join(sessionIn(sessions.path), 'events.ndjson'), 'utf8')
			.trim()
			.split('\n');
		const events = lines.map((line) => JSON.parse(line));
		const since = events.slice(events.findIndex(({ type }) => type === 'target'));
		const told = since.flatMap(({ type, reading }) => (type === 'verdict' ? [reading.check] : []));
		const measured = since
			.find(({ type }) => type === 'readings')
			.readings.map(({ check }: { check: string }) => check);
		expect(told, 'every check has its sentence for this target').toEqual(expect.arrayContaining(measured));
	});

	test('is named on the command line, too; a tool that cannot be narrowed to it says so', async () => {
		using wanted = opens('/etc/hostname');
		const { code, stderr } = await run(['run', 'vmstat', '--target', `pid:${wanted.pid}`, '--duration', '1']);
		expect(code).toBe(0);
		expect(stderr).toContain(`It can't be narrowed to pid:${wanted.pid}: this is the whole host.`);
	});

	test.each([
		['pid:0', 'pid:N takes the number of a process, not "0".'],
		['pid:2147483646', 'There is no process 2147483646.'],
		['pid:1;reboot', 'pid:N takes the number of a process, not "1;reboot".'],
		['container:zz-absent', 'There is no container "zz-absent"; '],
		['pod:x', '--target is host, container:ID or pid:N, not "pod:x".'],
	])('that is not there is refused in a sentence: %s', async (target, sentence) => {
		for (const command of [['check'], ['list'], ['run', 'vmstat']]) {
			const { code, stderr, stdout } = await run([...command, '--target', target]);
			expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
			expect(stderr).toContain(`bpftools: ${sentence}`);
		}
	});
});
