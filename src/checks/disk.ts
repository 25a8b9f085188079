import { scaled } from '../host/processes.ts';
import type { Check, Finding, ResourceChecks, Span } from './check.ts';
import { type Disk, type DiskCounters, type DiskTraffic, readDisks } from './disk-counters.ts';
import {
	finding,
	grade,
	growth,
	type Judgement,
	known,
	needTime,
	perSecond,
	tallied,
	tally,
	unknown,
	worse,
} from './measuring.ts';
import { type HasPressure, type PressureSource, pressureOfHost, stalled } from './pressure.ts';
import { counted, percent, short } from './sentence.ts';
import { limits } from './thresholds.ts';

type DiskSpan = Span<DiskCounters>;
type DiskGrowth = (field: keyof DiskTraffic) => number;

const utilization: Check<DiskCounters> = {
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

const queue: Check<DiskCounters> = {
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

const latency: Check<DiskCounters> = {
	name: 'disk.latency',
	kind: 'saturation',
	title: 'Time that a request takes, waiting included',
	unit: 'ms',
	source: '/proc/diskstats: growth of ms reading (4) and writing (8) per request; the slower of the two',
	limits: ['disk.latency-hdd', 'disk.latency-ssd', 'disk.latency-nvme'],
	judge: (span) =>
		eachDisk(span, (name, disk, grew, before) => {
			const reads = grew('reads');
			const writes = grew('writes');
			needTime(span.seconds);
			if (reads + writes === 0) {
				if (before.inFlight === 0 || disk.inFlight === 0)
					return { value: null, verdict: 'ok', why: `${name} has nothing to do` };
				const least = span.seconds * 1000;
				const why = `${name}: none of its ${disk.inFlight} requests finished in ${short(span.seconds)} s`;
				return { value: least, verdict: grade(least, limits(`disk.latency-${disk.class}`)), why };
			}
			const readMs = reads && grew('readMs') / reads;
			const writeMs = writes && grew('writeMs') / writes;
			const slower = Math.max(readMs, writeMs);
			const parts = [
				...(reads ? [`reads take ${short(readMs)} ms`] : []),
				...(writes ? [`writes take ${short(writeMs)} ms`] : []),
			];
			return {
				value: slower,
				verdict: grade(slower, limits(`disk.latency-${disk.class}`)),
				why: `${name}: ${parts.join(', ')}`,
			};
		}),
};

export const diskPressure = (from: PressureSource): Check<HasPressure> => ({
	name: 'disk.pressure',
	kind: 'saturation',
	title: 'Time that tasks waited for I/O',
	unit: '%',
	source: `${from.file}: growth of the "some" and "full" totals, as a share of the time between two samples`,
	limits: ['disk.pressure-some', 'disk.pressure-full'],
	judge: (span) => [
		finding(null, () => {
			const some = stalled(from, span, 'some');
			const full = stalled(from, span, 'full');
			const why = `some task waited for I/O ${percent(some)} of the time, all at once ${percent(full)}`;
			return {
				value: some,
				verdict: worse(grade(some, limits('disk.pressure-some')), grade(full, limits('disk.pressure-full'))),
				why,
			};
		}),
	],
});

const errors: Check<DiskCounters> = {
	name: 'disk.errors',
	kind: 'errors',
	title: 'Requests that failed',
	unit: 'errors',
	source: '/sys/block/*/device/ioerr_cnt since the first sample; only SCSI and SATA disks have it',
	rule: 'Warn after any. It counts harmless conditions too (a drive that just woke up), so dmesg has the last word.',
	judge: (span) =>
		eachDisk(span, (name, disk) => {
			known(disk.errors, `${name} has no error counter that can be read here (no SCSI disk); see dmesg`);
			const count = tally(`errors of ${name}`, span, ({ disks }) => disks.get(name)?.errors);
			const why = `${name}: ${tallied('failed request', count)}`;
			return { value: count.since, verdict: count.since > 0 ? 'warn' : 'ok', why };
		}),
};

const filesystems: Check<DiskCounters> = {
	name: 'disk.filesystem-errors',
	kind: 'errors',
	title: 'Damage that the file system found',
	unit: 'errors',
	source: '/sys/fs/ext4/*/errors_count: kept in the superblock until fsck repairs it',
	rule: 'Warn when any is on record, bad when one came in since the first sample.',
	judge: (span) =>
		span.now.ext4Errors.size === 0
			? [
					unknown(
						null,
						'no ext4 file system is mounted, and others do not count their errors where they can be read here',
					),
				]
			: [...span.now.ext4Errors.keys()].map((partition) =>
					finding(partition, () => {
						const { since, total } = tally('ext4 errors', span, ({ ext4Errors }) => ext4Errors.get(partition));
						const why = `${partition}: ${counted(since, 'ext4 error')} since this console started, ${total || 'none'} on record`;
						return { value: total, verdict: since > 0 ? 'bad' : total > 0 ? 'warn' : 'ok', why };
					}),
				),
};

const raid: Check<DiskCounters> = {
	name: 'disk.raid',
	kind: 'errors',
	title: 'RAID arrays that miss members',
	unit: 'members',
	source: '/sys/block/md*/md/degraded; no reading where there is no array',
	rule: 'Bad above 0: the next failure may lose data.',
	judge: ({ now }) =>
		[...now.disks].flatMap(([name, { degraded }]) =>
			degraded === undefined
				? []
				: [
						{
							device: name,
							value: degraded,
							verdict: degraded > 0 ? 'bad' : 'ok',
							why: `${name} misses ${counted(degraded, 'member')}`,
						},
					],
		),
};

function eachDisk(
	{ before, now }: DiskSpan,
	judge: (name: string, disk: Disk, grew: DiskGrowth, before: Disk) => Judgement,
): Finding[] {
	if (now.disks.size === 0) return [unknown(null, 'no disk of this host has done any I/O since boot')];
	return [...now.disks].map(([name, disk]) =>
		finding(name, () => {
			const earlier = known(before.disks.get(name), `${name} has only just appeared`);
			const grew: DiskGrowth = (field) => growth(name, earlier[field], disk[field]);
			return judge(name, disk, grew, earlier);
		}),
	);
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

export const disk: ResourceChecks<DiskCounters> = {
	resource: 'disk',
	sample: readDisks,
	checks: [errors, filesystems, raid, utilization, queue, latency, diskPressure(pressureOfHost('io'))],
};
