import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { build, containerName, docker, run } from './image.ts';

const lack = needs('engine', 'root');
const privileged = ['--privileged', '--pid=host', '--volume', '/run/docker.sock:/run/docker.sock:ro'];

describe.skipIf(lack)(titled('A second container as target', lack), () => {
	beforeAll(() => build('bpftools'));

	/** A container that opens a file of a name of its own, and listens on a port of its own. */
	async function busy() {
		const container = containerName();
		const script = 'ncat -lk 4711 & touch /tmp/mine; echo up; while :; do cat /tmp/mine; sleep 0.1; done';
		const words = ['--detach', '--name', container.name, '--entrypoint', 'sh', 'bpftools', '-c', script];
		await docker('run', ...words);
		await eventually('it is up', async () => (await docker('logs', container.name)).startsWith('up'));
		return container;
	}

	test('a BPF tool shows what happens in it, and nothing else', async () => {
		await using other = await busy();
		await using another = await busy();
		const words = ['run', 'opensnoop', '--duration', '3', '--format', 'ndjson', '--target'];
		const { stdout, stderr } = await run(...privileged, 'bpftools', ...words, `container:${other.name}`);
		expect(stderr).toMatch(/^evidence: (complete|lossy)/m);
		const rows = stdout
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line) as { pid: number; path: string });
		expect(rows.map(({ path }) => path)).toContain('/tmp/mine');
		const theirs = new Set(rows.map(({ pid }) => pid));
		const { stdout: anothers } = await run(...privileged, 'bpftools', ...words, `container:${another.name}`);
		const others = anothers
			.trim()
			.split('\n')
			.map((line) => (JSON.parse(line) as { pid: number }).pid);
		expect(others.filter((pid) => theirs.has(pid))).toEqual([]);
	});

	test('a network tool shows its sockets', async () => {
		await using other = await busy();
		const words = ['run', 'ss', '--format', 'ndjson', '--target', `container:${other.name}`];
		const { stdout } = await run(...privileged, 'bpftools', ...words);
		const locals = stdout
			.trim()
			.split('\n')
			.map((line) => (JSON.parse(line) as { local: string }).local);
		expect(new Set(locals.map((local) => local.split(':').at(-1)))).toEqual(new Set(['4711']));
	});

	test('its checks are of its own control group and network', async () => {
		await using other = await busy();
		const { stdout } = await run(...privileged, 'bpftools', 'check', '--target', `container:${other.name}`);
		expect(stdout).toMatch(/network .* eth0/);
		expect(stdout).not.toContain('docker0');
		expect(stdout).toContain('the container’s');
	});

	test('a probe on its C library goes through its own root', async () => {
		await using other = containerName();
		const looksUp = 'while :; do getent hosts localhost; sleep 0.1; done';
		await docker('run', '--detach', '--name', other.name, 'debian:trixie-slim', 'sh', '-c', looksUp);
		const words = [
			'run',
			'gethostlatency',
			'--format',
			'ndjson',
			'--duration',
			'5',
			'--target',
			`container:${other.name}`,
		];
		const { code, stdout, stderr } = await run(...privileged, 'bpftools', ...words);
		expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('evidence: complete') });
		const [first = '{}'] = stdout.split('\n');
		expect(JSON.parse(first)).toMatchObject({ command: 'getent', host: 'localhost' });
	});

	test('one that holds its processes back turns its checks', async () => {
		await using other = containerName();
		const burn = ['--cpus=0.2', 'debian:trixie-slim', 'sh', '-c', 'while :; do :; done'];
		await docker('run', '--detach', '--name', other.name, ...burn);
		// By the start of its id, too.
		const id = (await docker('inspect', '--format', '{{.Id}}', other.name)).slice(0, 12);
		const { code, stdout } = await run(...privileged, 'bpftools', 'check', 'cpu', '--target', `container:${id}`);
		expect(code).toBe(3);
		expect(stdout).toMatch(/^bad +cpu saturation +the container was held back by its quota/m);
	});
});
