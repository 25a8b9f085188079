import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { start } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { build, containerName, docker, run, runWords } from './image.ts';

const lack = needs('engine', 'root');
const lackOnScreen = lack ?? needs({ program: 'tmux' });

const image = 'bpftools:mini';
const privileged = ['--privileged', '--pid=host'];

beforeAll(async () => {
	if (!lack) await build(image);
});

describe.skipIf(lack)(titled('The entrypoint', lack), () => {
	test('check: verdicts about the host', async () => {
		const { stdout, stderr } = await run(...privileged, image, 'check', '--json');
		expect(stderr).toBe('');
		const text = JSON.stringify(JSON.parse(stdout));
		expect(text).not.toContain("can't read");
		for (const resource of ['cpu', 'memory', 'disk', 'network']) expect(text).toContain(`"resource":"${resource}"`);
	});

	test('list: libbpf serves what it can', async () => {
		const { code, stdout } = await run(...privileged, image, 'list', '--json');
		expect(code).toBe(0);
		const tools = JSON.parse(stdout) as { name: string; provider: string | null }[];
		expect(tools).toContainEqual(expect.objectContaining({ name: 'opensnoop', provider: 'libbpf' }));
	});

	test('run: a tool sees what the host does', async () => {
		const words = ['run', 'opensnoop', '--duration', '3', '--format', 'ndjson'];
		const { code, stdout, stderr } = await run(...privileged, image, ...words);
		expect(code).toBeOneOf([0, 1]);
		expect(stderr).toMatch(/^evidence: (complete|lossy)/m);
		expect(stdout.split('\n').length).toBeGreaterThan(1);
	});

	test('doctor: what the entrypoint mounted is there', async () => {
		const { stdout } = await run(...privileged, image, 'doctor', '--json');
		const { entries } = JSON.parse(stdout) as { entries: { name: string; status: string; detail: string }[] };
		const mounts = entries.filter(({ name }) => ['tracefs', 'debugfs', 'bpffs'].includes(name));
		expect(mounts.map(({ status }) => status)).toEqual(['works', 'works', 'works']);
	});

	test('without rights it mounts nothing, says nothing, and doctor tells what is missing', async () => {
		const { stderr, stdout } = await run('--cap-drop=ALL', image, 'doctor', '--json');
		expect(stderr).toBe('');
		const { entries } = JSON.parse(stdout) as { entries: { name: string; status: string; fix: string | null }[] };
		expect(entries).toContainEqual(
			expect.objectContaining({ name: 'tracefs', status: 'missing', fix: expect.stringMatching(/\w/) }),
		);
	});

	test('no command and no terminal: the help', async () => {
		const { code, stdout } = await run(image);
		expect(code).toBe(0);
		expect(stdout).toMatch(/^Usage: bpftools /m);
	});

	test('a command that does not exist is refused by bpftools', async () => {
		const { code, stderr } = await run(image, 'checks');
		expect(stderr).toMatch(/did you mean check\?/);
		expect(code).not.toBe(0);
	});

	for (const shell of ['sh', 'bash']) {
		test(`${shell}: its arguments arrive as they are, and its exit code comes back`, async () => {
			const { code, stdout } = await run(image, shell, '-c', 'printf "[%s]" "$0" "$@"; exit 7', 'a b', '$HOME', '');
			expect(stdout).toBe('[a b][$HOME][]');
			expect(code).toBe(7);
		});
	}

	test('Node’s options reach neither the console nor what it starts', async () => {
		const { stdout } = await run(image, 'sh', '-c', 'env');
		expect(stdout).not.toMatch(/^NODE/m);
		expect(stdout).toMatch(/^LANG=C\.UTF-8$/m);
		expect(stdout).toMatch(/^XDG_STATE_HOME=\/var\/lib$/m);
	});

	test('mounts are the container’s own', async () => {
		const mounted = () => readFileSync('/proc/self/mountinfo', 'utf8').match(/ - (tracefs|debugfs|bpf) /g)?.length;
		const before = mounted();
		await using container = containerName();
		const words = ['--detach', '--name', container.name, ...privileged, image, 'sh', '-c', 'echo up; sleep 1000'];
		await docker(...runWords(...words).slice(1));
		await eventually('the container is up', async () => (await docker('logs', container.name)) === 'up');
		const inside = await docker('exec', container.name, 'cat', '/proc/mounts');
		expect(inside).toMatch(/ \/sys\/kernel\/tracing tracefs /);
		expect(inside).toMatch(/ \/sys\/kernel\/debug debugfs /);
		expect(inside).toMatch(/ \/sys\/fs\/bpf bpf /);
		expect(mounted()).toBe(before);
	});

	test('processes that lost their parent are reaped, also where process 1 is the host’s', async () => {
		const family = 'init=$(ps -o ppid= -p $PPID); ps -o comm= -p $init --ppid $init | sort; echo';
		const script = `(sleep 5 &); ${family}; while pgrep --parent $init sleep; do sleep 0.1; done >/dev/null; ${family}`;
		const { stdout } = await run('--pid=host', image, 'sh', '-c', script);
		expect(stdout).toBe('entrypoint\nsleep\ntini\n\nentrypoint\ntini\n\n');
	});
});

