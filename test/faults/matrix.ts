import { labFaults } from '../lab/faults.ts';
import { cpuFaults } from './cpu.ts';
import { diskFaults } from './disk.ts';
import type { Fault } from './fault.ts';
import { memoryFaults } from './memory.ts';
import { networkFaults } from './network.ts';
import { softwareFaults } from './software.ts';

/** Every fault that a test causes, in the order of docs/faults.md. */
export const faults: readonly Fault[] = [
	...cpuFaults,
	...memoryFaults,
	...diskFaults,
	...networkFaults,
	...softwareFaults,
	...labFaults,
];
