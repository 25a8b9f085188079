import type { Check, ResourceChecks } from '../check.ts';
import { kernelLogCheck } from '../kernel-log/check.ts';
import { bonding } from './bonds.ts';
import { conntrack, conntrackFailures } from './conntrack.ts';
import { type NamespaceCounters, type NetworkCounters, readNetwork } from './counters.ts';
import { discards, udpBuffers } from './datagrams.ts';
import { notLoopback, ownLink, wayOut } from './each-interface.ts';
import { carrier, link } from './links.ts';
import { neighbourOverflow, neighbours } from './neighbours.ts';
import { queueing } from './queueing.ts';
import { orphans, socketMemory } from './sockets.ts';
import { softnet } from './softnet.ts';
import { aborts, listen, outOfWindow, receiveBuffers, retransmits, synQueue } from './tcp.ts';
import { dropsOf, errorsOf, utilizationOf } from './traffic.ts';

export const network: ResourceChecks<NetworkCounters> = {
	resource: 'network',
	sample: readNetwork,
	checks: [
		errorsOf(ownLink),
		kernelLogCheck('network.kernel-log', 'Faults of cards, links and tables in the kernel’s log'),
		carrier,
		link,
		bonding,
		conntrackFailures,
		neighbourOverflow,
		aborts,
		outOfWindow,
		utilizationOf(ownLink),
		conntrack,
		socketMemory,
		orphans,
		neighbours,
		dropsOf(ownLink),
		queueing,
		softnet,
		retransmits,
		listen,
		synQueue,
		receiveBuffers,
		udpBuffers,
		discards,
	],
};

/**
 * What can be asked of any network namespace: packets that CPUs had no time for, memory and
 * neighbours are the whole host's, and cables are seldom plugged into another.
 */
export const checksOfNamespace: Check<NamespaceCounters>[] = [
	errorsOf(notLoopback),
	conntrackFailures,
	aborts,
	outOfWindow,
	utilizationOf(wayOut),
	conntrack,
	dropsOf(notLoopback),
	retransmits,
	listen,
	synQueue,
	receiveBuffers,
	udpBuffers,
	discards,
];
