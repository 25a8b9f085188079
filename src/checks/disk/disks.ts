import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readNumber } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { aged } from '../kept.ts';
import { Scanner } from '../scanner.ts';

/** Since boot, as /proc/diskstats counts them. */
export interface DiskTraffic {
	reads: number;
	sectorsRead: number;
	readMs: number;
	writes: number;
	sectorsWritten: number;
	writeMs: number;
	inFlight: number;
	busyMs: number;
	queuedMs: number;
}

export type DiskClass = 'hdd' | 'ssd' | 'nvme';

interface Features {
	class: DiskClass;
	/** It serves many requests at once, so that being busy all the time doesn't mean it is full. */
	parallel: boolean;
	/** How many requests its queue holds. */
	depth: number | undefined;
}

export interface Disk extends DiskTraffic, Features {
	/** "8:0", as control groups call it. */
	number: string;
}

/** Whole disks that have done I/O since boot. */
export function readDisks(host: Host): Map<string, Disk> {
	const file = join(host.proc, 'diskstats');
	const features = featuresOf(host);
	const disks = new Map<string, Disk>();
	for (const line = new Scanner(readTable(file)); !line.atEnd; line.nextLine()) {
		const major = line.number();
		const minor = line.number();
		const kernelName = line.word();
		if (!kernelName) continue;
		const its = features.of(kernelName);
		if (!its) continue;
		const traffic = readTraffic(line);
		if (traffic.reads + traffic.writes + traffic.inFlight === 0) continue;
		const { class: kind, parallel, depth } = its;
		disks.set(printable(kernelName), { ...traffic, number: `${major}:${minor}`, class: kind, parallel, depth });
	}
	return disks;
}

function readTable(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		throw new Error(`can't read ${file}`);
	}
}

/** Later kernels append discards and flushes; the first eleven have stayed. */
function readTraffic(line: Scanner): DiskTraffic {
	const reads = line.number();
	line.number();
	const sectorsRead = line.number();
	const readMs = line.number();
	const writes = line.number();
	line.number();
	const sectorsWritten = line.number();
	const writeMs = line.number();
	const inFlight = line.number();
	const busyMs = line.number();
	const queuedMs = line.number();
	return { reads, sectorsRead, readMs, writes, sectorsWritten, writeMs, inFlight, busyMs, queuedMs };
}

/** Devices that take their data from elsewhere: a file, or memory. */
export const notADisk = /^(loop|ram|zram)\d/;

/** A disk's features stay; one that was taken out may be followed by another of its name. */
const featuresLast = 60;

const featuresOf = aged(featuresLast, (host) => {
	const known = new Map<string, Features | undefined>();
	return {
		/** Undefined for a partition. */
		of(name: string): Features | undefined {
			if (!known.has(name)) known.set(name, readFeatures(name, folderOf(host, name)));
			return known.get(name);
		},
	};
});

/** sysfs can't have a slash in a name: cciss/c0d0 is cciss!c0d0 there. */
function folderOf(host: Host, name: string): string {
	return join(host.sys, 'block', name.replaceAll('/', '!'));
}

function readFeatures(name: string, folder: string): Features | undefined {
	if (notADisk.test(name) || !existsSync(folder)) return undefined;
	// A virtual disk or an array says "rotational" whatever is behind it.
	const parallel = /^(nvme|vd|xvd|md|dm-)/.test(name) || readNumber(join(folder, 'queue/rotational')) !== 1;
	return {
		class: name.startsWith('nvme') ? 'nvme' : parallel ? 'ssd' : 'hdd',
		parallel,
		depth: readNumber(join(folder, 'queue/nr_requests')),
	};
}
