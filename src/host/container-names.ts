import { statSync } from 'node:fs';
import { join } from 'node:path';
import { listFromContainerd } from './containerd-api.ts';
import type { Container } from './containers.ts';
import { type Described, listFromDocker } from './docker-api.ts';
import { listFolder } from './folder.ts';
import type { Host } from './host.ts';
import { printable } from './printable.ts';

/** How long a runtime may take to answer, in milliseconds, before its names are done without. */
const patience = 2000;
const longestName = 200;

/** Adds what the runtimes know, where their sockets are there and answer. Whatever goes wrong, the containers come back. */
export async function withNames(host: Host, containers: Container[]): Promise<Container[]> {
	if (containers.length === 0) return containers;
	const answers = await Promise.all(
		socketsOf(host).map(async ({ runtime, path }) => {
			const described = await ask(runtime, path);
			return described.map((each) => [each.id, namesOf(runtime, each)] as const);
		}),
	);
	const known = new Map(answers.toReversed().flat());
	return containers.map((container) => {
		const { runtime, ...names } = known.get(container.id) ?? {};
		// Some control groups don't say who made them; those that do know better than a daemon under the runtime.
		const nameless = container.runtime === 'kubernetes' || container.runtime === 'container';
		return { ...container, ...names, ...(nameless && runtime && { runtime }) };
	});
}

type Runtime = 'docker' | 'podman' | 'containerd';

async function ask(runtime: Runtime, path: string): Promise<Described[]> {
	const list = runtime === 'containerd' ? listFromContainerd : listFromDocker;
	try {
		return await list(path, patience);
	} catch {
		return [];
	}
}

/**
 * The most trusted first: those of the system before those of its users, who
 * may claim anything, and docker's before that of the containerd under it.
 */
function socketsOf(host: Host): { runtime: Runtime; path: string }[] {
	const seen = new Set<string>();
	const sockets = (runtime: Runtime, ...paths: string[]) =>
		paths.flatMap((path) => {
			const identity = socketIdentity(path);
			if (identity === undefined || seen.has(identity)) return [];
			seen.add(identity);
			return [{ runtime, path }];
		});
	const roots = [join(host.proc, '..'), join(host.proc, String(host.pid), 'root')];
	const users = roots.flatMap((root) => listFolder(join(root, 'run/user')).map((user) => join(root, 'run/user', user)));
	return [
		...roots.flatMap((root) => [
			...sockets('docker', join(root, 'run/docker.sock'), join(root, 'var/run/docker.sock')),
			...sockets('podman', join(root, 'run/podman/podman.sock')),
			...sockets(
				'containerd',
				join(root, 'run/containerd/containerd.sock'),
				join(root, 'run/docker/containerd/containerd.sock'),
			),
		]),
		...users.flatMap((user) => [
			...sockets('docker', join(user, 'docker.sock')),
			...sockets('podman', join(user, 'podman/podman.sock')),
		]),
	];
}

function socketIdentity(path: string): string | undefined {
	try {
		const { dev, ino } = statSync(path);
		return `${dev}:${ino}`;
	} catch {
		return undefined;
	}
}

/** kubelet writes the names of its pods and containers into labels; the name that it gives docker repeats them all. */
function namesOf(runtime: Runtime, { name, image, labels }: Described): Partial<Container> & { runtime: Runtime } {
	const pod = [labels['io.kubernetes.pod.namespace'], labels['io.kubernetes.pod.name']].filter(Boolean).join('/');
	const holdsPod =
		labels['io.cri-containerd.kind'] === 'sandbox' || labels['io.kubernetes.docker.type'] === 'podsandbox';
	const called = labels['io.kubernetes.container.name'] ?? (holdsPod ? 'POD' : (name ?? labels['nerdctl/name']));
	return {
		runtime,
		...(called && { name: shown(called) }),
		...(image && { image: shown(image) }),
		...(pod && { pod: shown(pod) }),
	};
}

function shown(text: string): string {
	return printable(text.slice(0, longestName));
}
