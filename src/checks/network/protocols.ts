import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { parsePairs } from '../pairs.ts';

/** "Tcp.RetransSegs", "TcpExt.ListenDrops", "Udp6RcvbufErrors". */
export type Protocols = Map<string, number>;

export function readProtocols(host: Host): Protocols {
	const read = (name: string) => readText(join(host.proc, String(host.pid), 'net', name)) ?? '';
	const counters = parsePairs(read('snmp6'));
	parseProtocols(read('snmp'), counters);
	parseProtocols(read('netstat'), counters);
	return counters;
}

/** Two lines a protocol: "Tcp: name name", then "Tcp: 1 2". */
function parseProtocols(text: string, into: Protocols): void {
	const lines = text.split('\n');
	for (let i = 0; i + 1 < lines.length; i += 2) {
		const names = namesIn(lines[i] ?? '');
		const values = lines[i + 1]?.split(' ') ?? [];
		for (let at = 0; at < names.length; at++) into.set(names[at] ?? '', Number(values[at + 1]));
	}
}

/** A kernel's lines of names stay as they are. */
const known = new Map<string, string[]>();

function namesIn(line: string): string[] {
	const found = known.get(line);
	if (found) return found;
	const [protocol = '', ...names] = line.split(' ');
	const made = names.map((name) => `${protocol.slice(0, -1)}.${name}`);
	known.set(line, made);
	return made;
}

/** Sockets and their memory: "TCP: inuse 3 orphan 0 tw 1 alloc 4 mem 2" as "TCP.orphan". */
export function readSockets(host: Host): Map<string, number> {
	const sockets = new Map<string, number>();
	for (const line of (readText(join(host.proc, String(host.pid), 'net/sockstat')) ?? '').split('\n')) {
		const [protocol = '', ...pairs] = line.split(' ');
		for (let i = 0; i + 1 < pairs.length; i += 2)
			sockets.set(`${protocol.slice(0, -1)}.${pairs[i]}`, Number(pairs[i + 1]));
	}
	return sockets;
}
