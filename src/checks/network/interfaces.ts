import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { whoseNamespace } from '../../host/identity.ts';
import { printable } from '../../host/printable.ts';
import { aged } from '../kept.ts';
import { Scanner } from '../scanner.ts';

export interface InterfaceTraffic {
	rxBytes: number;
	rxPackets: number;
	rxErrors: number;
	/** Those that the hardware missed among them. */
	rxDropped: number;
	/** Overruns: the card had no room for them. */
	rxFifo: number;
	/** Damaged: checksum, length or frame. */
	rxFrame: number;
	txBytes: number;
	txPackets: number;
	txErrors: number;
	txDropped: number;
	txFifo: number;
	collisions: number;
	/** The link was not there. */
	txCarrier: number;
}

export interface Link {
	/** Has hardware or is a bond of such: its traffic is the host's own, not that of another interface seen again. */
	physical: boolean;
	/** Megabits a second, where the driver tells it. A veth claims one too, which means nothing. */
	speed: number | undefined;
	duplex: string | undefined;
	carrierChanges: number | undefined;
	/** Somebody wants it to work. */
	enabled: boolean;
	/** "up", "down", "lowerlayerdown", "unknown", … */
	state: string | undefined;
}

function deviceTable(host: Host): string {
	const file = join(host.proc, String(host.pid), 'net/dev');
	try {
		return readFileSync(file, 'utf8');
	} catch {
		throw new Error(`can't read ${file}`);
	}
}

/** Those that have seen a packet, be it only to drop it. */
export function readInterfaces(host: Host): Map<string, InterfaceTraffic> {
	const interfaces = new Map<string, InterfaceTraffic>();
	for (const line = new Scanner(deviceTable(host)); !line.atEnd; line.nextLine()) {
		const name = line.word(':');
		const traffic = readTraffic(line);
		const { rxPackets, rxErrors, rxDropped, txPackets, txErrors, txDropped } = traffic;
		// Of the two lines above the table neither has numbers.
		if (rxPackets + rxErrors + rxDropped + txPackets + txErrors + txDropped > 0)
			interfaces.set(printable(name), traffic);
	}
	return interfaces;
}

/** Eight numbers received, eight sent. */
function readTraffic(line: Scanner): InterfaceTraffic {
	const rxBytes = line.number();
	const rxPackets = line.number();
	const rxErrors = line.number();
	const rxDropped = line.number();
	const rxFifo = line.number();
	const rxFrame = line.number();
	line.number();
	line.number();
	const txBytes = line.number();
	const txPackets = line.number();
	const txErrors = line.number();
	const txDropped = line.number();
	const txFifo = line.number();
	const collisions = line.number();
	const txCarrier = line.number();
	return {
		rxBytes,
		rxPackets,
		rxErrors,
		rxDropped,
		rxFifo,
		rxFrame,
		txBytes,
		txPackets,
		txErrors,
		txDropped,
		txFifo,
		collisions,
		txCarrier,
	};
}

const secondsBetween = 5;

/** Undefined when /sys/class/net shows another namespace than the host's. */
export const readLinks = aged(secondsBetween, (host): Map<string, Link> | undefined => {
	const names: string[] = [];
	for (const line = new Scanner(deviceTable(host)); !line.atEnd; line.nextLine()) {
		const name = line.word(':');
		if (!Number.isNaN(line.number())) names.push(printable(name));
	}
	const classes = [join(host.proc, String(host.pid), 'root/sys/class/net')];
	if (whoseNamespace(host, 'net') === 'host') classes.unshift(join(host.sys, 'class/net'));
	// A sysfs shows the namespace it was mounted in, whoever reads it: what it lists must be what the host has.
	for (const path of classes) {
		const folders = new Map(listFolder(path).map((entry) => [printable(entry), join(path, entry)]));
		if (names.every((name) => folders.has(name))) {
			const physical = physicalOf(host);
			return new Map(names.map((name) => [name, readLink(folders.get(name) ?? '', physical)]));
		}
	}
	return undefined;
});

/** What an interface is made of stays, as long as no other gets its name. */
const physicalOf = aged(60, () => new Map<string, boolean>());

const virtual: Link = {
	physical: false,
	speed: undefined,
	duplex: undefined,
	carrierChanges: undefined,
	enabled: true,
	state: undefined,
};

function readLink(folder: string, physical: Map<string, boolean>): Link {
	const known = physical.get(folder);
	const isPhysical = known ?? (existsSync(join(folder, 'device')) || existsSync(join(folder, 'bonding')));
	if (known === undefined) physical.set(folder, isPhysical);
	if (!isPhysical) return virtual;
	const speed = readNumber(join(folder, 'speed'));
	const isUp = 1;
	return {
		physical: true,
		speed: speed !== undefined && speed > 0 ? speed : undefined,
		duplex: readText(join(folder, 'duplex'))?.trim(),
		carrierChanges: readNumber(join(folder, 'carrier_changes')),
		enabled: ((readNumber(join(folder, 'flags')) ?? 0) & isUp) !== 0,
		state: readText(join(folder, 'operstate'))?.trim(),
	};
}
