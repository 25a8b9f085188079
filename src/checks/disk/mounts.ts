import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { aged, perHost } from '../kept.ts';

/** A line of the mount table. */
interface Mount {
	id: string;
	parent: string;
	/** "8:1" */
	device: string;
	/** The part of the file system that is shown there: "/" for all of it. */
	root: string;
	point: string;
	readOnly: boolean;
	type: string;
	source: string;
	/** The file system's own options, whatever each mount of it says. */
	options: string[];
}

/** A file system that has its data on this machine, once, however often it is mounted. */
export interface FileSystem {
	point: string;
	type: string;
	source: string;
	/** Nothing can be written to it, so it can't fill up either. */
	readOnly: boolean;
	/** Nothing can be written although somebody wants to; undefined where all is as it is meant to be. */
	closed: string | undefined;
	/** It was once closed like that. */
	wasClosed: boolean;
	/** What lies on the way to it may keep whoever goes there waiting for ever. */
	behindNetwork: boolean;
}

/** Their data are here, and asking for their size takes no network and no other program. */
const local = new Set(
	'ext2 ext3 ext4 xfs btrfs f2fs bcachefs zfs jfs reiserfs nilfs2 vfat exfat ntfs3 ubifs tmpfs'.split(' '),
);
/** What others of these may be mounted under. */
const safe = new Set([...local, ...'rootfs ramfs overlay devtmpfs proc sysfs squashfs erofs iso9660'.split(' ')]);

const secondsBetween = 5;

/** Undefined when the host's mount table can't be read. */
export const readFileSystems = aged(secondsBetween, (host): FileSystem[] | undefined => {
	const text = readTable(host);
	if (text === undefined) return undefined;
	const mounts = mountsIn(text);
	const seen = seenOf(host);
	return localOnes(mounts).map((mount) => {
		const closed = closedBy(host, mount, mounts, seen);
		const { point, type, source } = mount;
		return {
			point,
			type,
			source,
			readOnly: readOnlyOptions.some((option) => mount.options.includes(option)),
			closed,
			wasClosed: seen.closed.has(keyOf(mount)),
			behindNetwork: waysTo(mount, mounts).some(({ type }) => !safe.has(type)),
		};
	});
});

/** As it was seen before, to tell who lost what. */
interface Seen {
	writable: Set<string>;
	closed: Set<string>;
}

const seenOf = perHost((): Seen => ({ writable: new Set(), closed: new Set() }));

const keyOf = ({ device, point }: Mount) => `${device} ${point}`;

/** ext4 has the first two since Linux 6.16; before, its errors made it "ro" as well. */
const readOnlyOptions = ['shutdown', 'emergency_ro', 'ro'];

/** A superblock that is read-only although it was not always, or although its mounts say otherwise. */
function closedBy(host: Host, mount: Mount, mounts: Map<string, Mount>, seen: Seen): string | undefined {
	const key = keyOf(mount);
	const how = readOnlyOptions.find((option) => mount.options.includes(option));
	if (!how) {
		seen.writable.add(key);
		return undefined;
	}
	const meantWritable = [...mounts.values()].some(({ device, readOnly }) => device === mount.device && !readOnly);
	const wanted =
		how !== 'ro' || meantWritable
			? 'its mount is for writing'
			: seen.writable.has(key)
				? 'it was writable before'
				: saysFstab(host, mount.point)
					? 'fstab wants it writable'
					: undefined;
	if (wanted === undefined) return undefined;
	seen.closed.add(key);
	return how === 'shutdown' ? 'it was shut down' : wanted;
}

function saysFstab(host: Host, point: string): boolean {
	const fstab = readText(join(host.proc, String(host.pid), 'root/etc/fstab')) ?? '';
	return fstab.split('\n').some((line) => {
		const [device = '#', where, , options = ''] = line.trim().split(/\s+/);
		return !device.startsWith('#') && where === point && !options.split(',').includes('ro');
	});
}

function readTable(host: Host): string | undefined {
	try {
		return readFileSync(join(host.proc, String(host.pid), 'mountinfo'), 'utf8');
	} catch {
		return undefined;
	}
}

/** By id, in their order: a later one may hide an earlier. */
function mountsIn(text: string): Map<string, Mount> {
	const mounts = new Map<string, Mount>();
	for (const line of text.split('\n')) {
		const [own = '', ofFileSystem = ''] = line.split(' - ');
		const [id = '', parent = '', device = '', root = '', point = '', options = ''] = own.split(' ');
		const [type = '', source = '', superOptions = ''] = ofFileSystem.split(' ');
		if (!type) continue;
		mounts.set(id, {
			id,
			parent,
			device,
			root,
			point: unescaped(point),
			readOnly: options.split(',').includes('ro'),
			type,
			source: unescaped(source),
			options: superOptions.split(','),
		});
	}
	return mounts;
}

/** Blanks are written in octal: "\040". */
function unescaped(text: string): string {
	if (!text.includes('\\')) return text;
	return text.replace(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Each device once, where all of it can be reached. */
function localOnes(mounts: Map<string, Mount>): Mount[] {
	const topmost = new Map<string, Mount>();
	for (const mount of mounts.values()) topmost.set(mount.point, mount);
	const chosen = new Map<string, Mount>();
	for (const mount of mounts.values()) {
		if (!local.has(mount.type) || isHidden(mount, mounts, topmost)) continue;
		const other = chosen.get(mount.device);
		if (!other || rank(mount) < rank(other)) chosen.set(mount.device, mount);
	}
	return [...chosen.values()];
}

/** The whole of it before a part of it, and then the shorter path. */
const rank = ({ root, point }: Mount) => (root === '/' ? 0 : 1_000_000) + point.length;

/** Something else was mounted over it, or over a folder on the way to it. */
function isHidden(mount: Mount, mounts: Map<string, Mount>, topmost: Map<string, Mount>): boolean {
	const way = new Set([mount, ...waysTo(mount, mounts)]);
	if (topmost.get(mount.point) !== mount) return true;
	for (let point = mount.point; point !== '/'; ) {
		point = dirname(point);
		const top = topmost.get(point);
		if (top && !way.has(top)) return true;
	}
	return false;
}

/** The mounts that it is mounted in, from the nearest to the root. */
function waysTo(mount: Mount, mounts: Map<string, Mount>): Mount[] {
	const way: Mount[] = [];
	for (let at = mounts.get(mount.parent); at && !way.includes(at) && at !== mount; at = mounts.get(at.parent))
		way.push(at);
	return way;
}
