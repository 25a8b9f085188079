import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { aged, perHost } from '../kept.ts';
import { notADisk } from './disks.ts';

export interface Array {
	/** Members that are missing; undefined for a kind that can do without none of them (linear, RAID 0). */
	missing: number | undefined;
	/** "clean", "active", "broken", … */
	state: string | undefined;
	/** "recovery at 12.6 %, 128 min to go" */
	progress: string | undefined;
}

/** Several ways to the same disk (dm-multipath). */
export interface Multipath {
	paths: number;
	failing: string[];
}

/** What the kernel says of disks besides their traffic. */
export interface DiskHealth {
	/** SCSI's ioerr_cnt; no other kind of disk counts its errors where all may read them. */
	errors: Map<string, number>;
	/** "running", "offline" (SCSI), "live", "dead" (NVMe), "active", "suspended" (device mapper). */
	states: Map<string, string>;
	/** The last other state of those that were once not in order. */
	troubles: Map<string, string>;
	arrays: Map<string, Array>;
	multipaths: Map<string, Multipath>;
}

/** A few files for each disk: too many to read them every second, and soon enough for an error. */
const secondsBetween = 8;

const inOrder = new Set(['running', 'live', 'active']);
const troublesOf = perHost(() => new Map<string, string>());

export const readHealth = aged(secondsBetween, (host): DiskHealth => {
	const health: DiskHealth = {
		errors: new Map(),
		states: new Map(),
		troubles: troublesOf(host),
		arrays: new Map(),
		multipaths: new Map(),
	};
	const progress = progressOfArrays(host);
	for (const entry of namesIn(join(host.sys, 'block'))) {
		if (notADisk.test(entry)) continue;
		const folder = join(host.sys, 'block', entry);
		const name = printable(entry.replaceAll('!', '/'));
		if (name.startsWith('sd')) readScsi(name, folder, health);
		else if (name.startsWith('nvme')) setState(health, name, readText(join(folder, 'device/state')));
		else if (name.startsWith('dm-')) readMapped(host, name, folder, health);
		else if (name.startsWith('md')) readArray(name, folder, progress.get(name), health);
	}
	return health;
});

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function setState({ states, troubles }: DiskHealth, name: string, text: string | undefined): void {
	if (text === undefined) return;
	const state = printable(text.trim());
	states.set(name, state);
	if (!inOrder.has(state)) troubles.set(name, state);
}

function readScsi(name: string, folder: string, health: DiskHealth): void {
	const errors = readNumber(join(folder, 'device/ioerr_cnt'));
	if (errors !== undefined) health.errors.set(name, errors);
	setState(health, name, readText(join(folder, 'device/state')));
}

function readMapped(host: Host, name: string, folder: string, health: DiskHealth): void {
	const suspended = readNumber(join(folder, 'dm/suspended'));
	if (suspended !== undefined) setState(health, name, suspended === 1 ? 'suspended' : 'active');
	if (!readText(join(folder, 'dm/uuid'))?.startsWith('mpath-')) return;
	const paths = listFolder(join(folder, 'slaves'));
	const works = (path: string) => {
		const state = readText(join(host.sys, 'block', path, 'device/state'))?.trim();
		return state === undefined || state === 'running' || state === 'live';
	};
	health.multipaths.set(name, { paths: paths.length, failing: paths.filter((path) => !works(path)).map(printable) });
}

function readArray(name: string, folder: string, progress: string | undefined, { arrays }: DiskHealth): void {
	const state = readText(join(folder, 'md/array_state'))?.trim();
	const missing = readNumber(join(folder, 'md/degraded'));
	if (state !== undefined || missing !== undefined) {
		arrays.set(name, { missing, state: state === undefined ? undefined : printable(state), progress });
	}
}

/** "[==>…]  recovery = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec", under the array's own line. */
function progressOfArrays(host: Host): Map<string, string> {
	const progress = new Map<string, string>();
	let array = '';
	for (const line of mdstat(host).split('\n')) {
		array = /^(md\S*) : /.exec(line)?.[1] ?? array;
		const [, what, done, minutes] =
			/(recovery|resync|reshape|check) *= *([\d.]+)%.* finish=([\d.]+)min/.exec(line) ?? [];
		if (what) progress.set(array, `${what} at ${Number(done)} %, ${Math.ceil(Number(minutes))} min to go`);
		const waits = /(recovery|resync|reshape|check)=(DELAYED|PENDING)/.exec(line);
		if (waits) progress.set(array, `${waits[1]} has yet to begin`);
	}
	return progress;
}

function mdstat(host: Host): string {
	try {
		return readFileSync(join(host.proc, 'mdstat'), 'utf8');
	} catch {
		return '';
	}
}
