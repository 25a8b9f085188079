import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { listFolders } from './folder.ts';
import { type Host, readText } from './host.ts';

/** One line of /proc/PID/cgroup: where a process is in the hierarchy of these controllers; in version 2's they are ''. */
export interface Membership {
	controllers: string;
	path: string;
}

/** The files of one controller for one control group. */
export interface ControlFiles {
	version: 1 | 2;
	folder: string;
	/** The folder of the highest group that can be seen from here: what limits a group above limits this one. */
	top: string;
}

/** A control group, as far as its files can be opened from here. */
export interface Cgroup {
	/** Its folder in the hierarchy of version 2, where it has one. */
	folder: string | undefined;
	files(controller: string): ControlFiles | undefined;
}

export function cgroupOf(host: Host, pid: number): Cgroup | undefined {
	const memberships = membershipsOf(host, pid);
	return memberships && openCgroup(host, memberships);
}

export function membershipsOf(host: Host, pid: number | 'self'): Membership[] | undefined {
	const text = readMemberships(host, pid);
	return text === undefined ? undefined : membershipsIn(host, text);
}

/** With paths as the host calls them, where that can be told. */
export function membershipsIn(host: Host, text: string): Membership[] {
	return parseMemberships(text).map((each) => ({ ...each, path: hostPath(host, each) }));
}

/** As text, because thousands of processes share few of them. */
export function readMemberships(host: Host, pid: number | string): string | undefined {
	try {
		// Node reads utf8 twice as fast as any other encoding.
		return readFileSync(`${host.proc}/${pid}/cgroup`, 'utf8');
	} catch {
		return undefined;
	}
}

/** Version 2 first: in a mixed host it knows of every process. */
export function parseMemberships(text: string): Membership[] {
	return [...text.matchAll(/^\d+:([^:]*):(\/.*)$/gm)]
		.map(([, controllers = '', path = '']) => ({ controllers, path: path.replace(/ \(deleted\)$/, '') }))
		.sort((a, b) => Number(a.controllers !== '') - Number(b.controllers !== ''));
}

export function openCgroup(host: Host, memberships: Membership[]): Cgroup {
	const hierarchies = hierarchiesOf(host);
	const opened = memberships.flatMap(({ controllers, path }) => {
		const hierarchy = hierarchies.get(controllers);
		if (!hierarchy) return [];
		const folder = folderIn(hierarchy, path);
		const { version, mount } = hierarchy;
		return folder === undefined ? [] : [{ controllers, files: { version, folder, top: mount } }];
	});
	const opensAs = (name: string) => opened.find(({ controllers }) => controllers.split(',').includes(name))?.files;
	const isOld = (controller: string) => [...hierarchies.keys()].some((names) => names.split(',').includes(controller));
	return {
		folder: opensAs('')?.folder,
		// A controller that has a hierarchy of version 1 counts nothing in that of version 2.
		files: (controller) => opensAs(isOld(controller) ? controller : ''),
	};
}

/** The highest group that can be seen from here in the hierarchy of a controller. */
export function highestGroup(host: Host, controller: string): ControlFiles | undefined {
	const memberships = [...hierarchiesOf(host)].map(([controllers, { root }]) => ({ controllers, path: root }));
	return openCgroup(host, memberships).files(controller);
}

interface Hierarchy {
	version: 1 | 2;
	/** Where it is mounted, as a path that can be opened from here. */
	mount: string;
	/** The group that is mounted there, and the one that this process's namespace calls "/". */
	root: string;
	own: string;
}

/** Who mounts what changes rarely, and finding our own place can mean a search: once is enough. */
const known = new WeakMap<Host, Map<string, Hierarchy>>();

function hierarchiesOf(host: Host): Map<string, Hierarchy> {
	const found = known.get(host) ?? findHierarchies(host);
	known.set(host, found);
	return found;
}

/** In a cgroup namespace of its own this process is told "/" for its own group, and "/../…" for those beside it. */
function hostPath(host: Host, { controllers, path }: Membership): string {
	const own = hierarchiesOf(host).get(controllers)?.own ?? '/';
	return own === '/' ? path : posix.join(own, path);
}

function folderIn({ mount, root }: Hierarchy, path: string): string | undefined {
	if (path === '/..' || path.startsWith('/../')) return undefined;
	if (path === root) return mount;
	if (root === '/') return join(mount, path);
	return path.startsWith(`${root}/`) ? join(mount, path.slice(root.length)) : undefined;
}

