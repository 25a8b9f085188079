import { processesIn } from '../host/cgroup.ts';
import { cgroupOfContainer } from '../host/containers.ts';
import type { Host } from '../host/host.ts';
import { type ProcessSample, type Ranking, sampleProcesses, topBy } from '../host/processes.ts';
import type { Target } from '../host/target.ts';
import type { Reading, ResourceName } from './check.ts';

/** An interface is named already, and the kernel doesn't count network traffic by process. */
const rankings: Partial<Record<ResourceName, Ranking>> = { cpu: 'cpu', memory: 'memory', disk: 'io' };

/** The processes whose fault a reading of this target can be: nobody outside of it. */
export function sampleSuspects(host: Host, target: Target, { io }: { io: boolean }): ProcessSample {
	return sampleProcesses(host, { io, pids: pidsOf(host, target) });
}

function pidsOf(host: Host, target: Target): number[] | undefined {
	if (target.kind === 'host') return undefined;
	if (target.kind === 'process') return [target.pid];
	const group = cgroupOfContainer(host, target.container);
	const files = group?.files('memory') ?? group?.files('cpu');
	return files ? processesIn(files) : [];
}

/** Who is behind a reading, worst first. Sampling processes costs more than all checks: only do it when one isn't ok. */
export function suspectsFor(reading: Reading, before: ProcessSample, now: ProcessSample, count = 3): string[] {
	const ranking = rankings[reading.resource];
	return ranking ? [...reading.suspects, ...topBy(before, now, ranking, count)] : reading.suspects;
}
