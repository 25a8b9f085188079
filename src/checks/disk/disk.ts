import type { ResourceChecks } from '../check.ts';
import { kernelLogCheck } from '../kernel-log/check.ts';
import { pressureOfHost, taskPressure } from '../pressure.ts';
import { type DiskCounters, readDiskCounters } from './counters.ts';
import { damage } from './damage.ts';
import { errors, raid, state } from './failures.ts';
import { latency } from './latency.ts';
import { queue, utilization } from './load.ts';
import { readOnly } from './read-only.ts';
import { filling, inodes, space } from './space.ts';

export const disk: ResourceChecks<DiskCounters> = {
	resource: 'disk',
	sample: readDiskCounters,
	checks: [
		errors,
		kernelLogCheck('disk.kernel-log', 'Faults of disks and file systems in the kernel’s log'),
		state,
		raid,
		damage,
		readOnly,
		utilization,
		space,
		inodes,
		queue,
		latency,
		filling,
		taskPressure('disk', pressureOfHost('io')),
	],
};
