import { join } from 'node:path';
import { type ControlFiles, withNested } from '../../host/cgroup.ts';
import { type Host, readText } from '../../host/host.ts';
import { scaled } from '../../host/processes.ts';
import type { Check, ContainerTarget, ResourceChecks, Span } from '../check.ts';
import { busyLimits, diskPressure } from '../disk.ts';
import { type Disk, type DiskTraffic, readDisks } from '../disk-counters.ts';
import { finding, grade, growth, type Judgement, known, perSecond, unanswerable, unknown } from '../measuring.ts';
import { type Pressure, pressureOfGroup, readGroupPressure } from '../pressure.ts';
import { percent, short } from '../sentence.ts';
import { filesOf, groupOf } from './group.ts';

/** What a control group has asked of one disk. */
interface Traffic {
	readBytes: number;
	writtenBytes: number;
	reads: number;
	writes: number;
}

const nothing: Traffic = { readBytes: 0, writtenBytes: 0, reads: 0, writes: 0 };

export interface ContainerDisk {
	/** By disk. Undefined where nobody counts. */
	traffic: Map<string, Traffic> | undefined;
	version: 1 | 2;
	disks: Map<string, Disk>;
	pressure: Pressure | undefined;
}

function readDisk(host: Host, target: ContainerTarget): ContainerDisk {
	const group = groupOf(host, target);
	const files = group.files('blkio')?.version === 1 ? filesOf(group, 'blkio') : filesOf(group, 'io');
	const { disks } = readDisks(host);
	const byNumber = files.version === 1 ? readOldTraffic(files) : readTraffic(files);
	return {
		traffic: byNumber && new Map([...disks].flatMap(([name, { number }]) => pairOf(name, byNumber.get(number)))),
		version: files.version,
		disks,
		pressure: readGroupPressure(group, 'io'),
	};
}

function pairOf(name: string, traffic: Traffic | undefined): [string, Traffic][] {
	return traffic ? [[name, traffic]] : [];
}

/** By the disk's number: "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0". */
function readTraffic({ folder }: ControlFiles): Map<string, Traffic> | undefined {
	const text = readText(join(folder, 'io.stat'));
	if (text === undefined) return undefined;
	const traffic = new Map<string, Traffic>();
	for (const [, device = '', counts = ''] of text.matchAll(/^(\d+:\d+) (.+)$/gm)) {
		const of = (name: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(counts)?.[1] ?? 0);
		traffic.set(device, { readBytes: of('rbytes'), writtenBytes: of('wbytes'), reads: of('rios'), writes: of('wios') });
	}
	return traffic;
}

/** A line a disk and direction: "8:0 Read 4096". Old kernels sum nothing up, and leave it to the reader. */
function readOldTraffic({ folder }: ControlFiles): Map<string, Traffic> | undefined {
	const summed = (name: string) => readText(join(folder, `blkio.throttle.${name}_recursive`));
	const each = (name: string) => withNested(folder).map((one) => readText(join(one, `blkio.throttle.${name}`)) ?? '');
	const bytes = summed('io_service_bytes') ?? each('io_service_bytes').join('');
	const requests = summed('io_serviced') ?? each('io_serviced').join('');
	if (!bytes.includes('Total')) return undefined;
	const traffic = new Map<string, Traffic>();
	const add = (text: string, read: 'readBytes' | 'reads', write: 'writtenBytes' | 'writes') => {
		for (const [, device = '', direction, count] of text.matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm)) {
			const sums = traffic.get(device) ?? { ...nothing };
			sums[direction === 'Read' ? read : write] += Number(count);
			traffic.set(device, sums);
		}
	};
	add(bytes, 'readBytes', 'writtenBytes');
	add(requests, 'reads', 'writes');
	return traffic;
}

const utilization: Check<ContainerDisk> = {
	name: 'disk.utilization',
	kind: 'utilization',
	title: 'Share of the disk’s time that goes to the container',
	unit: '%',
	source:
		'io.stat of its control group (v1: blkio.throttle.io_service_bytes, which leaves out what goes through the page cache to the disk): its share of the bytes that the disk moved, times the share of the time that the disk was busy (/proc/diskstats). An estimate',
	thresholds:
		'Warn from 85 %, bad from 98 % (as for the host); at most warn for disks that serve many requests at once.',
	judge: (span) => {
		const { traffic, version } = span.now;
		if (!traffic) return [unknown(null, 'the io controller is not on for the control group of this container')];
		const cached = version === 1 ? ' (cgroup v1 leaves out what it writes through the page cache)' : '';
		if (traffic.size > 0)
			return [...traffic.keys()].map((name) => finding(name, () => shareOfDisk(name, span, cached)));
		return [{ device: null, value: 0, verdict: 'ok', why: `the container has asked nothing of any disk${cached}` }];
	},
};

function shareOfDisk(name: string, { before, now, seconds }: Span<ContainerDisk>, cached: string): Judgement {
	const disk = known(now.disks.get(name), `${name} is gone`);
	const earlierDisk = known(before.disks.get(name), `${name} has only just appeared`);
	const ofDisk = (field: keyof DiskTraffic) => growth(name, earlierDisk[field], disk[field]);
	const own = (field: keyof Traffic) =>
		growth(`io of ${name}`, (before.traffic?.get(name) ?? nothing)[field], now.traffic?.get(name)?.[field]);
	const busy = Math.min(100, perSecond(ofDisk('busyMs'), seconds) / 10);
	const bytes = own('readBytes') + own('writtenBytes');
	const ofAll = bytes
		? Math.min(1, bytes / Math.max(bytes, (ofDisk('sectorsRead') + ofDisk('sectorsWritten')) * 512))
		: 0;
	const value = busy * ofAll;
	const verdict = grade(value, busyLimits);
	const part = (verb: string, requests: number, moved: number) =>
		`${short(perSecond(requests, seconds))} ${verb}/s of ${scaled(perSecond(moved, seconds), 'B/s')}`;
	const asks = `${part('reads', own('reads'), own('readBytes'))}, ${part('writes', own('writes'), own('writtenBytes'))}`;
	const why = `${name}: the container has ${asks}; the disk is ${percent(busy)} busy, ${percent(ofAll * 100)} of that for it${cached}`;
	return { value, verdict: verdict === 'bad' && disk.parallel ? 'warn' : verdict, why };
}

const errors = unanswerable(
	{ name: 'disk.errors', kind: 'errors', title: 'Requests of the container that failed', unit: 'errors' },
	'the kernel counts failed requests by disk, not by container; the host’s checks show them',
);

export const disk: ResourceChecks<ContainerDisk, ContainerTarget> = {
	resource: 'disk',
	sample: readDisk,
	checks: [errors, utilization, diskPressure(pressureOfGroup('io'))],
};
