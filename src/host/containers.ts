import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
	type Cgroup,
	type Membership,
	membershipsIn,
	membershipsOf,
	openCgroup,
	parseMemberships,
	readMemberships,
} from './cgroup.ts';
import { type Host, readText } from './host.ts';
import { printable } from './printable.ts';

/** One container, told from the control groups of its processes. */
export interface Container {
	/** As its runtime gave it: 64 hexadecimal digits for most, a name for LXC and systemd-nspawn. */
	id: string;
	/** docker, containerd, cri-o, podman, or what its control group is called after. */
	runtime: string;
	/** Its first process: the oldest that still runs. */
	pid: number;
	processes: number;
	/** The one that this console runs in. */
	own?: true;
	/** "namespace/name" where the runtime tells it over its socket, else the uid that is in its control group's path. */
	pod?: string;
	/** What only the runtime can tell, over its socket. */
	name?: string;
	image?: string;
}

/** The containers that have processes, oldest first. Needs no runtime: /proc says who is in which control group. */
export function listContainers(host: Host): Container[] {
	const own = ownContainer(host);
	const ofGroup = new Map<string, Place | undefined>();
	const members = new Map<string, { place: Place; pids: number[] }>();
	for (const entry of readdirSync(host.proc)) {
		const pid = Number(entry);
		const text = Number.isInteger(pid) ? readMemberships(host, pid) : undefined;
		if (text === undefined) continue;
		if (!ofGroup.has(text)) ofGroup.set(text, placeIn(membershipsIn(host, text)) ?? ownPlace(own, text));
		const place = ofGroup.get(text);
		if (!place) continue;
		const seen = members.get(place.id);
		if (seen) seen.pids.push(pid);
		else members.set(place.id, { place, pids: [pid] });
	}
	return [...members.values()]
		.flatMap(({ place: { id, runtime, pod }, pids }) => {
			const first = oldestOf(host, pids);
			if (!first) return [];
			const mark = id === own?.id ? { own: true as const } : {};
			return [
				{ first, container: { id, runtime, pid: first.pid, processes: pids.length, ...(pod && { pod }), ...mark } },
			];
		})
		.sort((a, b) => a.first.startTicks - b.first.startTicks)
		.map(({ container }) => container);
}

interface Started {
	pid: number;
	startTicks: number;
}

/** Pids start over some day, so the lowest may be young; but nothing in a container is older than its init, where it has one. */
function oldestOf(host: Host, pids: number[]): Started | undefined {
	const lowest = pids.reduce((a, b) => Math.min(a, b));
	const candidates = isInit(host, lowest) ? [lowest] : pids;
	const started = candidates.flatMap((pid) => startOf(host, pid) ?? []);
	return started.length ? started.reduce((a, b) => (b.startTicks < a.startTicks ? b : a)) : undefined;
}

/** In a pid namespace within ours its number is 1. */
function isInit(host: Host, pid: number): boolean {
	return /^NSpid:(?:\t\d+)+\t1$/m.test(readText(join(host.proc, String(pid), 'status')) ?? '');
}

function startOf(host: Host, pid: number): Started | undefined {
	const fields = statusOf(host, pid);
	return fields && { pid, startTicks: Number(fields[19]) };
}

/** The innermost container that /proc/PID/cgroup speaks of. */
export function containerIdOf(cgroupText: string): Pick<Container, 'id' | 'runtime'> | undefined {
	const place = placeIn(parseMemberships(cgroupText));
	return place && { id: place.id, runtime: place.runtime };
}

/** A container as it runs now: after a restart it has another first process. Undefined when it has none. */
export function asItRuns(host: Host, container: Container): Container | undefined {
	return cgroupOfContainer(host, container) ? container : listContainers(host).find(({ id }) => id === container.id);
}

/** The control group that holds all of a container. Undefined once its first process has ended. */
export function cgroupOfContainer(host: Host, { id, pid }: Container): Cgroup | undefined {
	const memberships = hasEnded(host, pid) ? [] : (membershipsOf(host, pid) ?? []);
	const inside = memberships.flatMap(({ controllers, path }) => {
		const place = placesIn(path).find((each) => each.id === id);
		return place ? [{ controllers, path: place.path }] : [];
	});
	return inside.length ? openCgroup(host, inside) : undefined;
}

/** An ended process keeps its place until its parent has asked how it ended. */
function hasEnded(host: Host, pid: number): boolean {
	return ['Z', 'X'].includes(statusOf(host, pid)?.[0] ?? '');
}

