import { existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerTarget } from '../../../src/checks/check.ts';
import { highestGroup } from '../../../src/host/cgroup.ts';
import { cgroupOfContainer } from '../../../src/host/containers.ts';
import { readText } from '../../../src/host/host.ts';
import { thisHost } from '../watcher.ts';

/** The number of the disk ("8:0") that holds a folder. */
export function diskUnder(folder: string): string {
	const device = statSync(folder).dev;
	// As the C library's major() and minor() have it.
	const number = `${(device >> 8) & 0xfff}:${(device & 0xff) | ((device >> 12) & 0xfff00)}`;
	const entry = `/sys/dev/block/${number}`;
	const isPartition = existsSync(join(entry, 'partition'));
	return isPartition ? (readText(join(realpathSync(entry), '../dev'))?.trim() ?? number) : number;
}

/** Why writes can't be slowed down here, if they can't. */
export function noThrottling(): string | undefined {
	const number = diskUnder(tmpdir());
	if (!existsSync(`/sys/dev/block/${number}`)) return `${tmpdir()} is not on a disk`;
	const file = highestGroup(thisHost, 'blkio') ?? highestGroup(thisHost, 'io');
	return file ? undefined : 'no control group of disks can be seen';
}

/** Lets a container write so many bytes a second to a disk; the answer takes that back. */
export function limitWrites({ container }: ContainerTarget, disk: string, bytes: number): () => void {
	const group = cgroupOfContainer(thisHost, container);
	const files = group?.files('blkio') ?? group?.files('io');
	if (!files) throw new Error('the container has no control group for disks');
	const set = (limit: number | undefined) =>
		files.version === 1
			? writeFileSync(join(files.folder, 'blkio.throttle.write_bps_device'), `${disk} ${limit ?? 0}`)
			: writeFileSync(join(files.folder, 'io.max'), `${disk} wbps=${limit ?? 'max'}`);
	set(bytes);
	return () => set(undefined);
}
