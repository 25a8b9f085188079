import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ContainerTarget, Reading } from '../../src/checks/check.ts';
import { judge, takeSample } from '../../src/checks/checklist.ts';
import { Watch } from '../../src/checks/watch.ts';
import { withNames } from '../../src/host/container-names.ts';
import { type Container, listContainers } from '../../src/host/containers.ts';
import { openHost } from '../../src/host/host.ts';
import { reading } from '../fixtures/proc-trees/readings.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';

const host = openHost();
const image = 'debian:trixie-slim';
const family = `bpftools-test-${process.pid}`;

/** Enough of them to use up a quota on a host that is busy otherwise. */
const busyLoops = 'for i in 1 2 3; do while :; do :; done & done; while :; do :; done';

const docker = (...args: string[]) =>
	execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

function noEngine(): string | undefined {
	const { status } = spawnSync('docker', ['image', 'inspect', image]);
	return status === 0 ? undefined : `no Docker engine with ${image} answers`;
}

const obstacle = needs('root') ?? noEngine();

/** Runs a shell's script in a container, which is gone after the test, and returns it as its runtime names it. */
async function run(name: string, flags: string[], script: string): Promise<ContainerTarget> {
	const called = `${family}-${name}`;
	onTestFinished(() => {
		spawnSync('docker', ['rm', '--force', called]);
	});
	const id = docker('run', '--detach', '--name', called, ...flags, image, 'sh', '-c', script);
	const container = (await named()).find((each) => each.id === id);
	if (!container) throw new Error(`${called} is not seen`);
	return { kind: 'container', name: `container:${called}`, pid: container.pid, container };
}

const named = (): Promise<Container[]> => withNames(host, listContainers(host));

async function readingsOf(target: ContainerTarget): Promise<Reading[]> {
	const before = takeSample(host, target);
	await sleep(1000);
	return judge({ before, now: takeSample(host, target), first: before });
}

