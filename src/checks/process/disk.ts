import { join } from 'node:path';
import { type Host, readNumber } from '../../host/host.ts';
import { kernelUnits, sampleProcesses, scaled } from '../../host/processes.ts';
import type { Check, ProcessTarget, ResourceChecks } from '../check.ts';
import { type Disk, readDisks } from '../disk/disks.ts';
import { besideTheDisks } from '../disk/load.ts';
import { finding, grade, growth, known, perSecond, unanswerable } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { mostGrown, type Stat, sameProcess, statOf, type Thread, threadsOf } from './process.ts';

export interface ProcessDisk {
	pid: number;
	stat: Stat;
	readBytes: number | undefined;
	writtenBytes: number | undefined;
	disks: Map<string, Disk>;
	/** Only where the kernel counts how long they wait for disks. */
	threads: Map<number, Thread> | undefined;
	ticksPerSecond: number;
}

function readDisk(host: Host, { pid }: ProcessTarget): ProcessDisk {
	const stat = statOf(host, pid);
	// Before Linux 5.14 there was no such setting, and they were counted always.
	const waitsCounted = readNumber(join(host.proc, 'sys/kernel/task_delayacct')) !== 0;
	const counters = sampleProcesses(host, { io: true, pids: [pid] }).processes.get(pid);
	return {
		pid,
		stat,
		readBytes: counters?.readBytes,
		writtenBytes: counters?.writtenBytes,
		disks: readDisks(host),
		threads: waitsCounted ? threadsOf(host, pid) : undefined,
		ticksPerSecond: kernelUnits(host).ticksPerSecond,
	};
}

const traffic: Check<ProcessDisk> = {
	name: 'disk.traffic',
	kind: 'utilization',
	title: 'Bytes that the process has disks read and write',
	unit: 'B/s',
	source: '/proc/PID/io: read_bytes and write_bytes a second, beside the busiest disk of /proc/diskstats',
	rule: 'Warn when it has disks at work while one of them is 85 % busy or more (as for the host). Which disk it works on, the kernel does not tell.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			sameProcess(now.pid, before.stat, now.stat);
			const closed = `/proc/${now.pid}/io may not be read: it takes root, or CAP_SYS_PTRACE`;
			const rate = (field: 'readBytes' | 'writtenBytes') =>
				perSecond(growth(field, known(before[field], closed), known(now[field], closed)), seconds);
			const [reads, writes] = [rate('readBytes'), rate('writtenBytes')];
			const value = reads + writes;
			const why = `${now.stat.name} reads ${scaled(reads, 'B/s')} and writes ${scaled(writes, 'B/s')}`;
			return besideTheDisks(value, why, before.disks, now.disks, seconds);
		}),
	],
};

const waiting: Check<ProcessDisk> = {
	name: 'disk.waiting',
	kind: 'saturation',
	title: 'Time that a thread of the process waited for a disk',
	unit: '%',
	source: '/proc/PID/task/*/stat: growth of delayacct_blkio_ticks, of the thread that waited most (of the oldest 256)',
	rule: 'Warn from 10 %, bad from 40 % of the time (as for the pressure on disks).',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			sameProcess(now.pid, before.stat, now.stat);
			const off = 'the kernel does not count it: kernel.task_delayacct is 0';
			const [earlier, threads] = [known(before.threads, off), known(now.threads, off)];
			const grown = mostGrown(earlier, threads, ({ blockedTicks }) => blockedTicks);
			const worst = known(grown, 'its threads have only just begun');
			const value = Math.min(100, perSecond(worst.grew / now.ticksPerSecond, seconds) * 100);
			const why = `thread ${worst.name} (${worst.tid}) waited for disks ${percent(value)} of the time, more than any other`;
			return { value, verdict: grade(value, limits('disk.pressure-some')), why };
		}),
	],
};

const errors = unanswerable(
	{ name: 'disk.errors', kind: 'errors', title: 'Requests of the process that failed', unit: 'errors' },
	'the kernel counts failed requests by disk, not by process; the host’s checks show them',
);

export const disk: ResourceChecks<ProcessDisk, ProcessTarget> = {
	resource: 'disk',
	sample: readDisk,
	checks: [errors, traffic, waiting],
};
