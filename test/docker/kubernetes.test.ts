import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Reading } from '../../src/checks/check.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { Terminal } from '../support/terminal.ts';
import { StandInApi } from './kubernetes-api.ts';
import { KubernetesClients, toolsImage } from './kubernetes-clients.ts';
import { type Pod, readPod } from './kubernetes-protobuf.ts';

const root = join(import.meta.dirname, '../..');
const manifests = readdirSync(join(root, 'images/kubernetes'));
/** The commands that the page gives, each on a line of its own. */
const page = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
const commands = [...page.matchAll(/^ {4}(kubectl .+)$/gm)].map(([, command = '']) => command);

const reason = needs('engine', 'root', { program: 'tmux' });
const suite = reason ? describe.skip : describe;

let clients: KubernetesClients;
beforeAll(async () => {
	if (!reason) clients = await KubernetesClients.start();
});
afterAll(async () => clients?.[Symbol.asyncDispose]());

/** A manifest with the image that is here, as the page says how to name one. */
async function withImage(name: string): Promise<string> {
	return clients.run(
		...['kubectl', 'set', 'image', '--local', '-f', `/manifests/${name}`, `bpftools=${toolsImage}`, '-o', 'json'],
	);
}

/** What of one object is not in another, as paths. */
function missing(wanted: unknown, found: unknown, path = ''): string[] {
	if (typeof wanted !== 'object' || wanted === null) return wanted === found ? [] : [path];
	return Object.entries(wanted).flatMap(([key, value]) =>
		missing(value, (found as Record<string, unknown> | undefined)?.[key], `${path}.${key}`),
	);
}

suite(titled('kubectl', reason), () => {
	/** kubectl reads manifests into its own types, and what these don't have is lost. It prints what it has changed. */
	async function lost(manifest: string): Promise<string[]> {
		const words = ['kubectl', 'set', 'image', '--local', '-f', '-', 'bpftools=other', '-o', 'json'];
		const { code, stdout, stderr } = await clients.result(words, manifest);
		if (code !== 0) throw new Error(stderr);
		return missing(parse(manifest.replace('image: bpftools', 'image: other')), JSON.parse(stdout));
	}

	test.each(manifests)('knows every field of %s', async (name) => {
		expect(await lost(readFileSync(join(root, 'images/kubernetes', name), 'utf8'))).toEqual([]);
	});

	test('would not know a field that is misspelt, or take text for a flag', async () => {
		const manifest = readFileSync(join(root, 'images/kubernetes/sidecar.yaml'), 'utf8');
		expect(await lost(manifest.replace('shareProcessNamespace', 'shareProcessNamespaces'))).toEqual([
			'.spec.shareProcessNamespaces',
		]);
		await expect(lost(manifest.replace('privileged: true', 'privileged: "yes"'))).rejects.toThrow(/privileged/);
	});

	/** Sends a command of the page to the stand-in; there is nothing to attach to. */
	async function send(command: string) {
		await using api = await StandInApi.start();
		const line = command.replace('kubectl debug', `kubectl --server ${api.url} debug --attach=false`);
		await clients.run('sh', '-c', line);
		expect(api.sent).toHaveLength(1);
		return api.sent[0] as (typeof api.sent)[0];
	}

	const debug = (what: string) => {
		const [command = ''] = commands.filter((line) => line.startsWith('kubectl debug') && line.includes(what));
		return command;
	};

	test('debug adds a privileged container to a pod, about one of its containers, with our entrypoint', async () => {
		const { method, path, body } = await send(debug(' web '));
		expect(`${method} ${path}`).toBe('PATCH /api/v1/namespaces/default/pods/web/ephemeralcontainers');
		expect(JSON.parse(body.toString('utf8')).spec.ephemeralContainers).toEqual([
			expect.objectContaining({
				args: ['tui'],
				image: 'bpftools',
				securityContext: { privileged: true },
				stdin: true,
				targetContainerName: 'app',
				tty: true,
			}),
		]);
		expect(body.toString('utf8')).not.toContain('command');
	});

	test('debug starts a privileged pod on a node, in its namespaces; played, it shows the node', async () => {
		const { method, path, body } = await send(debug(' node/worker-1 '));
		expect(`${method} ${path}`).toBe('POST /api/v1/namespaces/default/pods');
		const pod = readPod(body);
		expect(pod.spec).toMatchObject({
			nodeName: 'worker-1',
			hostNetwork: true,
			hostPID: true,
			restartPolicy: 'Never',
			containers: [{ image: 'bpftools', securityContext: { privileged: true }, stdin: true, tty: true }],
		});
		expect(pod.spec.containers[0]).not.toHaveProperty('command');
		const before = await sessionsOnNode();
		await using _ = await clients.play(JSON.stringify(withImageOf(pod)));
		await expectConsole(`${pod.metadata.name}-debugger`, before);
	});

	function withImageOf(pod: Pod): Pod {
		const containers = pod.spec.containers.map((container) => ({ ...container, image: toolsImage }));
		return { ...pod, spec: { ...pod.spec, containers } };
	}
});

