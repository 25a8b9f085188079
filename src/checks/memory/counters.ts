import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { aged } from '../kept.ts';
import type { HasKernelLog } from '../kernel-log/check.ts';
import { readKernelLog } from '../kernel-log/events.ts';
import { parsePairs } from '../pairs.ts';
import { type HasPressure, readPressure } from '../pressure.ts';
import { type EdacCounts, readEdac } from './hardware.ts';
import { type HugePages, readHugePages } from './huge-pages.ts';
import { type NodeCounts, readNodes } from './numa.ts';
import { readKillsByGroup } from './oom.ts';
import { type Cache, largestCaches } from './slab.ts';

export interface MemoryCounters extends HasPressure, HasKernelLog {
	/** Kilobytes. */
	meminfo: Map<string, number>;
	vmstat: Map<string, number>;
	/** Whether the kernel refuses memory beyond CommitLimit. */
	commitIsLimited: boolean;
	/** By size, "2 MiB"; none on a kernel without them. */
	hugePages: Map<string, HugePages>;
	/** The largest that can't be given back, read only when they take much. */
	caches: readonly Cache[];
	/** By memory node; empty where there is but one. */
	nodes: Map<string, NodeCounts>;
	/** Since boot, by control group with a limit; undefined when no control group can be seen. */
	killsByGroup: ReadonlyMap<string, number> | undefined;
	/** By memory controller; undefined when no EDAC driver watches the memory. */
	edac: Map<string, EdacCounts> | undefined;
}

export function readMemory(host: Host): MemoryCounters {
	const text = readText(join(host.proc, 'meminfo'));
	if (text === undefined) throw new Error(`can't read ${join(host.proc, 'meminfo')}`);
	const meminfo = parsePairs(text);
	const vmstat = parsePairs(readText(join(host.proc, 'vmstat')) ?? '');
	return {
		meminfo,
		vmstat,
		pressure: readPressure(host, 'memory'),
		log: readKernelLog(host),
		caches: largestCaches(host, meminfo),
		nodes: readNodes(host),
		killsByGroup: readKillsByGroup(host, vmstat.get('oom_kill')),
		...readSlow(host),
	};
}

const readSlow = aged(10, (host) => ({
	// 2: strict. The other settings let programs ask for more than there is.
	commitIsLimited: readText(join(host.proc, 'sys/vm/overcommit_memory'))?.trim() === '2',
	hugePages: readHugePages(host),
	edac: readEdac(host),
}));