function findHierarchies(host: Host): Map<string, Hierarchy> {
	const found = new Map<string, Hierarchy>();
	const mounts = [
		...mountsOf(host, 'self', join(host.proc, '..')),
		// A container is shown its own group alone, unless it looks through a process of the host.
		...mountsOf(host, host.pid, join(host.proc, String(host.pid), 'root')),
	];
	for (const { controllers, path } of parseMemberships(readMemberships(host, 'self') ?? '')) {
		const widest = mounts
			.filter((mount) => isOf(mount, controllers) && existsSync(mount.folder))
			.sort((a, b) => narrowness(a.root) - narrowness(b.root))[0];
		if (!widest) continue;
		const levelsUp = widest.root.split('/').filter((name) => name === '..').length;
		found.set(controllers, {
			version: controllers === '' ? 2 : 1,
			mount: widest.folder,
			root: levelsUp ? '/' : widest.root,
			own: (levelsUp && ownPath(host, widest.folder, levelsUp, path)) || '/',
		});
	}
	return found;
}

interface Mount {
	folder: string;
	root: string;
	type: string;
	options: string[];
}

/** A line of mountinfo: "36 25 0:30 ROOT FOLDER rw shared:9 - TYPE SOURCE OPTIONS". What is mounted last on a folder hides the others. */
function mountsOf(host: Host, pid: number | 'self', prefix: string): Mount[] {
	const text = readText(join(host.proc, String(pid), 'mountinfo')) ?? '';
	const mounts = [...text.matchAll(/^\S+ \S+ \S+ (\S+) (\S+) .*- (\S+) \S+ (\S+)$/gm)].map(
		([, root = '', folder = '', type = '', options = '']) => ({
			folder: join(prefix, unescaped(folder)),
			root: unescaped(root),
			type,
			options: options.split(','),
		}),
	);
	return [...new Map(mounts.map((mount) => [mount.folder, mount])).values()];
}

function unescaped(path: string): string {
	return path.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function isOf({ type, options }: Mount, controllers: string): boolean {
	if (controllers === '') return type === 'cgroup2';
	return type === 'cgroup' && controllers.split(',').every((controller) => options.includes(controller));
}

/** The more of the hierarchy a mount shows, the better: "/../.." is above "/", and that above "/docker/…". */
function narrowness(root: string): number {
	const names = root.split('/').filter(Boolean);
	return names.reduce((sum, name) => sum + (name === '..' ? -1 : 1), 0);
}

/** What the host calls the group that is "/" to us: the one so many levels down that our own process is in. */
function ownPath(host: Host, mount: string, levels: number, path: string): string | undefined {
	const pid = /^\d+/.exec(readText(join(host.proc, 'self/stat')) ?? '')?.[0];
	let groups = [''];
	for (let level = 0; level < levels; level++) groups = groups.flatMap((group) => childrenOf(mount, group));
	return groups.find((group) =>
		readText(join(mount, group, path, 'cgroup.procs'))
			?.split('\n')
			.includes(pid ?? ''),
	);
}

function childrenOf(mount: string, group: string): string[] {
	return listFolders(join(mount, group)).map((name) => `${group}/${name}`);
}

/** The folders of a group and of all above it, itself first. */
export function withAbove({ folder, top }: ControlFiles): string[] {
	const folders = [folder];
	for (let above = folder; above.length > top.length; folders.push(above)) above = dirname(above);
	return folders;
}

/** Containers that run containers, or a service manager, have some hundreds; more are somebody's mistake. */
const mostGroups = 1000;

/** The folders of a group and of all below it, itself first. Counters of version 1 are seldom summed up. */
export function withNested(folder: string): string[] {
	const folders = [folder];
	for (let at = 0; at < folders.length && folders.length < mostGroups; at++) {
		const parent = folders[at] ?? '';
		folders.push(...listFolders(parent).map((name) => join(parent, name)));
	}
	return folders;
}

export function processesIn({ folder }: ControlFiles): number[] {
	return withNested(folder).flatMap((each) =>
		[...(readText(join(each, 'cgroup.procs')) ?? '').matchAll(/^\d+$/gm)].map(Number),
	);
}