describe.skipIf(lack)(titled('The host’s kernel headers', lack), () => {
	/** A container that stands for a host with headers, since the machine of the tests may have none. */
	async function hostWithHeaders(): Promise<string> {
		const container = containerName();
		onTestFinished(() => container[Symbol.asyncDispose]());
		const script = `
			mkdir -p /lib/modules/${release()} /lib/modules/1.2.3 /usr/src/linux-headers-a /usr/src/linux-headers-b
			echo host | tee /lib/modules/${release()}/whose /usr/src/linux-headers-a/whose /usr/src/linux-headers-b/whose
			ln -s /usr/src/linux-headers-a /lib/modules/${release()}/build
			exec sleep 1000`;
		await docker('run', '--detach', '--name', container.name, '--entrypoint', 'sh', image, '-c', script);
		await eventually('the folders are there', async () => /host/.test(await docker('logs', container.name)));
		return docker('inspect', '--format', '{{.State.Pid}}', container.name);
	}

	const look = `cat /lib/modules/${release()}/build/whose /lib/modules/${release()}/whose /usr/src/*/whose; ls /lib/modules`;

	test('are seen through its process', async () => {
		const host = ['--env', `BPFTOOLS_HOST_PID=${await hostWithHeaders()}`];
		const { stdout, stderr } = await run(...privileged, ...host, image, 'sh', '-c', look);
		expect(stderr).toBe('');
		expect(stdout).toBe(`${'host\n'.repeat(4)}${release()}\n`);
	});

	test('hide nothing that the image or -v brings', async () => {
		const host = ['--env', `BPFTOOLS_HOST_PID=${await hostWithHeaders()}`];
		const brought = ['--tmpfs', '/lib/modules', '--tmpfs', '/usr/src/linux-headers-b'];
		const { stdout } = await run(
			...[...privileged, ...host, ...brought, '--entrypoint', 'sh', image, '-c'],
			`mkdir -p /lib/modules/${release()}; echo image | tee /lib/modules/${release()}/whose /usr/src/linux-headers-b/whose
			entrypoint sh -c 'cat /lib/modules/${release()}/whose /usr/src/*/whose'`,
		);
		expect(stdout).toBe('image\nimage\nhost\nimage\n');
	});

	test('are not looked for where that is not permitted', async () => {
		const { stdout, stderr } = await run('--cap-drop=ALL', '--pid=host', image, 'sh', '-c', 'ls -A /usr/src; echo ok');
		expect(stderr).toBe('');
		expect(stdout).toBe('ok\n');
	});
});

describe.skipIf(lackOnScreen)(titled('docker stop', lackOnScreen), () => {
	const stopSeconds = async (name: string) => {
		const before = performance.now();
		await docker('stop', name);
		return (performance.now() - before) / 1000;
	};

	test('ends a shell that somebody sits at, and what was started there', async () => {
		await using container = containerName();
		await using terminal = new Terminal();
		await terminal.start(runWords('-it', '--name', container.name, image, 'sh'));
		await terminal.waitFor(/^root@\w+:\/#/m);
		await terminal.type('sleep 1000 & sleep 1001');
		await terminal.press('Enter');
		await eventually('both run', async () => /sleep 1001/.test(await docker('top', container.name)));
		expect(await stopSeconds(container.name)).toBeLessThan(2);
		await terminal.ended();
	});

	test('ends a run, with its evidence', async () => {
		await using container = containerName();
		const words = ['--name', container.name, ...privileged, image, 'run', 'opensnoop', '--duration', '1000'];
		const tool = start(runWords(...words));
		await eventually('rows come', () => tool.output.stdout.split('\n').length > 3);
		expect(await stopSeconds(container.name)).toBeLessThan(2);
		const { stderr } = await tool.ended;
		expect(stderr).toMatch(/^evidence: (complete|lossy)/m);
	});
});
