import { expect, test } from 'vitest';
import type { ProcessCounters, ProcessSample } from '../host/processes.ts';
import type { Reading } from './check.ts';
import { suspectsFor } from './suspects.ts';

const sample = (at: number, counters: Partial<ProcessCounters>): ProcessSample => ({
	at,
	units: { pageSize: 4096, ticksPerSecond: 100 },
	processes: new Map([
		[812, { name: 'dd', startTicks: 5, cpuTicks: 0, residentPages: 1000, readBytes: 0, writtenBytes: 0, ...counters }],
	]),
});
const before = sample(0, {});
const now = sample(1000, { cpuTicks: 98, writtenBytes: 61e6 });

test.each([
	['cpu', ['cpu3', 'dd (pid 812) uses 98 % of a CPU']],
	['memory', ['cpu3', 'dd (pid 812) holds 4.1 MB']],
	['disk', ['cpu3', 'dd (pid 812) writes 61 MB/s']],
	['network', ['cpu3']],
] as const)('behind %s', (resource, suspects) => {
	expect(suspectsFor({ resource, suspects: ['cpu3'] } as unknown as Reading, before, now)).toEqual(suspects);
});
