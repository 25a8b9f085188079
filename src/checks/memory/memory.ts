import type { ResourceChecks } from '../check.ts';
import { kernelLogCheck } from '../kernel-log/check.ts';
import { pressureOfHost, taskPressure } from '../pressure.ts';
import { type MemoryCounters, readMemory } from './counters.ts';
import { dirty } from './dirty.ts';
import { corrupted, ecc } from './hardware.ts';
import { hugePages } from './huge-pages.ts';
import { numa } from './numa.ts';
import { oom } from './oom.ts';
import { slab } from './slab.ts';
import { commit, swap, utilization } from './space.ts';
import { majorFaults, reclaim, scanning, swapping } from './waiting.ts';

export const memory: ResourceChecks<MemoryCounters> = {
	resource: 'memory',
	sample: readMemory,
	checks: [
		oom,
		ecc,
		corrupted,
		kernelLogCheck('memory.kernel-log', 'Faults of memory in the kernel’s log'),
		utilization,
		swap,
		commit,
		hugePages,
		slab,
		taskPressure('memory', pressureOfHost('memory')),
		swapping,
		majorFaults,
		reclaim,
		scanning,
		dirty,
		numa,
	],
};
