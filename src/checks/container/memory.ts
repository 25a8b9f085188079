import { join } from 'node:path';
import { type ControlFiles, withNested } from '../../host/cgroup.ts';
import { cgroupOfContainer } from '../../host/containers.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { scaled } from '../../host/processes.ts';
import type { Check, ContainerTarget, ResourceChecks } from '../check.ts';
import { finding, grade, growth, known, perSecond, tallied, tally, unknown } from '../measuring.ts';
import { memoryPressure } from '../memory/waiting.ts';
import { type Pressure, pressureOfGroup, readGroupPressure } from '../pressure.ts';
import { counted, percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { ended, filesOf, lineOf, tightest } from './group.ts';

/** Bytes. */
interface Use {
	/** Tells a container from itself after a restart, when its counters start anew. */
	pid: number;
	current: number | undefined;
	/** File pages not used lately, which the kernel takes back before anything else. */
	inactiveFile: number;
	limit: number | undefined;
	oomKills: number | undefined;
	/** Times that it ran into its limit, and into memory.high, which slows it down. */
	limitHits: number | undefined;
	highHits: number | undefined;
}

export interface ContainerMemory {
	/** Undefined when the container has no process. */
	use: Use | undefined;
	name: string;
	hostTotal: number | undefined;
	/** A container that ends takes its counters along; what the whole host counts stays. */
	hostOomKills: number | undefined;
	pressure: Pressure | undefined;
}

function readMemory(host: Host, { name, container }: ContainerTarget): ContainerMemory {
	const group = cgroupOfContainer(host, container);
	return {
		use: group && { pid: container.pid, ...readUse(filesOf(group, 'memory')) },
		name,
		hostTotal: totalOf(host),
		hostOomKills: lineOf(readText(join(host.proc, 'vmstat')), 'oom_kill'),
		pressure: group && readGroupPressure(group, 'memory'),
	};
}

export function totalOf(host: Host): number | undefined {
	const kilobytes = lineOf(readText(join(host.proc, 'meminfo')), 'MemTotal: *');
	return kilobytes === undefined ? undefined : kilobytes * 1024;
}

function readUse(files: ControlFiles): Omit<Use, 'pid'> {
	return files.version === 1 ? readOldUse(files) : readNewUse(files);
}

function readNewUse(files: ControlFiles): Omit<Use, 'pid'> {
	// Unlike version 1's, these count for all the groups within.
	const events = readText(join(files.folder, 'memory.events'));
	return {
		current: readNumber(join(files.folder, 'memory.current')),
		inactiveFile: lineOf(readText(join(files.folder, 'memory.stat')), 'inactive_file') ?? 0,
		limit: limitOf(files),
		oomKills: lineOf(events, 'oom_kill'),
		limitHits: lineOf(events, 'max'),
		highHits: lineOf(events, 'high'),
	};
}

function readOldUse(files: ControlFiles): Omit<Use, 'pid'> {
	const { folder } = files;
	const stat = readText(join(folder, 'memory.stat'));
	const groups = withNested(folder);
	const kills = groups.map((each) => lineOf(readText(join(each, 'memory.oom_control')), 'oom_kill'));
	const hits = groups.map((each) => readNumber(join(each, 'memory.failcnt')));
	return {
		current: readNumber(join(folder, 'memory.usage_in_bytes')),
		inactiveFile: lineOf(stat, 'total_inactive_file') ?? 0,
		limit: limitOf(files),
		oomKills: sumOf(kills),
		limitHits: sumOf(hits),
		highHits: 0,
	};
}

/** The most bytes that a control group may hold, of its own limit and those above the lowest. */
export function limitOf(files: ControlFiles): number | undefined {
	const file = files.version === 1 ? 'memory.limit_in_bytes' : 'memory.max';
	return tightest(files, (folder) => readNumber(join(folder, file)));
}

function sumOf(counts: (number | undefined)[]): number | undefined {
	const known = counts.filter((count) => count !== undefined);
	return known.length ? known.reduce((a, b) => a + b) : undefined;
}

const off = 'the memory controller is not on for the control group of this container';

const oom: Check<ContainerMemory> = {
	name: 'memory.oom',
	kind: 'errors',
	title: 'Processes of the container killed for want of memory',
	unit: 'kills',
	source:
		'memory.events oom_kill (v1: memory.oom_control) of its control group and those in it, since the first sample',
	rule: 'Bad after any. Warn when the container ended or was started anew while the host counted an OOM kill (oom_kill in /proc/vmstat): its own count is gone then.',
	judge: (span) => [
		finding(null, () => {
			const { use, name } = span.now;
			const killsOfHost = tally('OOM kills', span, ({ hostOomKills }) => hostOomKills).since;
			if (killsOfHost > 0 && use?.pid !== span.first.use?.pid) {
				const happened = use ? 'was started anew' : 'has ended';
				const why = `${name} ${happened}, and since this console started the host counted ${counted(killsOfHost, 'OOM kill')}: dmesg tells whose`;
				return { value: killsOfHost, verdict: 'warn', why };
			}
			known(use, ended(name));
			known(use?.oomKills, 'this kernel does not count the OOM kills of a control group');
			const count = tally('OOM kills of the container', span, (counters) => counters.use?.oomKills);
			const why = `the container: ${tallied('OOM kill', count, 'it started')}`;
			return { value: count.since, verdict: count.since > 0 ? 'bad' : 'ok', why };
		}),
	],
};

const utilization: Check<ContainerMemory> = {
	name: 'memory.utilization',
	kind: 'utilization',
	title: 'Memory that the container holds, of what it may have',
	unit: '%',
	source:
		'memory.current less inactive_file of memory.stat (as kubelet counts), against the lowest memory.max of its control group and those above (v1: memory.usage_in_bytes, hierarchical_memory_limit), else against MemTotal',
	limits: ['memory.used'],
	judge: ({ now }) => [
		finding(null, () => {
			const { value, why } = shareOfLimit(now);
			return { value, verdict: grade(value, limits('memory.used')), why };
		}),
	],
};

function shareOfLimit({ use, name, hostTotal }: ContainerMemory): { value: number; why: string } {
	const { current, inactiveFile, limit } = known(use, ended(name));
	const total = known(hostTotal, '/proc/meminfo has no MemTotal');
	const held = Math.max(0, known(current, off) - inactiveFile);
	const limited = limit !== undefined && limit < total;
	const value = (held / (limited ? limit : total)) * 100;
	const of = limited ? `its limit of ${scaled(limit, 'B')}` : `the host’s ${scaled(total, 'B')}, as it has no limit`;
	return { value, why: `the container holds ${scaled(held, 'B')}, ${percent(value)} of ${of}` };
}

const limit: Check<ContainerMemory> = {
	name: 'memory.limit',
	kind: 'saturation',
	title: 'Times that the container ran into its memory limit',
	unit: '/s',
	source: 'memory.events: max and high a second (v1: memory.failcnt)',
	rule: 'Warn above 0 of high (its programs are slowed down), and of max from 90 % utilization. Below that, file pages made room, which costs little.',
	judge: (span) => [
		finding(null, () => {
			const { before, now, seconds } = span;
			known(now.use, ended(now.name));
			const rate = (what: string, count: 'limitHits' | 'highHits') =>
				perSecond(growth(what, known(before.use?.[count], off), known(now.use?.[count], off)), seconds);
			const hits = rate('hits of its limit', 'limitHits');
			const slowed = rate('hits of memory.high', 'highHits');
			const { value: share, why } = shareOfLimit(now);
			const tight = slowed > 0 || (hits > 0 && share >= limits('memory.used').warn);
			const times =
				hits + slowed > 0
					? `the container runs into its limit ${short(hits)} times a second, into memory.high ${short(slowed)} times`
					: 'the container runs into no limit';
			const holds = why.replace('the container', 'it');
			return { value: hits + slowed, verdict: tight ? 'warn' : 'ok', why: `${times}; ${holds}` };
		}),
	],
};

const waiting = memoryPressure(pressureOfGroup('memory'));
const pressure: Check<ContainerMemory> = {
	...waiting,
	judge: (span) => (span.now.use ? waiting.judge(span) : [unknown(null, ended(span.now.name))]),
};

export const memory: ResourceChecks<ContainerMemory, ContainerTarget> = {
	resource: 'memory',
	sample: readMemory,
	checks: [oom, utilization, limit, pressure],
};
