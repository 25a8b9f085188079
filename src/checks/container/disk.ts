import { join } from 'node:path';
import { type ControlFiles, processesIn, withNested } from '../../host/cgroup.ts';
import { type Host, readText } from '../../host/host.ts';
import { type ProcessSample, sampleProcesses, scaled } from '../../host/processes.ts';
import type { Check, ContainerTarget, ResourceChecks, Span } from '../check.ts';
import { type Disk, type DiskTraffic, readDisks } from '../disk/disks.ts';
import { besideTheDisks } from '../disk/load.ts';
import {
	finding,
	grade,
	growth,
	type Judgement,
	known,
	perSecond,
	Unmeasurable,
	unanswerable,
	unknown,
} from '../measuring.ts';
import { type Pressure, pressureOfGroup, readGroupPressure, taskPressure } from '../pressure.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
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
	/** What its processes say of themselves, where the control group counts nothing. */
	processes: ProcessSample | undefined;
	disks: Map<string, Disk>;
	pressure: Pressure | undefined;
}

/** More processes would cost more to read than all else. */
const mostProcesses = 256;

function readDisk(host: Host, target: ContainerTarget): ContainerDisk {
	const group = groupOf(host, target);
	const files = group.files('blkio')?.version === 1 ? filesOf(group, 'blkio') : filesOf(group, 'io');
	const disks = readDisks(host);
	const counted = { disks, pressure: readGroupPressure(group, 'io'), processes: undefined };
	if (files.version === 2) return { ...counted, traffic: byName(disks, readTraffic(files)) };
	const byNumber = readOldTraffic(files);
	if (byNumber.size > 0) return { ...counted, traffic: byName(disks, byNumber) };
	// Since Linux 6.10 version 1 counts nothing where no limit is set: no line means nothing then.
	const pids = processesIn(files).slice(0, mostProcesses);
	return { ...counted, traffic: undefined, processes: sampleProcesses(host, { io: true, pids }) };
}

function byName(
	disks: Map<string, Disk>,
	byNumber: Map<string, Traffic> | undefined,
): Map<string, Traffic> | undefined {
	return byNumber && new Map([...disks].flatMap(([name, { number }]) => pairOf(name, byNumber.get(number))));
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
function readOldTraffic({ folder }: ControlFiles): Map<string, Traffic> {
	const summed = (name: string) => readText(join(folder, `blkio.throttle.${name}_recursive`));
	const each = (name: string) => withNested(folder).map((one) => readText(join(one, `blkio.throttle.${name}`)) ?? '');
	const bytes = summed('io_service_bytes') ?? each('io_service_bytes').join('');
	const requests = summed('io_serviced') ?? each('io_serviced').join('');
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
		'io.stat of its control group (v1: blkio.throttle.io_service_bytes, which leaves out what goes through the page cache): its share of the bytes that the disk moved, times the share of the time that the disk was busy (/proc/diskstats). An estimate',
	rule: 'Warn from 85 %, bad from 98 % (as for the host); at most warn for disks that serve many requests at once.',
	judge: (span) => {
		const { traffic, processes } = span.now;
		if (processes) return [];
		if (!traffic) return [unknown(null, 'the io controller is not on for the control group of this container')];
		if (traffic.size > 0) return [...traffic.keys()].map((name) => finding(name, () => shareOfDisk(name, span)));
		return [{ device: null, value: 0, verdict: 'ok', why: 'the container has asked nothing of any disk' }];
	},
};

const traffic: Check<ContainerDisk> = {
	name: 'disk.traffic',
	kind: 'utilization',
	title: 'Bytes that the container has disks read and write',
	unit: 'B/s',
	source:
		'/proc/PID/io: read_bytes and write_bytes a second of its processes (256 at most; those that ended in between are missing), beside the busiest disk of /proc/diskstats. Only where cgroup v1 counts nothing by disk: since Linux 6.10, unless a limit is set',
	rule: 'Warn when it has disks at work while one of them is 85 % busy or more (as for the host).',
	judge: (span) => {
		const { processes } = span.now;
		return processes ? [finding(null, () => sumOfProcesses(span, processes))] : [];
	},
};

function shareOfDisk(name: string, { before, now, seconds }: Span<ContainerDisk>): Judgement {
	const disk = known(now.disks.get(name), `${name} is gone`);
	const earlierDisk = known(before.disks.get(name), `${name} has only just appeared`);
	const ofDisk = (field: keyof DiskTraffic) => growth(name, earlierDisk[field], disk[field]);
	const own = (field: keyof Traffic) =>
		growth(`io of ${name}`, (before.traffic?.get(name) ?? nothing)[field], now.traffic?.get(name)?.[field]);
	const busy = Math.min(100, perSecond(ofDisk('busyMs'), seconds) / 10);
	const bytes = own('readBytes') + own('writtenBytes');
	const all = Math.max(bytes, (ofDisk('sectorsRead') + ofDisk('sectorsWritten')) * 512);
	const share = bytes ? bytes / all : 0;
	const value = busy * share;
	const verdict = grade(value, limits('disk.busy'));
	const part = (verb: string, requests: number, moved: number) =>
		`${short(perSecond(requests, seconds))} ${verb}/s of ${scaled(perSecond(moved, seconds), 'B/s')}`;
	const asks = `${part('reads', own('reads'), own('readBytes'))}, ${part('writes', own('writes'), own('writtenBytes'))}`;
	const why = `${name}: the container has ${asks}; the disk is ${percent(busy)} busy, ${percent(share * 100)} of that for it`;
	return { value, verdict: verdict === 'bad' && disk.parallel ? 'warn' : verdict, why };
}

function sumOfProcesses({ before, now, seconds }: Span<ContainerDisk>, processes: ProcessSample): Judgement {
	const all = [...processes.processes];
	const counted = all.filter(([, { readBytes }]) => readBytes !== undefined);
	if (counted.length < all.length)
		throw new Unmeasurable('/proc/PID/io of its processes may not be read: it takes root');
	const rate = (field: 'readBytes' | 'writtenBytes') => {
		const grown = counted.map(([pid, process]) => {
			const earlier = known(before.processes, 'this needs a second sample').processes.get(pid);
			// One that has just begun has done all of it since.
			const from = earlier?.startTicks === process.startTicks ? earlier[field] : 0;
			return Math.max(0, (process[field] ?? 0) - (from ?? 0));
		});
		return perSecond(
			grown.reduce((a, b) => a + b, 0),
			seconds,
		);
	};
	const [reads, writes] = [rate('readBytes'), rate('writtenBytes')];
	const why = `the container’s processes read ${scaled(reads, 'B/s')} and write ${scaled(writes, 'B/s')}`;
	return besideTheDisks(reads + writes, why, before.disks, now.disks, seconds);
}

const errors = unanswerable(
	{ name: 'disk.errors', kind: 'errors', title: 'Requests of the container that failed', unit: 'errors' },
	'the kernel counts failed requests by disk, not by container; the host’s checks show them',
);

export const disk: ResourceChecks<ContainerDisk, ContainerTarget> = {
	resource: 'disk',
	sample: readDisk,
	checks: [errors, utilization, traffic, taskPressure('disk', pressureOfGroup('io'))],
};
