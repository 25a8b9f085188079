import { copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, type Stats, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * What BCC and bpftrace compile against, as a distribution lays it out. The paths
 * are those below `root`, which may be a host seen from a container or unpacked
 * packages, so no link is left to the kernel to follow: it would lead out of it.
 */
export interface KernelHeaders {
	release: string;
	root: string;
	build: string;
	/** Some distributions keep apart what all builds of a kernel share. */
	source: string | undefined;
	config: string | undefined;
}

export function findHeaders(root: string, release: string): KernelHeaders | undefined {
	const resolve = (path: string) => resolveBelow(root, path);
	const first = (paths: string[]) => paths.map(resolve).find((path) => path !== undefined);
	const modules = [`/lib/modules/${release}`, `/usr/lib/modules/${release}`];
	const build = [
		...modules.map((folder) => join(folder, 'build')),
		// A package that is unpacked and not installed may bring no link to itself.
		`/usr/src/linux-headers-${release}`,
		`/usr/src/kernels/${release}`,
	]
		.map(resolve)
		.find((path) => path !== undefined && resolve(join(path, 'include/generated')) !== undefined);
	if (build === undefined) return undefined;
	return {
		release,
		root,
		build,
		source: first(modules.map((folder) => join(folder, 'source'))),
		config: first([
			`/boot/config-${release}`,
			...modules.map((folder) => join(folder, 'config')),
			join(build, '.config'),
		]),
	};
}

/** The releases that a root has headers of. */
export function releasesWithHeaders(root: string): string[] {
	const names = (folder: string, before = '') => {
		const real = resolveBelow(root, folder);
		if (real === undefined) return [];
		const all = readdirSync(join(root, real));
		return all.filter((name) => name.startsWith(before)).map((name) => name.slice(before.length));
	};
	const candidates = [
		...names('/lib/modules'),
		...names('/usr/lib/modules'),
		...names('/usr/src', 'linux-headers-'),
		...names('/usr/src/kernels'),
	];
	return [...new Set(candidates)].filter((release) => findHeaders(root, release)).sort();
}

/**
 * Copies headers to where an image has them: the same paths below `folder`, so that
 * links between them hold. Only *.h and links: nothing else is ever included, and a
 * folder that a kernel was built in holds gigabytes.
 */
export function copyHeaders({ release, root, build, source, config }: KernelHeaders, folder: string): void {
	const queue = [build, ...(source === undefined ? [] : [source])];
	const copied: string[] = [];
	for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
		if (copied.some((tree) => isWithin(path as string, tree))) continue;
		copied.push(path);
		queue.push(...copyTree(root, path, folder));
	}
	for (const [name, path] of Object.entries({ build, source })) {
		if (path !== undefined) link(inImage(path), join(folder, inImage(`/lib/modules/${release}/${name}`)));
	}
	if (config === undefined) return;
	mkdirSync(join(folder, 'boot'), { recursive: true });
	copyFileSync(join(root, config), join(folder, 'boot', `config-${release}`));
}

/** Copies one folder or file, and answers with what its links lead to outside of it. */
function copyTree(root: string, top: string, folder: string): string[] {
	const outside: string[] = [];
	const copy = (path: string) => {
		const from = join(root, path);
		const to = join(folder, inImage(path));
		const found = lstatSync(from);
		if (found.isDirectory()) {
			for (const name of readdirSync(from)) copy(join(path, name));
		} else if (found.isSymbolicLink()) {
			const end = resolveBelow(root, path);
			if (end === undefined || isWithin(top, end)) return;
			if (!lstatSync(join(root, end)).isDirectory() && !isHeader(end)) return;
			link(inImage(end), to);
			if (!isWithin(end, top)) outside.push(end);
		} else if (found.isFile() && isHeader(path)) {
			mkdirSync(dirname(to), { recursive: true });
			copyFileSync(from, to);
		}
	};
	copy(top);
	return outside;
}

function isHeader(path: string): boolean {
	return path.endsWith('.h');
}

function link(target: string, path: string): void {
	if (lstatSync(path, { throwIfNoEntry: false })) return;
	mkdirSync(dirname(path), { recursive: true });
	symlinkSync(target, path);
}

/** In the image's distribution /lib is a link to /usr/lib, and a folder can't be copied over a link. */
function inImage(path: string): string {
	return path.startsWith('/lib/') ? `/usr${path}` : path;
}

function isWithin(path: string, tree: string): boolean {
	return !relative(tree, path).startsWith('..');
}

const mostLinks = 40;

/** Where a path leads below a root, without any link in it; undefined when nothing is there. */
export function resolveBelow(root: string, path: string): string | undefined {
	const names = path.split('/').filter(Boolean);
	let real = '/';
	let links = 0;
	for (let name = names.shift(); name !== undefined; name = names.shift()) {
		const next = join(real, name);
		const found = look(join(root, next));
		if (!found) return undefined;
		if (!found.isSymbolicLink()) {
			real = next;
			continue;
		}
		if (++links > mostLinks) return undefined;
		const link = readlinkSync(join(root, next));
		if (link.startsWith('/')) real = '/';
		names.unshift(...link.split('/').filter(Boolean));
	}
	return real;
}

/** What is there, unless nothing is or it may not be looked at. */
function look(path: string): Stats | undefined {
	try {
		return lstatSync(path, { throwIfNoEntry: false });
	} catch {
		return undefined;
	}
}
