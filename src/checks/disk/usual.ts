import type { Host } from '../../host/host.ts';
import { perHost } from '../kept.ts';
import type { Disk } from './disks.ts';

/** So much has to be seen of it before there is a past to compare with. */
const needed = 60;
/** It forgets as slowly as this, so that what is slow for minutes doesn't become usual. */
const remembered = 1800;
/** Fewer requests in a sample say little about the disk. */
export const fewestRequests = 5;

/** The mean of what was seen in the last half hour or so. */
export class Usual {
	private mean = 0;
	private seen = 0;

	/** Undefined until enough was seen. */
	get value(): number | undefined {
		return this.seen >= needed ? this.mean : undefined;
	}

	add(value: number, seconds: number): void {
		this.seen += seconds;
		this.mean += (value - this.mean) * Math.min(1, seconds / Math.min(this.seen, remembered));
	}
}

/** How long requests to a disk have taken before this sample, in milliseconds. */
export interface Past {
	read: number | undefined;
	write: number | undefined;
}

interface Known {
	disk: Disk;
	read: Usual;
	write: Usual;
}

const knownOf = perHost(() => ({ at: 0, disks: new Map<string, Known>() }));

/** What was usual for each disk so far; then this sample becomes a part of it. */
export function pastOf(host: Host, disks: Map<string, Disk>): Map<string, Past> {
	const known = knownOf(host);
	const now = performance.now();
	const seconds = (now - known.at) / 1000;
	known.at = now;
	const past = new Map<string, Past>();
	for (const [name, disk] of disks) {
		const earlier = known.disks.get(name);
		if (!earlier) {
			known.disks.set(name, { disk, read: new Usual(), write: new Usual() });
			continue;
		}
		past.set(name, { read: earlier.read.value, write: earlier.write.value });
		learn(earlier.read, disk.reads - earlier.disk.reads, disk.readMs - earlier.disk.readMs, seconds);
		learn(earlier.write, disk.writes - earlier.disk.writes, disk.writeMs - earlier.disk.writeMs, seconds);
		earlier.disk = disk;
	}
	return past;
}

function learn(usual: Usual, requests: number, ms: number, seconds: number): void {
	if (requests >= fewestRequests && ms >= 0) usual.add(ms / requests, seconds);
}