describe.skipIf(obstacle)(titled('containers that docker runs', obstacle), { timeout: 60_000 }, () => {
	test('are listed as docker lists them', async () => {
		const { container } = await run('listed', [], 'sleep 1000 & sleep 1000');
		const two = await eventually('both its processes', async () =>
			(await named()).find(({ id, processes }) => id === container.id && processes >= 2),
		);
		expect(two).toMatchObject({
			runtime: 'docker',
			name: `${family}-listed`,
			image,
			pid: Number(docker('inspect', '--format', '{{.State.Pid}}', container.id)),
		});
		expect(two).not.toHaveProperty('own');
	});

	test('one that is held back by its quota is told from one beside it', async () => {
		const busy = await run('busy', ['--cpus=0.2'], busyLoops);
		const idle = await run('idle', ['--cpus=0.2'], 'sleep 1000');
		const [found, beside] = [await readingsOf(busy), await readingsOf(idle)];
		expect(reading(found, 'cpu.quota')).toMatchObject({ verdict: 'bad' });
		expect(reading(beside, 'cpu.quota')).toMatchObject({ verdict: 'ok' });
		expect(reading(beside, 'cpu.utilization')).toMatchObject({ verdict: 'ok' });
	});

	test('one whose process runs out of memory is told from one beside it', async () => {
		// The container's first process outlives the one that is killed.
		const small = await run('small', ['--memory=64m'], 'sleep 2; tail /dev/zero; sleep 1000');
		const other = await run('other', ['--memory=64m'], 'sleep 1000');
		const watches = [new Watch(host, small), new Watch(host, other)];
		const oomOf = (watch: Watch | undefined) => reading(watch?.next() ?? [], 'memory.oom');
		const found = await eventually('the kill is seen', () => {
			const seen = oomOf(watches[0]);
			return seen.verdict === 'bad' && seen;
		});
		expect(found.why).toMatch(
			/^the container: 1 OOM kill since this console started, 1 since it started; the last was tail \(pid \d+\)$/,
		);
		expect(oomOf(watches[1])).toMatchObject({ value: 0, verdict: 'ok' });
	});

	test('one that ends for want of memory, and comes back, is still watched', async () => {
		const flags = ['--memory=64m', '--restart=always'];
		const target = await run('restarted', flags, 'sleep 3; exec tail /dev/zero');
		const watch = new Watch(host, target);
		await eventually('it is started anew, and killed', () => reading(watch.next(), 'memory.oom').verdict === 'bad', 30);
		const back = await eventually('it is seen again', () => {
			const { verdict, why } = reading(watch.next(), 'memory.utilization');
			return verdict === 'ok' && why.includes('of its limit of 67 MB') && why;
		});
		expect(back).toMatch(/^the container holds/);
	});

	test('its network is its own', async () => {
		const target = await run('network', [], 'sleep 1000');
		const devices = new Set(
			(await readingsOf(target)).filter(({ resource }) => resource === 'network').map(({ device }) => device),
		);
		expect(devices.has('docker0')).toBe(false);
	});

	test('a console in a container sees itself and the others', async () => {
		const busy = await run('neighbour', ['--cpus=0.2'], busyLoops);
		const checkout = join(import.meta.dirname, '../..');
		const script = `
			const { openHost } = await import('/bpftools/src/host/host.ts');
			const { listContainers } = await import('/bpftools/src/host/containers.ts');
			const { judge, takeSample } = await import('/bpftools/src/checks/checklist.ts');
			const host = openHost({ pid: ${process.pid} });
			const containers = listContainers(host);
			const container = containers.find(({ id }) => id === '${busy.container.id}');
			const target = { kind: 'container', name: 'neighbour', pid: container.pid, container };
			const before = takeSample(host, target);
			await new Promise((resolve) => setTimeout(resolve, 1000));
			const readings = judge({ before, now: takeSample(host, target), first: before });
			console.log(JSON.stringify({ containers, readings }));`;
		const args = ['run', '--rm', '--privileged', '--pid=host', '--network=none', '--name', `${family}-console`];
		const mounts = ['--volume', `${checkout}:/bpftools:ro`, 'node:24-trixie-slim'];
		const said = docker(...args, ...mounts, 'node', '--input-type=module', '--eval', script);
		const { containers, readings } = JSON.parse(said) as { containers: Container[]; readings: Reading[] };
		expect(containers.filter(({ own }) => own)).toHaveLength(1);
		expect(reading(readings, 'cpu.quota').verdict).toBe('bad');
		expect(reading(readings, 'memory.utilization').verdict).toBe('ok');
	});
});

const socket = '/run/docker/containerd/containerd.sock';
const noContainerd = obstacle ?? needs({ program: 'ctr' });

test.skipIf(noContainerd)(
	titled('containerd tells the pods and names of kubelet', noContainerd),
	{ timeout: 60_000 },
	async () => {
		const folder = mkdtempSync(join(tmpdir(), 'bpftools-rootfs-'));
		const id = `${family}-pod`;
		const rootfs = join(folder, 'rootfs');
		const ctr = (...args: string[]) =>
			spawnSync('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args], { encoding: 'utf8' });
		onTestFinished(() => {
			ctr('task', 'kill', '--signal', 'SIGKILL', id);
			ctr('task', 'delete', '--force', id);
			ctr('container', 'delete', id);
			// Refused where somebody else has a container in it.
			ctr('namespaces', 'remove', 'k8s.io');
			docker('rm', id);
			rmSync(folder, { recursive: true, force: true });
		});
		mkdirSync(rootfs);
		docker('create', '--name', id, image);
		spawnSync('sh', ['-c', 'docker export "$1" | tar -x -C "$2"', 'sh', id, rootfs]);
		const labels = { 'container.name': 'app', 'pod.name': 'web-1', 'pod.namespace': 'shop' };
		const flags = Object.entries(labels).flatMap(([key, value]) => ['--label', `io.kubernetes.${key}=${value}`]);
		const { stderr, status } = ctr('run', '--detach', '--rootfs', ...flags, rootfs, id, '/usr/bin/sleep', '1000');
		expect(status, stderr).toBe(0);
		const found = (await named()).find((each) => each.id === id);
		expect(found).toMatchObject({ runtime: 'containerd', name: 'app', pod: 'shop/web-1', processes: 1 });
	},
);
