import type { Host } from '../../host/host.ts';
import type { Polled } from '../kept.ts';
import type { HasKernelLog } from '../kernel-log/check.ts';
import { readKernelLog } from '../kernel-log/events.ts';
import { type Pressure, readPressure } from '../pressure.ts';
import { type Damage, readDamage } from './damage.ts';
import { type Disk, readDisks } from './disks.ts';
import { type DiskHealth, readHealth } from './health.ts';
import { type FileSystem, readFileSystems } from './mounts.ts';
import { readSpaces, type Spaces } from './spaces.ts';
import { type Past, pastOf } from './usual.ts';

export interface DiskCounters extends HasKernelLog {
	disks: Map<string, Disk>;
	past: Map<string, Past>;
	pressure: Pressure | undefined;
	health: DiskHealth;
	damage: Map<string, Damage>;
	/** Undefined when the host's mount table can't be read. */
	fileSystems: FileSystem[] | undefined;
	spaces: Polled<Spaces>;
}

export function readDiskCounters(host: Host): DiskCounters {
	const disks = readDisks(host);
	return {
		disks,
		past: pastOf(host, disks),
		pressure: readPressure(host, 'io'),
		health: readHealth(host),
		damage: readDamage(host),
		fileSystems: readFileSystems(host),
		spaces: readSpaces(host),
		log: readKernelLog(host),
	};
}
