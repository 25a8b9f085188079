import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readText } from '../../host/host.ts';
import { whoseNamespace } from '../../host/identity.ts';
import { printable } from '../../host/printable.ts';
import { aged } from '../kept.ts';
import { Scanner } from '../scanner.ts';

/** The folder of the host's interfaces, as a path from here; undefined where only a container's can be seen. */
export const interfacesFolder = aged(10, (host): string | undefined => {
	const ofHost = join(host.proc, String(host.pid), 'root/sys/class/net');
	if (listFolder(ofHost).length > 0) return ofHost;
	const ours = join(host.sys, 'class/net');
	return whoseNamespace(host, 'net') === 'host' && existsSync(ours) ? ours : undefined;
});

export interface PortTraffic {
	received: number;
	receiveErrors: number;
	receiveDrops: number;
	sent: number;
	sendErrors: number;
	sendDrops: number;
}

/** Of these interfaces of the host, those that there are. */
export function readTraffic(host: Host, names: ReadonlySet<string>): Map<string, PortTraffic> {
	const traffic = new Map<string, PortTraffic>();
	const lines = new Scanner(readText(join(host.proc, String(host.pid), 'net/dev')) ?? '');
	for (; names.size > 0 && !lines.atEnd; lines.nextLine()) {
		const name = printable(Buffer.from(lines.word(':'), 'latin1').toString('utf8'));
		if (names.has(name)) traffic.set(name, parseTraffic(lines));
	}
	return traffic;
}

function parseTraffic(line: Scanner): PortTraffic {
	const [
		,
		received = 0,
		receiveErrors = 0,
		receiveDrops = 0,
		fifo = 0,
		,
		,
		,
		,
		sent = 0,
		sendErrors = 0,
		sendDrops = 0,
	] = Array.from({ length: 12 }, () => line.number());
	return { received, receiveErrors, receiveDrops: receiveDrops + fifo, sent, sendErrors, sendDrops };
}
