import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../host/folder.ts';
import { type Host, readNumber, readText } from '../host/host.ts';
import { whoseNamespace } from '../host/identity.ts';
import { printable } from '../host/printable.ts';
import { parsePairs } from './pairs.ts';

const fieldNames = [
	'rxBytes',
	'rxPackets',
	'rxErrors',
	'rxDropped',
	'rxFifo',
	'rxFrame',
	'rxCompressed',
	'rxMulticast',
	'txBytes',
	'txPackets',
	'txErrors',
	'txDropped',
] as const;

export type InterfaceTraffic = Record<(typeof fieldNames)[number], number>;

export interface Link {
	/** Has hardware or is a bond of such: its traffic is the host's own, not that of another interface seen again. */
	physical: boolean;
	/** Megabits a second, where the driver tells it. A veth claims one too, which means nothing. */
	speed: number | undefined;
	carrierChanges: number | undefined;
}

export interface NetworkCounters {
	/** Those of the host's namespace that have seen a packet. */
	interfaces: Map<string, InterfaceTraffic>;
	/** Undefined when /sys/class/net shows another namespace than the host's. */
	links: Map<string, Link> | undefined;
	softnet: { dropped: number; squeezed: number } | undefined;
	/** "Tcp.RetransSegs", "TcpExt.ListenDrops", "Udp6RcvbufErrors". */
	protocols: Map<string, number>;
}

/** /proc/net is the reader's own namespace, so everything is read by way of a process of the host. */
export function readNetwork(host: Host): NetworkCounters {
	const folder = join(host.proc, String(host.pid), 'net');
	const read = (name: string) => readText(join(folder, name));
	const dev = read('dev');
	if (dev === undefined) throw new Error(`can't read ${join(folder, 'dev')}`);
	const interfaces = parseInterfaces(dev);
	return {
		interfaces: new Map([...interfaces].filter(([, { rxPackets, txPackets }]) => rxPackets + txPackets > 0)),
		links: readLinks(host, [...interfaces.keys()]),
		softnet: parseSoftnet(read('softnet_stat')),
		protocols: new Map([
			...parseProtocols(read('snmp') ?? ''),
			...parseProtocols(read('netstat') ?? ''),
			...parsePairs(read('snmp6') ?? ''),
		]),
	};
}

function parseInterfaces(dev: string): Map<string, InterfaceTraffic> {
	const interfaces = new Map<string, InterfaceTraffic>();
	for (const [, name = '', numbers = ''] of dev.matchAll(/^ *([^\s:]+): *(\d.*)$/gm)) {
		const values = numbers.split(/ +/).map(Number);
		const traffic = Object.fromEntries(fieldNames.map((field, i) => [field, values[i] ?? 0])) as InterfaceTraffic;
		interfaces.set(printable(Buffer.from(name, 'latin1').toString('utf8')), traffic);
	}
	return interfaces;
}

function readLinks(host: Host, names: string[]): Map<string, Link> | undefined {
	const classes = [join(host.proc, String(host.pid), 'root/sys/class/net')];
	if (whoseNamespace(host, 'net') === 'host') classes.unshift(join(host.sys, 'class/net'));
	// A sysfs shows the namespace it was mounted in, whoever reads it: what it lists must be what the host has.
	for (const path of classes) {
		const folders = new Map(listFolder(path).map((entry) => [printable(entry), join(path, entry)]));
		if (names.every((name) => folders.has(name))) {
			return new Map(names.map((name) => [name, readLink(folders.get(name) ?? '')]));
		}
	}
	return undefined;
}

function readLink(folder: string): Link {
	const physical = existsSync(join(folder, 'device')) || existsSync(join(folder, 'bonding'));
	if (!physical) return { physical, speed: undefined, carrierChanges: undefined };
	const speed = readNumber(join(folder, 'speed'));
	return {
		physical,
		speed: speed !== undefined && speed > 0 ? speed : undefined,
		carrierChanges: readNumber(join(folder, 'carrier_changes')),
	};
}

/** A line a CPU, hexadecimal; kernels append columns (9 to 15 of them) but the first three have stayed. */
function parseSoftnet(text: string | undefined): NetworkCounters['softnet'] {
	if (!text) return undefined;
	const sum = { dropped: 0, squeezed: 0 };
	for (const line of text.trimEnd().split('\n')) {
		const [, dropped, squeezed] = line.split(' ');
		sum.dropped += Number.parseInt(dropped ?? '', 16);
		sum.squeezed += Number.parseInt(squeezed ?? '', 16);
	}
	return Number.isNaN(sum.dropped + sum.squeezed) ? undefined : sum;
}

/** Two lines a protocol: "Tcp: name name", then "Tcp: 1 2". */
function parseProtocols(text: string): Map<string, number> {
	const counters = new Map<string, number>();
	const lines = text.trimEnd().split('\n');
	for (let i = 0; i + 1 < lines.length; i += 2) {
		const [protocol = '', ...names] = lines[i]?.split(' ') ?? [];
		const values = lines[i + 1]?.split(' ') ?? [];
		for (const [at, name] of names.entries()) counters.set(`${protocol.slice(0, -1)}.${name}`, Number(values[at + 1]));
	}
	return counters;
}
