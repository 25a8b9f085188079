import type { Host } from '../../../host/host.ts';
import { askDaemon } from '../../../host/open-vswitch.ts';
import { printable } from '../../../host/printable.ts';

/** One of its datapaths: the kernel's, or one of its own. */
export interface Datapath {
	hit: number;
	missed: number;
	/** Missed, and never delivered to ovs-vswitchd. */
	lost: number;
	/** Lookups in one mask's flows, of which a packet may take several. */
	masksTried: number | undefined;
	masks: number | undefined;
	/** How many packets of each port it has asked ovs-vswitchd about, or lost when it tried to. */
	askedFor: Map<string, number>;
}

/** What ovs-vswitchd keeps of the flows in a datapath. */
export interface FlowTable {
	flows: number;
	limit: number;
	dumpMilliseconds: number;
}

export interface Answer {
	/** Monotonic milliseconds. */
	at: number;
	/** Whose counters these are: another daemon's begin anew. */
	pid: number;
	datapaths: Map<string, Datapath>;
	tables: Map<string, FlowTable>;
	/** Its own counters of rare events, since it started. */
	events: Map<string, number>;
}

/** What ovs-vswitchd told, and for how long it has not. */
export interface Told {
	first?: Answer;
	before?: Answer;
	latest?: Answer;
	silence?: { since: number; why: string };
}

const patience = 2000;

/** Keeps what it told earlier, so that one question without an answer costs no counter its beginning. */
export async function askVswitchd(host: Host, pid: number, earlier: Told = {}): Promise<Told> {
	try {
		const ask = (...question: [string, ...string[]]) => askDaemon(host, 'ovs-vswitchd', pid, question, patience);
		const [show, upcalls, coverage] = await Promise.all([
			ask('dpctl/show', '-s'),
			ask('upcall/show'),
			ask('coverage/show'),
		]);
		const latest = {
			at: performance.now(),
			pid,
			datapaths: parseDatapaths(show),
			tables: parseTables(upcalls),
			events: parseEvents(coverage),
		};
		if (earlier.first?.pid !== pid || !earlier.latest) return { first: latest, latest };
		return { first: earlier.first, before: earlier.latest, latest };
	} catch (error) {
		const why = printable(error instanceof Error ? error.message : String(error));
		return { ...earlier, silence: { since: earlier.silence?.since ?? performance.now(), why } };
	}
}

/** Each begins with its name at the start of a line: "system@ovs-system:". */
function byDatapath(text = ''): [name: string, text: string][] {
	return text.split(/^(?=\S)/m).flatMap((part): [string, string][] => {
		const name = /^(\S+):\n/.exec(part)?.[1];
		return name ? [[printable(name), part]] : [];
	});
}

function parseDatapaths(text: string | undefined): Map<string, Datapath> {
	const datapaths = byDatapath(text).flatMap(([name, part]): [string, Datapath][] => {
		const lookups = /^ *lookups: hit:(\d+) missed:(\d+) lost:(\d+)/m.exec(part);
		if (!lookups) return [];
		const [, hit, missed, lost] = lookups.map(Number) as [number, number, number, number];
		const masks = /^ *masks: hit:(\d+) total:(\d+)/m.exec(part)?.map(Number);
		const counts = { hit, missed, lost, masksTried: masks?.[1], masks: masks?.[2] };
		return [[name, { ...counts, askedFor: parseUpcalls(part) }]];
	});
	return new Map(datapaths);
}

/** "  port 2: a", or "  port 1: br0 (internal)", and some lines later "    UPCALL packets:6 errors:0", since Linux 6.2. */
function parseUpcalls(text: string): Map<string, number> {
	const asked = new Map<string, number>();
	for (const [, port = '', lines = ''] of text.matchAll(/^ {2}port \d+: (\S+).*\n((?: {4}.*\n)*)/gm)) {
		const counts = /^ *UPCALL packets:(\d+) errors:(\d+)/m.exec(lines)?.map(Number);
		if (counts) asked.set(printable(port), (counts[1] ?? 0) + (counts[2] ?? 0));
	}
	return asked;
}

function parseTables(text: string | undefined): Map<string, FlowTable> {
	const tables = byDatapath(text).flatMap(([name, part]): [string, FlowTable][] => {
		const flows = /\(current (\d+)\).*\(limit (\d+)\)/.exec(part)?.map(Number);
		const duration = /dump duration *: *(\d+)ms/.exec(part)?.[1];
		if (!flows || duration === undefined) return [];
		const [, current = 0, limit = 0] = flows;
		return [[name, { flows: current, limit, dumpMilliseconds: Number(duration) }]];
	});
	return new Map(tables);
}

/** "netlink_overflow  0.0/sec  0.000/sec  0.0000/sec   total: 3"; those that never happened are left out. */
function parseEvents(text = ''): Map<string, number> {
	const lines = text.matchAll(/^(\w+) .*total: (\d+)$/gm);
	return new Map([...lines].map(([, name = '', total]) => [name, Number(total)]));
}
