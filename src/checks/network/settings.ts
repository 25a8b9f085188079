import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { askInNetwork } from '../../host/network-programs.ts';
import { aged, polled } from '../kept.ts';

const names = [
	'core/netdev_max_backlog',
	'ipv4/tcp_mem',
	'ipv4/udp_mem',
	'ipv4/tcp_max_orphans',
	'ipv4/neigh/default/gc_thresh3',
	'ipv6/neigh/default/gc_thresh3',
	'netfilter/nf_conntrack_max',
] as const;

export type SettingName = (typeof names)[number];

export interface Settings {
	numbers: Map<SettingName, number[]>;
	/** Why one of them may be missing. */
	missing: string;
}

/** Where nothing is tracked, or there is no IPv6. */
const mayBeMissing = new Set<SettingName>(['netfilter/nf_conntrack_max', 'ipv6/neigh/default/gc_thresh3']);

/**
 * Limits that hold for the whole machine. The kernel shows them in its first network namespace
 * alone, or the same in all, so what is seen from here is right; the rest is asked for there.
 */
export function readSettings(host: Host): Settings {
	const numbers = seenFromHere(host);
	if (names.every((name) => numbers.has(name) || mayBeMissing.has(name))) {
		return { numbers, missing: 'this kernel does not show it' };
	}
	const { answer, failure } = seenByTheHost(host);
	return {
		numbers: answer ? new Map([...answer, ...numbers]) : numbers,
		missing: failure ?? (answer ? 'this kernel does not show it' : 'the host has not been asked for it yet'),
	};
}

const seenFromHere = aged(30, (host): Map<SettingName, number[]> => {
	const numbers = new Map<SettingName, number[]>();
	for (const name of names) {
		const text = readText(join(host.proc, 'sys/net', name));
		if (text !== undefined) numbers.set(name, numbersIn(text));
	}
	return numbers;
});

const seenByTheHost = polled(60, async (host) => {
	const folder = '/proc/sys/net/';
	const text = await askInNetwork(host, ['grep', '-sH', '', ...names.map((name) => `${folder}${name}`)]);
	const found = new Map<SettingName, number[]>();
	for (const line of text.split('\n')) {
		const [path = '', value = ''] = line.split(':');
		const name = names.find((each) => path === `${folder}${each}`);
		if (name) found.set(name, numbersIn(value));
	}
	return found;
});

function numbersIn(text: string): number[] {
	return text.trim().split(/\s+/).map(Number);
}
