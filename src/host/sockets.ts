import { closeSync, openSync, readSync } from 'node:fs';
import type { Host } from './host.ts';

/** A socket as /proc/net shows it. */
export interface Socket {
	protocol: 'TCP' | 'UDP';
	port: number;
	/** "10.0.0.2:443"; undefined for one that is connected to nobody. */
	peer: string | undefined;
	/** As the kernel numbers them, in hexadecimal: 0A listens. */
	state: string;
	unsentBytes: number;
	/** Of one that listens: connections that wait to be accepted. */
	unread: number;
	/** How often the oldest segment was sent again without an answer. */
	timeouts: number;
	/** Datagrams that found it full. */
	drops: number;
	inode: string;
}

export const listening = '0A';
export const inHandshake = '03';

/** Tens of thousands of sockets; reading more would take longer than all checks. */
const mostBytes = 4_000_000;

/** Those of the network namespace of a process. */
export function readSockets(host: Host, pid: number): Socket[] {
	const table = (name: string) => readStart(`${host.proc}/${pid}/net/${name}`).split('\n').slice(1);
	return [
		...table('tcp').flatMap((line) => parse(line, 'TCP')),
		...table('tcp6').flatMap((line) => parse(line, 'TCP')),
		...table('udp').flatMap((line) => parse(line, 'UDP')),
		...table('udp6').flatMap((line) => parse(line, 'UDP')),
	];
}

function readStart(path: string): string {
	let file: number | undefined;
	try {
		file = openSync(path, 'r');
		const buffer = Buffer.allocUnsafe(64 * 1024);
		let text = '';
		for (let length = readSync(file, buffer); length > 0 && text.length < mostBytes; length = readSync(file, buffer))
			text += buffer.toString('latin1', 0, length);
		return text;
	} catch {
		return '';
	} finally {
		if (file !== undefined) closeSync(file);
	}
}

/** "0: 0100007F:1388 00000000:0000 0A 00000000:00000002 00:00000000 00000000 0 0 12345 …"; UDP ends with its drops. */
function parse(line: string, protocol: Socket['protocol']): Socket[] {
	const [, local = '', remote = '', state = '', queues = '', , timeouts = '', , , inode = '', ...more] = line
		.trim()
		.split(/\s+/);
	if (!inode) return [];
	const [unsent = '', unread = ''] = queues.split(':');
	return [
		{
			protocol,
			port: Number.parseInt(local.split(':')[1] ?? '', 16),
			peer: endpoint(remote),
			state,
			unsentBytes: Number.parseInt(unsent, 16),
			unread: Number.parseInt(unread, 16),
			timeouts: Number.parseInt(timeouts, 16),
			drops: protocol === 'UDP' ? Number(more.at(-1)) : 0,
			inode,
		},
	];
}

function endpoint(text: string): string | undefined {
	const [address = '', port = ''] = text.split(':');
	const number = Number.parseInt(port, 16);
	if (!(number > 0)) return undefined;
	return address.length === 8 ? `${dotted(address)}:${number}` : `[${colons(address)}]:${number}`;
}

/** Each group of four bytes is written as this machine's number, the lowest byte of the address last. */
function dotted(word: string): string {
	return bytesOf(word)
		.map((byte) => Number.parseInt(byte, 16))
		.join('.');
}

function colons(address: string): string {
	const words = address.match(/.{8}/g) ?? [];
	const v4 = /^0{16}FFFF0000(.{8})$/.exec(address)?.[1];
	if (v4) return dotted(v4);
	const bytes = words.flatMap(bytesOf);
	const groups = Array.from({ length: 8 }, (_, i) => `${bytes[2 * i]}${bytes[2 * i + 1]}`.toLowerCase());
	return groups
		.map((group) => group.replace(/^0{1,3}/, ''))
		.join(':')
		.replace(/(^|:)0(:0)+(:|$)/, '::');
}

function bytesOf(word: string): string[] {
	return (word.match(/../g) ?? []).reverse();
}
