import type { Finding, Span } from '../check.ts';
import { finding, growth, type Judgement, known, unknown } from '../measuring.ts';
import type { DiskCounters } from './counters.ts';
import type { Disk, DiskTraffic } from './disks.ts';

export type DiskGrowth = (field: keyof DiskTraffic) => number;

export const noDisk = 'no disk of this host has done any I/O since boot';

/** Asks the same of each disk that is there now; of one that was not there before, nothing can be told. */
export function eachDisk(
	{ before, now }: Span<DiskCounters>,
	judge: (name: string, disk: Disk, grew: DiskGrowth, before: Disk) => Judgement,
): Finding[] {
	if (now.disks.size === 0) return [unknown(null, noDisk)];
	const findings: Finding[] = [];
	for (const [name, disk] of now.disks) {
		findings.push(
			finding(name, () => {
				const earlier = known(before.disks.get(name), `${name} has only just appeared`);
				return judge(name, disk, (field) => growth(name, earlier[field], disk[field]), earlier);
			}),
		);
	}
	return findings;
}
