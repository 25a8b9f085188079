import type { Host } from '../../host/host.ts';
import { kernelUnits } from '../../host/processes.ts';
import { type Polled, perHost } from '../kept.ts';
import type { HasKernelLog } from '../kernel-log/check.ts';
import { readKernelLog } from '../kernel-log/events.ts';
import { type Bond, readBonds } from './bonds.ts';
import { type InterfaceTraffic, type Link, readInterfaces, readLinks } from './interfaces.ts';
import { type Protocols, readProtocols, readSockets } from './protocols.ts';
import { type Queueing, readQueueing } from './queueing.ts';
import { readSettings, type Settings } from './settings.ts';
import { readSoftnet, type Softnet } from './softnet.ts';
import { readTables, type Tables } from './tables.ts';

/** What there is to know of any network namespace. */
export interface NamespaceCounters {
	/** Those that have seen a packet. */
	interfaces: Map<string, InterfaceTraffic>;
	/** Undefined when /sys/class/net shows another namespace than the host's. */
	links: Map<string, Link> | undefined;
	protocols: Protocols;
	tables: Tables;
	settings: Settings;
}

export interface NetworkCounters extends NamespaceCounters, HasKernelLog {
	softnet: Softnet | undefined;
	bonds: Map<string, Bond>;
	sockets: Map<string, number>;
	pageSize: number;
	queueing: Polled<Queueing>;
}

const unitsOf = perHost(kernelUnits);

/** /proc/net is the reader's own namespace, so everything is read by way of a process of the host. */
export function readNamespace(host: Host): NamespaceCounters {
	return {
		interfaces: readInterfaces(host),
		links: readLinks(host),
		protocols: readProtocols(host),
		tables: readTables(host),
		settings: readSettings(host),
	};
}

export function readNetwork(host: Host): NetworkCounters {
	return {
		...readNamespace(host),
		softnet: readSoftnet(host),
		bonds: readBonds(host),
		sockets: readSockets(host),
		pageSize: unitsOf(host).pageSize,
		queueing: readQueueing(host),
		log: readKernelLog(host),
	};
}
