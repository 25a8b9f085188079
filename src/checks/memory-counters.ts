import { join } from 'node:path';
import { listFolder } from '../host/folder.ts';
import { type Host, readNumber, readText } from '../host/host.ts';
import { parsePairs } from './pairs.ts';
import { type Pressure, readPressure } from './pressure.ts';

export interface EdacCounts {
	corrected: number | undefined;
	uncorrected: number | undefined;
}

export interface MemoryCounters {
	/** Kilobytes. */
	meminfo: Map<string, number>;
	vmstat: Map<string, number>;
	pressure: Pressure | undefined;
	/** By memory controller; undefined when no EDAC driver watches the memory. */
	edac: Map<string, EdacCounts> | undefined;
}

export function readMemory(host: Host): MemoryCounters {
	const meminfo = readText(join(host.proc, 'meminfo'));
	if (meminfo === undefined) throw new Error(`can't read ${join(host.proc, 'meminfo')}`);
	return {
		meminfo: parsePairs(meminfo),
		vmstat: parsePairs(readText(join(host.proc, 'vmstat')) ?? ''),
		pressure: readPressure(host, 'memory'),
		edac: readEdac(join(host.sys, 'devices/system/edac/mc')),
	};
}

function readEdac(folder: string): MemoryCounters['edac'] {
	const controllers = listFolder(folder).filter((name) => /^mc\d+$/.test(name));
	if (controllers.length === 0) return undefined;
	const errors = (name: string): EdacCounts => ({
		corrected: readNumber(join(folder, name, 'ce_count')),
		uncorrected: readNumber(join(folder, name, 'ue_count')),
	});
	return new Map(controllers.map((name) => [name, errors(name)]));
}
