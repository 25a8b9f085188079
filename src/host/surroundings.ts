import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ownContainer } from './containers.ts';
import { type Host, readText } from './host.ts';
import { whoseNamespace } from './identity.ts';

/** Whether this console runs in a container, and what tells. */
export interface Surroundings {
	container: boolean;
	why: string;
}

/**
 * A mark that container engines leave is no proof: a host may have been copied
 * out of an image, with its /.dockerenv. A mount namespace of its own is none
 * either: services have one. Both together are, or a mark and a root of layers
 * where the host's namespace may not be looked at.
 */
export function surroundings(host: Host, environment: NodeJS.ProcessEnv = process.env): Surroundings {
	const mounts = whoseNamespace(host, 'mnt');
	if (mounts === 'host') return { container: false, why: "its mount namespace is the host's" };
	const mark = engineMark(host, environment);
	if (!mark) return { container: false, why: 'no container engine left a mark here' };
	if (mounts === 'own') return { container: true, why: `${mark}, and its mount namespace is not the host's` };
	if (whoseNamespace(host, 'pid') === 'own')
		return { container: true, why: `${mark}, and its pids are not the host's` };
	if (hasLayeredRoot(host)) return { container: true, why: `${mark}, and its root is an image's` };
	return { container: false, why: `${mark}, but its root is a disk's and its pids are the host's` };
}

function engineMark(host: Host, environment: NodeJS.ProcessEnv): string | undefined {
	const root = join(host.proc, '..');
	for (const file of ['.dockerenv', 'run/.containerenv']) if (existsSync(join(root, file))) return `there is /${file}`;
	if (environment.container) return `its engine calls it container=${environment.container}`;
	if (environment.KUBERNETES_SERVICE_HOST) return 'Kubernetes told it where its API is';
	const own = ownContainer(host);
	if (own) return `its control group is that of a ${own.runtime} container`;
	const mounts = readText(join(host.proc, 'self/mountinfo')) ?? '';
	const file = /^\S+ \S+ \S+ \S+ (\/etc\/(?:hosts|hostname|resolv\.conf)) /m.exec(mounts)?.[1];
	return file && `${file} is mounted into it`;
}

function hasLayeredRoot(host: Host): boolean {
	const mounts = readText(join(host.proc, 'self/mountinfo')) ?? '';
	// "22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=…"; other drivers give a folder of a disk.
	const [, folder, type] = /^\S+ \S+ \S+ (\S+) \/ .* - (\S+) /m.exec(mounts) ?? [];
	return type === 'overlay' || (folder !== undefined && /\/(containers?|docker|snapshots)\//.test(folder));
}
