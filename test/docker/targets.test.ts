import { beforeAll, describe, expect, test } from 'vitest';
import type { Reading } from '../../src/checks/check.ts';
import { needs, titled } from '../support/needs.ts';
import { keepingStats } from '../support/traces.ts';
import { build, containerName, docker, run } from './image.ts';

const lack = needs('root', 'engine');
const console = ['--privileged', '--pid=host', 'bpftools'];

/** A container that opens one file again and again, and looks up one name. */
async function target(): Promise<{ name: string } & AsyncDisposable> {
	const container = containerName();
	const script = 'while :; do cat /etc/hostname; getent hosts localhost; sleep 0.1; done';
	await docker('run', '--detach', '--name', container.name, 'debian:trixie-slim', 'sh', '-c', script);
	return container;
}

describe.skipIf(lack)(titled('A container as the target, from a console in another', lack), () => {
	beforeAll(() => build('bpftools'));

	test('its files are seen, by the start of its id, and no one else’s', async () => {
		using _stats = keepingStats();
		await using wanted = await target();
		const id = await docker('inspect', '--format', '{{.Id}}', wanted.name);
		const tool = ['run', 'opensnoop', '--format', 'ndjson', '--duration', '5'];
		const { code, stdout, stderr } = await run(...console, ...tool, '--target', `container:${id.slice(0, 12)}`);
		expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('evidence: complete') });
		const rows = stdout
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line) as { command: string; path: string });
		expect(rows.map(({ path }) => path)).toContain('/etc/hostname');
		// The shell and what it starts; nothing of this test, of the engine or of the console itself.
		expect(
			[...new Set(rows.map(({ command }) => command))].filter((name) => !/^(sh|cat|getent|sleep)$/.test(name)),
		).toEqual([]);
	});

	test('a probe on its C library goes through its own root', async () => {
		using _stats = keepingStats();
		await using wanted = await target();
		const socket = ['--volume', '/var/run/docker.sock:/var/run/docker.sock:ro'];
		const tool = ['run', 'gethostlatency', '--format', 'ndjson', '--duration', '5'];
		const { code, stdout, stderr } = await run(...socket, ...console, ...tool, '--target', `container:${wanted.name}`);
		expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('evidence: complete') });
		const [first = '{}'] = stdout.split('\n');
		expect(JSON.parse(first)).toMatchObject({ command: 'getent', host: 'localhost' });
	});

	test('its own network is shown, not the console’s nor the host’s', async () => {
		await using wanted = containerName();
		const listen = 'IO::Socket::INET->new(Listen => 5, LocalPort => 4711) and sleep';
		const program = ['perl', '-MIO::Socket', '-e', listen];
		await docker('run', '--detach', '--name', wanted.name, 'debian:trixie-slim', ...program);
		const id = await docker('inspect', '--format', '{{.Id}}', wanted.name);
		const { stdout } = await run(...console, 'run', 'ss', '--format', 'ndjson', '--target', `container:${id}`);
		const rows = stdout
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line) as { local: string });
		expect(rows.map(({ local }) => local)).toEqual(['0.0.0.0:4711']);
	});

	test('its checks read its own control group', async () => {
		await using wanted = containerName();
		const burn = ['--cpus=0.2', 'debian:trixie-slim', 'sh', '-c', 'while :; do :; done'];
		await docker('run', '--detach', '--name', wanted.name, ...burn);
		const id = await docker('inspect', '--format', '{{.Id}}', wanted.name);
		const { code, stdout } = await run(...console, 'check', 'cpu', '--json', '--target', `container:${id}`);
		expect(code).toBe(3);
		const { readings } = JSON.parse(stdout) as { readings: Reading[] };
		expect(readings.find(({ check }) => check === 'cpu.quota')).toMatchObject({ verdict: 'bad' });
	});

	test('one that has ended is told from one that never was', async () => {
		const { code, stderr } = await run(...console, 'check', '--target', 'container:zz-absent');
		expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('There is no container "zz-absent"') });
	});
});
