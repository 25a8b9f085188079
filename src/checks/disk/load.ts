import { scaled } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { grade, type Judgement, perSecond } from '../measuring.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { DiskCounters } from './counters.ts';
import type { Disk } from './disks.ts';
import { type DiskGrowth, eachDisk } from './each-disk.ts';

export const utilization: Check<DiskCounters> = {
	name: 'disk.utilization',
	kind: 'utilization',
	title: 'Time in which the disk had something to do',
	unit: '%',
	source: '/proc/diskstats: growth of field 10 (ms doing I/O), as a share of the time between two samples',
	limits: ['disk.busy'],
	rule: 'At most warn for disks that serve many requests at once (SSD, NVMe, RAID, virtual): they can be busy all the time and have room.',
	judge: (span) =>
		eachDisk(span, (name, disk, grew) => {
			const busy = Math.min(100, perSecond(grew('busyMs'), span.seconds) / 10);
			const verdict = grade(busy, limits('disk.busy'));
			const why = `${name} is ${percent(busy)} busy (${describeTraffic(grew, span.seconds)})`;
			if (!disk.parallel || verdict === 'ok') return { value: busy, verdict, why };
			return {
				value: busy,
				verdict: 'warn',
				why: `${why}; it serves many requests at once, so it may still have room`,
			};
		}),
};

function describeTraffic(grew: DiskGrowth, seconds: number): string {
	const part = (verb: string, requests: number, sectors: number) =>
		`${short(perSecond(requests, seconds))} ${verb}/s of ${scaled(perSecond(sectors * 512, seconds), 'B/s')}`;
	return `${part('reads', grew('reads'), grew('sectorsRead'))}, ${part('writes', grew('writes'), grew('sectorsWritten'))}`;
}

export const queue: Check<DiskCounters> = {
	name: 'disk.queue',
	kind: 'saturation',
	title: 'Requests in the disk and its queue',
	unit: 'requests',
	source: '/proc/diskstats: growth of field 11 (weighted ms) divided by the time between two samples',
	limits: ['disk.queue-hdd', 'disk.queue', 'disk.queue-full'],
	judge: (span) =>
		eachDisk(span, (name, disk, grew) => {
			const requests = perSecond(grew('queuedMs'), span.seconds) / 1000;
			const finished = grew('reads') + grew('writes');
			const each = finished > 0 ? `, ${short((grew('readMs') + grew('writeMs')) / finished)} ms each` : '';
			return {
				value: requests,
				verdict: grade(requests, queueLimits(disk)),
				why: `${name}: ${short(requests)} requests wait${each}`,
			};
		}),
};

function queueLimits({ parallel, depth }: Disk) {
	if (!parallel) return limits('disk.queue-hdd');
	const { warn } = limits('disk.queue');
	const full = ((depth ?? Number.POSITIVE_INFINITY) * limits('disk.queue-full').bad) / 100;
	return { warn, bad: Math.max(warn, full) };
}

/** A verdict on bytes that nobody counts disk by disk: they matter when the busiest disk has no room left. */
export function besideTheDisks(
	bytes: number,
	why: string,
	before: Map<string, Disk>,
	now: Map<string, Disk>,
	seconds: number,
): Judgement {
	const shares = [...now].map(([name, { busyMs }]) => {
		const grew = Math.max(0, busyMs - (before.get(name)?.busyMs ?? busyMs));
		return { name, busy: Math.min(100, perSecond(grew, seconds) / 10) };
	});
	if (shares.length === 0) return { value: bytes, verdict: 'ok', why };
	const { name, busy } = shares.reduce((a, b) => (b.busy > a.busy ? b : a));
	const verdict = bytes > 0 && busy >= limits('disk.busy').warn ? 'warn' : 'ok';
	return { value: bytes, verdict, why: `${why}; the busiest disk, ${name}, is ${percent(busy)} busy` };
}