/** The fields of /proc/PID/stat after the name, which may hold spaces and parentheses itself. */
function statusOf(host: Host, pid: number): string[] | undefined {
	const stat = readText(join(host.proc, String(pid), 'stat'));
	return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** A container in the path of a control group; its own path ends where it begins. */
interface Place {
	id: string;
	runtime: string;
	path: string;
	pod: string | undefined;
}

/** Where both versions are in use, not every runtime makes groups in both: the other says what is around the container. */
function placeIn(memberships: Membership[]): Place | undefined {
	const innermost = memberships.flatMap(({ path }) => placesIn(path)[0] ?? []);
	return innermost.sort((a, b) => depth(b) - depth(a))[0];
}

function depth({ path }: Place): number {
	return path.split('/').length;
}

/** The innermost first: a container may run containers. */
function placesIn(path: string): Place[] {
	const names = path.split('/').slice(1);
	const places: Place[] = [];
	for (let at = names.length - 1; at >= 0; at--) {
		const found = containerAt(names, at);
		if (!found) continue;
		const pod = podIn(names.slice(0, at));
		places.push({ id: printable(found.id), runtime: found.runtime, path: `/${names.slice(0, at + 1).join('/')}`, pod });
	}
	return places;
}

type Found = Pick<Container, 'id' | 'runtime'>;

/** What programs put before an id: "docker-ID.scope" under systemd, "libpod-ID", and "cri-containerd:ID" when misread. */
const runtimes: Record<string, string> = {
	docker: 'docker',
	'cri-containerd': 'containerd',
	nerdctl: 'containerd',
	crio: 'cri-o',
	libpod: 'podman',
	'libpod-payload': 'podman',
};

function containerAt(names: string[], at: number): Found | undefined {
	const name = names[at] ?? '';
	const parent = names[at - 1] ?? '';
	const [, prefix, id] = /^(?:(?:.*:)?([a-z][a-z-]*)[-:])?([0-9a-f]{64})(?:\.scope)?$/.exec(name) ?? [];
	if (id) {
		// What podman and CRI-O put beside a container to watch over it is none, nor is the folder of podman's pod.
		if (prefix?.endsWith('conmon') || (!prefix && parent === 'libpod_parent')) return undefined;
		return { id, runtime: runtimes[prefix ?? ''] ?? prefix ?? calledAfter(names.slice(0, at)) };
	}
	if (at === 1 && containerdNamespaces.has(parent)) return { id: name, runtime: 'containerd' };
	return lxc(name, parent) ?? nspawn(name, names[at + 1]);
}

/** containerd's clients put a container without a place of its own under its namespace. */
const containerdNamespaces = new Set(['default', 'k8s.io', 'moby']);

/** An id alone: docker gives its groups' folder a name, kubelet does not say who runs its pods, ECS has a task's id between. */
function calledAfter(above: string[]): string {
	const parent = above.findLast((name) => !/^[0-9a-f-]{8,}$/.test(name)) ?? '';
	if (containerdNamespaces.has(parent)) return 'containerd';
	if (podIn([parent])) return 'kubernetes';
	return parent === '' || parent === '..' ? 'container' : printable(parent);
}

function lxc(name: string, parent: string): Found | undefined {
	const id = parent === 'lxc' || parent === 'lxc.payload' ? name : /^lxc\.payload\.(.+)$/.exec(name)?.[1];
	return id ? { id, runtime: 'lxc' } : undefined;
}

/** systemd-machined names virtual machines in the same way. */
function nspawn(name: string, child: string | undefined): Found | undefined {
	const machine =
		/^machine-(?!qemu|libvirt|lxc|libpod)(.+)\.scope$/.exec(name) ?? /^systemd-nspawn@(.+)\.service$/.exec(name);
	if (!machine?.[1] || child === 'supervisor') return undefined;
	const id = machine[1].replace(/\\x([0-9a-f]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
	return { id, runtime: 'systemd-nspawn' };
}

/**
 * kubelet writes "pod" and the pod's uid, for systemd with underscores; a pod
 * out of a file has a hash for a uid. Podman's pods have an id like a container's.
 */
function podIn(names: string[]): string | undefined {
	const uid = names.map((name) => kubeletsPod.exec(name)?.[1]).findLast(Boolean);
	return (
		uid?.replaceAll('_', '-') ??
		/\/(?:libpod_parent\/|machine-libpod_pod_)([0-9a-f]{64})/.exec(`/${names.join('/')}`)?.[1]
	);
}

const kubeletsPod = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

interface Own extends Found {
	text: string | undefined;
}

/**
 * The container around this console. In a cgroup namespace of its own its group
 * is "/", but docker and podman mount files from a folder of the container's name into it.
 */
export function ownContainer(host: Host): Own | undefined {
	const text = readMemberships(host, 'self');
	const place = text === undefined ? undefined : placeIn(membershipsIn(host, text));
	if (place) return { ...place, text };
	const mounts = readText(join(host.proc, 'self/mountinfo')) ?? '';
	const id = /\/(?:overlay-)?containers\/([0-9a-f]{64})\/\S*hostname /.exec(mounts)?.[1];
	return id ? { id, runtime: mounts.includes(`overlay-containers/${id}`) ? 'podman' : 'docker', text } : undefined;
}

function ownPlace(own: Own | undefined, text: string): Place | undefined {
	return own?.text === text ? { id: own.id, runtime: own.runtime, path: '/', pod: undefined } : undefined;
}
