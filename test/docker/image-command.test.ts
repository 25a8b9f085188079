import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, run, scratchFolder, sessionIn, start } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { build, containerName, docker } from './image.ts';

const lack = needs('engine', 'root', { program: 'tmux' });
const kernelImage = 'bpftools:test-kernel';

/** The packages that linux-headers-ARCHITECTURE stands for, as they are. */
const fetchHeaders = `
	apt-get update -qq
	meta=linux-headers-$(dpkg --print-architecture)
	depends() { apt-cache depends "$1" | sed -n 's/^  Depends: \\(linux-headers-.*\\)/\\1/p'; }
	headers=$(depends "$meta")
	cd /tmp && apt-get download -qq "$headers" $(depends "$headers")
	for package in *.deb; do dpkg -x "$package" /headers; done`;

describe.skipIf(lack)(titled('An image with the headers of a kernel', lack), () => {
	const scratch = scratchFolder();
	const headers = join(scratch.path, 'headers');
	const temporary = join(scratch.path, 'tmp');
	const env = { ...process.env, DOCKER_BUILDKIT: '0', TMPDIR: temporary, XDG_STATE_HOME: scratch.path };

	beforeAll(async () => {
		for (const folder of [headers, temporary]) mkdirSync(folder);
		await build('bpftools');
		const volume = ['--volume', `${headers}:/headers`];
		await docker('run', '--rm', '--network=host', ...volume, 'debian:trixie-slim', 'sh', '-euc', fetchHeaders);
		// Tools look for the headers of the kernel that runs, and this one need not be Debian's. Their layout
		// and that they compile is what is tested; what a tool reads by them is not to be believed.
		const modules = join(headers, 'usr/lib/modules');
		renameSync(join(modules, readdirSync(modules)[0] as string), join(modules, release()));
		const built = await run(['image', 'build', '--headers', headers, '--tag', kernelImage], { env });
		if (built.code !== 0) throw new Error(built.stderr);
	});
	afterAll(async () => {
		await docker('image', 'rm', '--force', kernelImage);
		scratch[Symbol.dispose]();
	});

	const inside = (image: string, script: string, ...flags: string[]) =>
		start(['docker', 'run', '--rm', '--privileged', '--pid=host', ...flags, image, 'sh', '-c', script]).ended;

	test('leaves nothing of its making behind', () => {
		expect(readdirSync(temporary)).toEqual([]);
	});

	test('lets BCC compile, which the image without can not', async () => {
		const count = 'syscount-bpfcc --duration 2';
		const { stdout } = await inside(kernelImage, count);
		expect(stdout).toMatch(/^SYSCALL +COUNT$/m);
		const without = await inside('bpftools', count);
		expect(without.stderr).toContain('Failed to compile BPF module');
	});

	test('lets bpftrace read kernel structures without BTF, which the image without can not', async () => {
		const script = `bpftrace -e '#include <linux/sched.h>
			BEGIN { printf("pid %d\\n", ((struct task_struct *)curtask)->pid); exit() }'`;
		const hidden = ['--volume', '/dev/null:/sys/kernel/btf/vmlinux:ro'];
		const { stdout } = await inside(kernelImage, script, ...hidden);
		expect(stdout).toMatch(/^pid \d+$/m);
		const without = await inside('bpftools', script, ...hidden);
		expect(without.code).not.toBe(0);
		expect(without.stderr).toContain('Could not find kernel headers');
	});

	test('is known to bpftools itself, and has the config', async () => {
		const { stdout } = await inside(kernelImage, `bpftools doctor; head -4 /boot/config-${release()}`);
		expect(stdout).toMatch(new RegExp(`works +headers +/lib/modules/${release()}/build`));
		expect(stdout).toMatch(/^# Linux\/.* Kernel Configuration$/m);
	});

	test('can be built by somebody who has only the image', async () => {
		const words = ['image', 'build', '--headers', '/headers', '--tar'];
		const context = execFileSync(
			'docker',
			['run', '--rm', '--volume', `${headers}:/headers:ro`, 'bpftools', ...words],
			{
				maxBuffer: 1e9,
			},
		);
		execFileSync('docker', ['build', '--tag', `${kernelImage}-again`, '-'], { input: context, env, stdio: 'pipe' });
		const { stdout } = await inside(`${kernelImage}-again`, 'syscount-bpfcc --duration 1');
		await docker('image', 'rm', '--force', `${kernelImage}-again`);
		expect(stdout).toMatch(/^SYSCALL +COUNT$/m);
	});
});

describe.skipIf(lack)(titled('bpftools image run', lack), () => {
	const scratch = scratchFolder();
	const env = { ...process.env, XDG_STATE_HOME: scratch.path };
	const sessions = join(scratch.path, 'bpftools/sessions');
	beforeAll(() => build('bpftools'));
	afterAll(() => scratch[Symbol.dispose]());

	const runImage = (...words: string[]) => run(['image', 'run', ...words], { env });
	const labelled = (label: string) => docker('ps', '--quiet', '--filter', `label=${label}`);

	test('opens the console on the host, and keeps its session', async () => {
		await using terminal = await new Terminal().start([...bpftools, 'image', 'run', 'bpftools', 'host'], {
			env: { XDG_STATE_HOME: scratch.path },
		});
		await terminal.waitFor(/cpu +.*%/, 30);
		await terminal.press('q');
		expect(await terminal.ended()).toBe(0);
		const session = JSON.parse(readFileSync(join(sessionIn(sessions), 'session.json'), 'utf8'));
		expect(session).toMatchObject({ target: 'host', host: { namespaces: { pid: 'host', net: 'host' } } });
	});

	test('passes on what goes in, what comes out and how it ends', async () => {
		const words = ['image', 'run', 'bpftools', 'host', 'sh', '-c', 'cat; echo broken >&2; exit 7'];
		expect(await run(words, { env, input: 'piped\n' })).toEqual({
			code: 7,
			signal: null,
			stdout: 'piped\n',
			stderr: 'broken\n',
		});
	});

	test('prints what it would run, to be pasted into a shell', async () => {
		const script = `printf '<%s>' "it's \\$HOME" "$(hostname)"; exit 3`;
		const { stdout: line } = await runImage('--print', 'bpftools', 'host', 'sh', '-c', script);
		const pasted = await start(['bash', '-c', line], { env }).ended;
		const direct = await runImage('bpftools', 'host', 'sh', '-c', script);
		expect(direct).toMatchObject({ code: 3, stdout: expect.stringContaining("<it's $HOME>") });
		expect(pasted).toEqual(direct);
	});

	test('narrows a tool to a container, by its name', async () => {
		await using app = containerName();
		const loop = 'while :; do date >/tmp/last; sleep 0.2; done';
		await docker('run', '--detach', '--name', app.name, 'debian:trixie-slim', 'sh', '-c', loop);
		const words = ['run', 'opensnoop', '--duration', '4', '--format', 'ndjson'];
		const { stdout } = await runImage('bpftools', `container:${app.name}`, ...words);
		const rows = stdout
			.trim()
			.split('\n')
			.map((row) => JSON.parse(row) as { command: string });
		expect(new Set(rows.map(({ command }) => command))).toEqual(new Set(['sh', 'date', 'sleep']));
	});

	test("puts a shell into a container's namespaces", async () => {
		await using app = containerName();
		await docker('run', '--detach', '--network=none', '--name', app.name, 'debian:trixie-slim', 'sleep', 'infinity');
		const { stdout } = await runImage('bpftools', `container:${app.name}`, 'sh', '-c', 'ps -eo args; ip -br link');
		expect(stdout).toMatch(/^sleep infinity$/m);
		expect(stdout).not.toContain('vitest');
		expect(stdout.match(/^\S+ +(UNKNOWN|UP|DOWN) /gm)).toHaveLength(1);
	});

	test('ends its container when it is asked to end', async () => {
		const label = `bpftools.test=${process.pid}`;
		// An image of the test's own, so that its container is found whatever it is called.
		const dockerfile = join(scratch.path, 'Dockerfile');
		writeFileSync(dockerfile, `FROM bpftools\nLABEL ${label}\n`);
		execFileSync('docker', ['build', '--tag', 'bpftools:test-labelled', '-'], {
			input: readFileSync(dockerfile),
			stdio: 'pipe',
		});
		const { child, ended } = start(
			[...bpftools, 'image', 'run', 'bpftools:test-labelled', 'host', 'sh', '-c', 'sleep 600'],
			{
				env,
			},
		);
		await eventually('the container runs', async () => (await labelled(label)) || undefined);
		child.kill('SIGTERM');
		expect((await ended).code).toBeGreaterThan(128);
		await eventually('the container is gone', async () => (await labelled(label)) === '');
		await docker('image', 'rm', '--force', 'bpftools:test-labelled');
	});
});
