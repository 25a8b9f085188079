import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Host, readText } from './host.ts';
import { surroundings } from './surroundings.ts';

/** What holds nothing any more when the container is gone, wherever it is mounted. */
const passing = new Set(['tmpfs', 'ramfs']);

/**
 * How to keep a folder that would go with this container: it lies on the container's own layer, or in its memory.
 * Undefined where it stays: on a host, and on anything that is mounted into the container.
 */
export function lostWithContainer(folder: string, host: Host, environment = process.env): string | undefined {
	if (!surroundings(host, environment).container) return undefined;
	const mount = mountOf(realOf(resolve(folder)), readText(join(host.proc, 'self/mountinfo')) ?? '');
	if (!mount || (mount.point !== '/' && !passing.has(mount.type))) return undefined;
	return environment.KUBERNETES_SERVICE_HOST
		? `a volume at ${resolve(folder)}`
		: `-v "$PWD/sessions:${resolve(folder)}"`;
}

/** Without links, also where the last parts of it are still to be made. */
function realOf(path: string): string {
	return existsSync(path) ? realpathSync(path) : join(realOf(dirname(path)), basename(path));
}

interface Mount {
	point: string;
	type: string;
}

/** The one that the folder lies on, or will when it is made. Of two at the same place, the later hides the earlier. */
function mountOf(folder: string, mountinfo: string): Mount | undefined {
	let found: Mount | undefined;
	// "22 1 0:20 / /var/lib rw,relatime - overlay overlay rw,lowerdir=…"
	for (const [, written = '', type = ''] of mountinfo.matchAll(/^\S+ \S+ \S+ \S+ (\S+) .*? - (\S+) /gm)) {
		const point = written.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
		const holds = point === '/' || folder === point || folder.startsWith(`${point}/`);
		if (holds && point.length >= (found?.point.length ?? 0)) found = { point, type };
	}
	return found;
}
