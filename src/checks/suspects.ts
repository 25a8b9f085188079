import type { Host } from '../host/host.ts';
import { type ProcessSample, type Ranking, sampleProcesses, topBy } from '../host/processes.ts';
import type { Target } from '../host/target.ts';
import type { Reading, ResourceName } from './check.ts';

/** An interface is named already, and the kernel doesn't count network traffic by process. */
const rankings: Partial<Record<ResourceName, Ranking>> = { cpu: 'cpu', memory: 'memory', disk: 'io' };

/** The processes that a reading of this target may be the fault of. */
export function sampleSuspects(host: Host, _target: Target, { io }: { io: boolean }): ProcessSample {
	return sampleProcesses(host, { io });
}

/** Who is behind a reading, worst first. Sampling processes costs more than all checks: only do it when one isn't ok. */
export function suspectsFor(reading: Reading, before: ProcessSample, now: ProcessSample, count = 3): string[] {
	const ranking = rankings[reading.resource];
	return ranking ? [...reading.suspects, ...topBy(before, now, ranking, count)] : reading.suspects;
}
