import type { Check, Verdict } from '../check.ts';
import { grade, type Judgement, needTime, worse } from '../measuring.ts';
import { short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { DiskCounters } from './counters.ts';
import type { Disk } from './disks.ts';
import { eachDisk } from './each-disk.ts';
import { fewestRequests } from './usual.ts';

export const latency: Check<DiskCounters> = {
	name: 'disk.latency',
	kind: 'saturation',
	title: 'Time that a request takes, waiting included',
	unit: 'ms',
	source:
		'/proc/diskstats: growth of ms reading (4) and writing (8) per request; the slower of the two. Against the disk’s own past: their mean over the last half hour that was watched',
	limits: ['disk.latency-hdd', 'disk.latency-ssd', 'disk.latency-nvme', 'disk.latency-past', 'disk.latency-past-floor'],
	rule: 'There is a past when the disk was watched at work for a minute; five requests in a sample are compared with it, fewer are not.',
	judge: (span) =>
		eachDisk(span, (name, disk, grew, before) => {
			const [reads, writes] = [grew('reads'), grew('writes')];
			needTime(span.seconds);
			if (reads + writes === 0) return idleOrStuck(name, disk, before, span.seconds);
			const past = span.now.past.get(name);
			const read = reads > 0 ? judgeOne('reads', reads, grew('readMs'), past?.read, disk) : undefined;
			const write = writes > 0 ? judgeOne('writes', writes, grew('writeMs'), past?.write, disk) : undefined;
			const texts = read && write ? `${read.text}, ${write.text}` : (read ?? write)?.text;
			return {
				value: Math.max(read?.ms ?? 0, write?.ms ?? 0),
				verdict: worse(read?.verdict ?? 'ok', write?.verdict ?? 'ok'),
				why: `${name}: ${texts}`,
			};
		}),
};

function idleOrStuck(name: string, disk: Disk, before: Disk, seconds: number): Judgement {
	if (before.inFlight === 0 || disk.inFlight === 0) {
		return { value: null, verdict: 'ok', why: `${name} has nothing to do` };
	}
	const least = seconds * 1000;
	const why = `${name}: none of its ${disk.inFlight} requests finished in ${short(seconds)} s`;
	return { value: least, verdict: grade(least, limits(`disk.latency-${disk.class}`)), why };
}

interface Latency {
	ms: number;
	text: string;
	verdict: Verdict;
}

function judgeOne(
	what: string,
	requests: number,
	totalMs: number,
	usual: number | undefined,
	{ class: kind }: Disk,
): Latency {
	const ms = totalMs / requests;
	const absolute = limits(`disk.latency-${kind}`);
	const verdict = grade(ms, absolute);
	const text = `${what} take ${short(ms)} ms`;
	if (!usual || requests < fewestRequests) return { ms, text, verdict };
	const times = ms / usual;
	const floor = (absolute.warn * limits('disk.latency-past-floor').warn) / 100;
	if (ms < floor || times < limits('disk.latency-past').warn) return { ms, text, verdict };
	return { ms, text: `${text}, ${short(times)} times as long as usual`, verdict: worse(verdict, 'warn') };
}