const sessionsOnNode = async () => (await clients.result(['ls', '/var/lib/bpftools/sessions'])).stdout.split('\n');

/** Attaches to the console that a pod runs, sees the node in it, leaves it, and finds its session on the node. */
async function expectConsole(container: string, before: string[]): Promise<void> {
	await using terminal = await new Terminal().start(clients.onTerminal('podman', 'attach', container));
	// It was drawn before anybody saw it.
	await terminal.press('?', 'Escape');
	await terminal.waitFor(/cpu +.*%/);
	await terminal.press('q');
	await terminal.ended();
	const made = (await sessionsOnNode()).filter((name) => !before.includes(name));
	expect(made).toHaveLength(1);
	const session = JSON.parse(await clients.run('cat', `/var/lib/bpftools/sessions/${made[0]}/session.json`));
	expect(session).toMatchObject({ ended: expect.any(String), host: { namespaces: { pid: 'host', net: 'host' } } });
}

suite(titled('The pod with a sidecar', reason), () => {
	/** In podman a container is called after its pod and itself. */
	const inSidecar = (...argv: string[]) => clients.result(['podman', 'exec', 'web-bpftools', ...argv]);
	let pod: AsyncDisposable;
	beforeAll(async () => {
		// Its network is its own, as any pod's.
		pod = await clients.play(await withImage('sidecar.yaml'), '--network', 'none');
	});
	afterAll(async () => pod[Symbol.asyncDispose]());

	test("shares the application's processes, and with them its files", async () => {
		const { stdout } = await inSidecar('ps', '-eo', 'pid,args');
		expect(stdout).not.toContain('vitest');
		const [, pid] = /^ *(\d+) sh -c while .*date >\/tmp\/last/m.exec(stdout) ?? [];
		const written = await eventually('the application writes', async () => {
			return (await inSidecar('cat', `/proc/${pid}/root/tmp/last`)).stdout || undefined;
		});
		expect(written).toMatch(/20\d\d\n/);
	});

	// podman lays a folder of its own over /tmp, so the other shared one stands for both.
	test('shares folders', async () => {
		await clients.run('podman', 'exec', 'web-app', 'sh', '-c', 'echo shared >/var/run/lttng/probe');
		expect((await inSidecar('cat', '/var/run/lttng/probe')).stdout).toBe('shared\n');
	});

	test('checks the node that it is on', async () => {
		const { stdout } = await inSidecar('bpftools', 'check', '--json', '--duration', '0.3');
		const { readings } = JSON.parse(stdout) as { readings: Reading[] };
		const utilization = readings.filter(({ kind }) => kind === 'utilization');
		expect(new Set(utilization.map(({ resource }) => resource))).toContain('cpu');
		expect(utilization.find(({ resource }) => resource === 'memory')?.verdict).not.toBe('unknown');
	});

	/** What the application opens, and who does: the rows of a tool that is narrowed to it. */
	async function opened(target: string) {
		const words = ['run', 'opensnoop', '--duration', '6', '--format', 'ndjson', '--target', target];
		const tracing = inSidecar('bpftools', ...words);
		// The sidecar opens files as well.
		await inSidecar('sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do cat /etc/os-release; sleep 0.5; done');
		const { stdout, stderr } = await tracing;
		expect(stderr).toMatch(/evidence: complete/);
		const rows = stdout.trim().split('\n');
		return rows.map((line) => JSON.parse(line) as { pid: number; command: string; path: string });
	}

	test('traces the application, and it alone', async () => {
		const rows = await opened(`container:${await applicationId()}`);
		expect(rows.map(({ path }) => path)).toContain('/tmp/last');
		expect(rows.map(({ path }) => path)).not.toContain('/etc/os-release');
		expect(new Set(rows.map(({ command }) => command))).toEqual(new Set(['sh', 'date', 'sleep']));
	});

	test('traces one of its processes, by the number that it has in the pod', async () => {
		const [, pid] = /^ *(\d+) sh -c while/m.exec((await inSidecar('ps', '-eo', 'pid,args')).stdout) ?? [];
		const rows = await opened(`pid:${pid}`);
		expect(new Set(rows.map(({ pid }) => pid))).toEqual(new Set([Number(pid)]));
		expect(new Set(rows.map(({ path }) => path))).toEqual(new Set(['/tmp/last']));
	});
});

