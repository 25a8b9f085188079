import type { ResourceChecks } from '../check.ts';
import { kernelLogCheck } from '../kernel-log/check.ts';
import { pressureOfHost } from '../pressure.ts';
import { utilization } from './busy.ts';
import { type CpuCounters, readCpu } from './counters.ts';
import { machineChecks, throttling } from './hardware.ts';
import { interruptPressure, interrupts } from './interrupts.ts';
import { offline } from './offline.ts';
import { quotas } from './quota.ts';
import { cpuPressure, runDelay, runQueue, steal } from './waiting.ts';

export const cpu: ResourceChecks<CpuCounters> = {
	resource: 'cpu',
	sample: readCpu,
	checks: [
		machineChecks,
		throttling,
		offline,
		kernelLogCheck('cpu.kernel-log', 'Faults of CPUs in the kernel’s log'),
		utilization,
		interrupts,
		runQueue,
		runDelay,
		cpuPressure(pressureOfHost('cpu')),
		interruptPressure,
		quotas,
		steal,
	],
};
