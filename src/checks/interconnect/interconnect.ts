import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { Check, ResourceChecks } from '../check.ts';
import { aged } from '../kept.ts';
import { unknown } from '../measuring.ts';
import { type MemoryTraffic, memoryTraffic, readMemoryTraffic, remoteAccess } from './memory-traffic.ts';
import { type HasPciErrors, pciErrors, readPciErrors } from './pci-errors.ts';
import { pciLinks, readPciLinks } from './pci-links.ts';
import { type HasPciTraffic, pciTraffic, readPciTraffic } from './pci-traffic.ts';

export interface InterconnectCounters extends HasPciErrors, HasPciTraffic {
	memory: MemoryTraffic;
	/** The processors can count what they do, and perf can read it. */
	countsHardware: boolean;
}

function readInterconnect(host: Host): InterconnectCounters {
	return {
		errors: readPciErrors(host),
		links: readPciLinks(host),
		traffic: readPciTraffic(host),
		memory: readMemoryTraffic(host),
		countsHardware: countsHardware(host),
	};
}

/** One processor's unit that counts, under the name of its kind. */
const countsHardware = aged(60, (host) =>
	['cpu', 'cpu_core', 'armv8_pmuv3', 'armv8_pmuv3_0'].some((name) =>
		existsSync(join(host.sys, 'bus/event_source/devices', name)),
	),
);

const stalls: Check<InterconnectCounters> = {
	name: 'interconnect.stalls',
	kind: 'saturation',
	title: 'Time that processors wait for memory and for each other',
	unit: '%',
	source: 'none: no file of /proc/ or /sys/ tells; whether perf could: /sys/bus/event_source/devices',
	rule: 'Always unknown: only hardware counters tell.',
	judge: ({ now }) => {
		const why = now.countsHardware
			? 'only hardware counters tell how long processors wait for memory and for each other: run perf-stat, and look at instructions per cycle and cache misses'
			: 'only hardware counters tell how long processors wait for memory and for each other, and this machine shows none, as most virtual machines';
		return [unknown(null, why)];
	},
};

export const interconnect: ResourceChecks<InterconnectCounters> = {
	resource: 'interconnect',
	sample: readInterconnect,
	checks: [pciErrors, pciLinks, pciTraffic, remoteAccess, memoryTraffic, stalls],
};
