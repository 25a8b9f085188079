import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { aged } from '../kept.ts';

/** A table that the kernel keeps, and how often something went wrong with it. */
export interface Table {
	entries: number;
	counters: Map<string, number>;
}

export interface Tables {
	/** Undefined where connections are not tracked. */
	conntrack: Table | undefined;
	/** By what they are for: "IPv4", "IPv6". Only the kernel's first network namespace shows them, for all. */
	neighbours: Map<string, Table>;
}

const secondsBetween = 4;

export const readTables = aged(secondsBetween, (host): Tables => {
	const neighbours = new Map<string, Table>();
	for (const [family, name] of [
		['IPv4', 'arp_cache'],
		['IPv6', 'ndisc_cache'],
	] as const) {
		const table = readTable(host, name);
		if (table) neighbours.set(family, table);
	}
	return { conntrack: readTable(host, 'nf_conntrack'), neighbours };
});

/** A line of names, then one a CPU, in hexadecimal. The entries are the table's, and the same in each; the others add up. */
function readTable(host: Host, name: string): Table | undefined {
	const text = readText(join(host.proc, String(host.pid), 'net/stat', name));
	if (text === undefined) return undefined;
	const [header = '', ...lines] = text.trimEnd().split('\n');
	const names = header.trim().split(/ +/);
	const sums = names.map(() => 0);
	for (const line of lines) {
		const values = line.trim().split(/ +/);
		for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + Number.parseInt(values[i] ?? '', 16);
	}
	const entries = Number.parseInt(lines[0]?.trim().split(' ')[0] ?? '', 16);
	return { entries, counters: new Map(names.map((each, i) => [each, sums[i] ?? Number.NaN])) };
}
