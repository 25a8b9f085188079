import { join } from 'node:path';
import { type ControlFiles, withNested } from '../../host/cgroup.ts';
import { cgroupOfContainer } from '../../host/containers.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import type { ContainerTarget } from '../check.ts';
import type { HasKernelLog } from '../kernel-log/check.ts';
import { readKernelLog } from '../kernel-log/events.ts';
import { parsePairs } from '../pairs.ts';
import { type Pressure, readGroupPressure } from '../pressure.ts';
import { filesOf, lineOf, tightest } from './group.ts';

/** Bytes. */
export interface Use {
	/** Tells a container from itself after a restart, when its counters start anew. */
	pid: number;
	current: number | undefined;
	/** File pages not used lately, which the kernel takes back before anything else. */
	inactiveFile: number;
	limit: number | undefined;
	/** Undefined where swap is not counted. */
	swapped: number | undefined;
	/** Undefined where it may fill the host's. */
	swapLimit: number | undefined;
	oomKills: number | undefined;
	/** Times that it ran into its limit, and into memory.high, which slows it down. */
	limitHits: number | undefined;
	highHits: number | undefined;
	/** Pages that it waited for until they came from a disk, and those that it had held before. */
	majorFaults: number | undefined;
	refaults: number | undefined;
}

export interface ContainerMemory extends HasKernelLog {
	/** Undefined when the container has no process. */
	use: Use | undefined;
	id: string;
	name: string;
	hostTotal: number | undefined;
	hostSwap: number;
	/** A container that ends takes its counters along; what the whole host counts stays. */
	hostOomKills: number | undefined;
	pressure: Pressure | undefined;
}

export function readMemory(host: Host, { name, container }: ContainerTarget): ContainerMemory {
	const group = cgroupOfContainer(host, container);
	const meminfo = readText(join(host.proc, 'meminfo'));
	return {
		use: group && { pid: container.pid, ...readUse(filesOf(group, 'memory')) },
		id: container.id,
		name,
		hostTotal: bytesIn(meminfo, 'MemTotal'),
		hostSwap: bytesIn(meminfo, 'SwapTotal') ?? 0,
		hostOomKills: lineOf(readText(join(host.proc, 'vmstat')), 'oom_kill'),
		pressure: group && readGroupPressure(group, 'memory'),
		log: readKernelLog(host),
	};
}

export function totalOf(host: Host): number | undefined {
	return bytesIn(readText(join(host.proc, 'meminfo')), 'MemTotal');
}

function bytesIn(meminfo: string | undefined, name: string): number | undefined {
	const kilobytes = lineOf(meminfo, `${name}: *`);
	return kilobytes === undefined ? undefined : kilobytes * 1024;
}

function readUse(files: ControlFiles): Omit<Use, 'pid'> {
	return files.version === 1 ? readOldUse(files) : readNewUse(files);
}

function readNewUse(files: ControlFiles): Omit<Use, 'pid'> {
	const number = (name: string) => readNumber(join(files.folder, name));
	// Unlike version 1's, these count for all the groups within.
	const events = readText(join(files.folder, 'memory.events'));
	const stat = parsePairs(readText(join(files.folder, 'memory.stat')) ?? '');
	return {
		current: number('memory.current'),
		inactiveFile: stat.get('inactive_file') ?? 0,
		limit: limitOf(files),
		swapped: number('memory.swap.current'),
		swapLimit: tightest(files, (folder) => readNumber(join(folder, 'memory.swap.max'))),
		oomKills: lineOf(events, 'oom_kill'),
		limitHits: lineOf(events, 'max'),
		highHits: lineOf(events, 'high'),
		majorFaults: stat.get('pgmajfault'),
		refaults: sumOf([stat.get('workingset_refault_anon'), stat.get('workingset_refault_file')]),
	};
}

function readOldUse(files: ControlFiles): Omit<Use, 'pid'> {
	const { folder } = files;
	const stat = parsePairs(readText(join(folder, 'memory.stat')) ?? '');
	const groups = withNested(folder);
	const kills = groups.map((each) => lineOf(readText(join(each, 'memory.oom_control')), 'oom_kill'));
	const hits = groups.map((each) => readNumber(join(each, 'memory.failcnt')));
	const limit = limitOf(files);
	const withSwap = tightest(files, (each) => readNumber(join(each, 'memory.memsw.limit_in_bytes')));
	return {
		current: readNumber(join(folder, 'memory.usage_in_bytes')),
		inactiveFile: stat.get('total_inactive_file') ?? 0,
		limit,
		swapped: stat.get('total_swap'),
		swapLimit: withSwap === undefined || limit === undefined ? undefined : Math.max(0, withSwap - limit),
		oomKills: sumOf(kills),
		limitHits: sumOf(hits),
		highHits: 0,
		majorFaults: stat.get('total_pgmajfault'),
		refaults: sumOf([stat.get('total_workingset_refault_anon'), stat.get('total_workingset_refault_file')]),
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