const applicationId = async () => (await clients.run('podman', 'inspect', '--format', '{{.Id}}', 'web-app')).trim();

/** podman knows no ephemeral containers; one that is put into the pod later has the same namespaces and rights. */
test.skipIf(reason)(titled('A container that is added to a pod sees and traces the application', reason), async () => {
	const { spec, ...rest } = JSON.parse(await withImage('sidecar.yaml'));
	const { containers } = spec as Pod['spec'];
	const app = { ...containers.find(({ name }) => name === 'app'), volumeMounts: [] };
	await using _ = await clients.play(JSON.stringify({ ...rest, spec: { containers: [app] } }), '--network', 'none');
	const about = ['run', 'opensnoop', '--duration', '5', '--format', 'ndjson', '--target'];
	const inPod = ['podman', 'run', '--rm', '--pod', 'web', '--pid', 'container:web-app', '--privileged', toolsImage];
	const { stdout } = await clients.result([...inPod, ...about, `container:${await applicationId()}`]);
	const rows = stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as { pid: number; path: string });
	// The application is process 1, as far as this container can see.
	expect(rows).toContainEqual(expect.objectContaining({ pid: 1, path: '/tmp/last' }));
});

suite(titled('The pods of all nodes', reason), () => {
	const inPod = (...argv: string[]) => clients.run('podman', 'exec', 'bpftools-pod-bpftools', ...argv);
	let pod: AsyncDisposable;
	beforeAll(async () => {
		pod = await clients.play(await withImage('nodes.yaml'));
	});
	afterAll(async () => pod[Symbol.asyncDispose]());

	test("are in the node's namespaces of processes and network", async () => {
		expect(await inPod('cat', `/proc/${process.pid}/cmdline`)).toContain('vitest');
		for (const kind of ['pid', 'net']) {
			expect(await inPod('readlink', `/proc/self/ns/${kind}`)).toBe(
				await inPod('readlink', `/proc/${process.pid}/ns/${kind}`),
			);
		}
	});

	test('trace the node', async () => {
		const rows = await inPod('bpftools', 'run', 'runqlat', '--duration', '3', '--format', 'ndjson');
		expect(rows.trim().split('\n').length).toBeGreaterThan(3);
	});

	test('keep sessions on the node', async () => {
		await inPod('sh', '-c', 'echo kept >/var/lib/bpftools/sessions/probe');
		expect(await clients.run('cat', '/var/lib/bpftools/sessions/probe')).toBe('kept\n');
	});
});

test.skipIf(reason)(titled('The pod of one node opens the console on it', reason), async () => {
	const named = await clients.run(
		...[
			'kubectl',
			'patch',
			'--local',
			'-f',
			'/manifests/node.yaml',
			'-p',
			'{"spec":{"nodeName":"worker-1"}}',
			'-o',
			'json',
		],
	);
	const words = ['kubectl', 'set', 'image', '--local', '-f', '-', `bpftools=${toolsImage}`, '-o', 'json'];
	const { stdout } = await clients.result(words, named);
	expect(JSON.parse(stdout).spec.nodeName).toBe('worker-1');
	const before = await sessionsOnNode();
	await using _ = await clients.play(stdout);
	await expectConsole('bpftools-node-bpftools', before);
});
