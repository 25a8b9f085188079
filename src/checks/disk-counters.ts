import { join } from 'node:path';
import { listFolder } from '../host/folder.ts';
import { type Host, readNumber, readText } from '../host/host.ts';
import { type Pressure, readPressure } from './pressure.ts';

/** Later kernels append discards and flushes; these eleven have stayed. */
const fieldNames = [
	'reads',
	'readsMerged',
	'sectorsRead',
	'readMs',
	'writes',
	'writesMerged',
	'sectorsWritten',
	'writeMs',
	'inFlight',
	'busyMs',
	'queuedMs',
] as const;

export type DiskTraffic = Record<(typeof fieldNames)[number], number>;

export type DiskClass = 'hdd' | 'ssd' | 'nvme';

export interface Disk extends DiskTraffic {
	/** "8:0", as control groups call it. */
	number: string;
	class: DiskClass;
	/** It serves many requests at once, so that being busy all the time doesn't mean it is full. */
	parallel: boolean;
	/** How many requests its queue holds. */
	depth: number | undefined;
	/** SCSI's ioerr_cnt; no other kind of disk counts its errors where all may read them. */
	errors: number | undefined;
	/** Missing members, if it is a RAID array. */
	degraded: number | undefined;
}

export interface DiskCounters {
	/** Whole disks that have done I/O since boot. */
	disks: Map<string, Disk>;
	pressure: Pressure | undefined;
	/** Errors that ext4 has written down in its superblock, by partition. */
	ext4Errors: Map<string, number>;
}

export function readDisks(host: Host): DiskCounters {
	const diskstats = readText(join(host.proc, 'diskstats'));
	if (diskstats === undefined) throw new Error(`can't read ${join(host.proc, 'diskstats')}`);
	const blocks = join(host.sys, 'block');
	const whole = new Set(listFolder(blocks));
	const disks = new Map<string, Disk>();
	for (const line of diskstats.split('\n')) {
		const [major, minor, name = '', ...fields] = line.trim().split(/ +/);
		// sysfs can't have a slash in a name: cciss/c0d0 is cciss!c0d0 there.
		const folder = name.replace('/', '!');
		if (!whole.has(folder) || /^(loop|ram|zram)\d/.test(name)) continue;
		const traffic = parseTraffic(fields);
		if (traffic.reads + traffic.writes + traffic.inFlight === 0) continue;
		disks.set(name, { number: `${major}:${minor}`, ...traffic, ...readFeatures(name, join(blocks, folder)) });
	}
	return { disks, pressure: readPressure(host, 'io'), ext4Errors: readExt4Errors(join(host.sys, 'fs/ext4')) };
}

function parseTraffic(fields: string[]): DiskTraffic {
	return Object.fromEntries(fieldNames.map((name, i) => [name, Number(fields[i] ?? 0)])) as DiskTraffic;
}

function readFeatures(name: string, folder: string): Omit<Disk, keyof DiskTraffic | 'number'> {
	// A virtual disk or an array says "rotational" whatever is behind it.
	const parallel = /^(nvme|vd|xvd|md|dm-)/.test(name) || readNumber(join(folder, 'queue/rotational')) !== 1;
	return {
		class: name.startsWith('nvme') ? 'nvme' : parallel ? 'ssd' : 'hdd',
		parallel,
		depth: readNumber(join(folder, 'queue/nr_requests')),
		errors: readNumber(join(folder, 'device/ioerr_cnt')),
		degraded: name.startsWith('md') ? readNumber(join(folder, 'md/degraded')) : undefined,
	};
}

function readExt4Errors(folder: string): Map<string, number> {
	const errors = new Map<string, number>();
	for (const partition of listFolder(folder)) {
		const count = readNumber(join(folder, partition, 'errors_count'));
		if (count !== undefined) errors.set(partition, count);
	}
	return errors;
}
