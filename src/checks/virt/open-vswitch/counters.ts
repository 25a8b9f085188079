import { existsSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listFolder } from '../../../host/folder.ts';
import type { Host } from '../../../host/host.ts';
import { type OvsDaemon, seesDaemons, stateOf, writtenPid } from '../../../host/open-vswitch.ts';
import { printable } from '../../../host/printable.ts';
import { type Thread, threadsOf } from '../../../host/threads.ts';
import { aged, polled } from '../../kept.ts';
import { interfacesFolder, type PortTraffic, readTraffic } from '../interfaces.ts';
import { readTimes, type ThreadTimes } from '../thread-times.ts';
import { askVswitchd, type Told } from './answers.ts';

export interface Daemon {
	/** As it wrote it down. */
	pid: number | undefined;
	/** A process of its name has that pid. */
	runs: boolean;
	/** It does, but a signal or a debugger keeps it from running. */
	stopped: boolean;
}

export interface OvsCounters {
	/** Monotonic milliseconds. */
	at: number;
	/** Whether the daemons' files can be read; without them nothing is known of the daemons. */
	visible: boolean;
	vswitchd: Daemon;
	database: Daemon;
	told: Told;
	/** Of ovs-vswitchd, those that packets wait for. */
	threads: ThreadTimes;
	/** The interfaces of the host that are ports of its bridges. */
	ports: Map<string, PortTraffic>;
}

/** Undefined where there is no Open vSwitch: no daemon ever started, and the kernel has no datapath. */
export function readOvs(host: Host): OvsCounters | undefined {
	const vswitchd = readDaemon(host, 'ovs-vswitchd');
	const folder = interfacesFolder(host);
	const hasDatapath = folder !== undefined && existsSync(join(folder, 'ovs-system'));
	if (vswitchd.pid === undefined && !hasDatapath) return undefined;
	const told = vswitchd.pid === undefined ? {} : (readTold(host).answer ?? {});
	return {
		at: performance.now(),
		visible: seesDaemons(host),
		vswitchd,
		database: readDaemon(host, 'ovsdb-server'),
		told,
		threads: vswitchd.runs ? readTimes(host, findThreads(host)) : new Map(),
		ports: readTraffic(host, findPorts(host)),
	};
}

function readDaemon(host: Host, name: OvsDaemon): Daemon {
	const pid = writtenPid(host, name);
	const state = pid === undefined ? 'gone' : stateOf(host, name, pid);
	return { pid, runs: state !== 'gone', stopped: state === 'stopped' };
}

const readTold = polled<Told>(3, async (host, earlier) => {
	const pid = writtenPid(host, 'ovs-vswitchd');
	return pid === undefined ? {} : askVswitchd(host, pid, earlier);
});

/** The main one, and those for flows that a datapath does not know or has kept for long; a poller is always busy. */
const findThreads = aged(10, (host): Thread[] => {
	const pid = writtenPid(host, 'ovs-vswitchd');
	return pid === undefined
		? []
		: threadsOf(host, pid).filter(({ name }) => /^(ovs-vswitchd|(handler|revalidator)\d+)$/.test(name));
});

/** Without the bridges' own interfaces: those are mostly down, and then drop all that is flooded, which is no fault. */
const findPorts = aged(10, (host): ReadonlySet<string> => {
	const folder = interfacesFolder(host);
	if (folder === undefined) return new Set();
	return new Set(
		listFolder(folder)
			.filter((name) => masterOf(join(folder, name)) === 'ovs-system')
			.map(printable),
	);
});

function masterOf(folder: string): string | undefined {
	const link = join(folder, 'master');
	// A failed reading costs more than the question whether it is there.
	return existsSync(link) ? basename(readlinkSync(link)) : undefined;
}
