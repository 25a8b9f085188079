import type { Check, Finding } from '../check.ts';
import { finding, grade, type Judgement, known, tallied, tally } from '../measuring.ts';
import { counted, percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NetworkCounters } from './counters.ts';
import type { SettingName } from './settings.ts';
import type { Table } from './tables.ts';

const settingOf: Record<string, SettingName> = {
	IPv4: 'ipv4/neigh/default/gc_thresh3',
	IPv6: 'ipv6/neigh/default/gc_thresh3',
};

export const neighbours: Check<NetworkCounters> = {
	name: 'network.neighbours',
	kind: 'utilization',
	title: 'Neighbours (ARP, NDP) known, of those that may be',
	unit: '%',
	source:
		'/proc/1/net/stat/arp_cache and ndisc_cache: entries, every 4 s, against net.ipv4.neigh.default.gc_thresh3 and that of IPv6. Both are the whole machine’s',
	limits: ['network.neighbours'],
	judge: ({ now }) =>
		eachFamily(now, (family, { entries }) => {
			const are = `${counted(entries, 'neighbour')} by ${family}`;
			const [most = 0] = known(
				now.settings.numbers.get(settingOf[family] ?? 'ipv4/neigh/default/gc_thresh3'),
				`${are}; how many may be known is not: ${now.settings.missing}`,
			);
			const value = most > 0 ? (entries / most) * 100 : 0;
			const why = `${are}, ${percent(value)} of the ${most} that may be known`;
			return { value, verdict: grade(value, limits('network.neighbours')), why };
		}),
};

export const neighbourOverflow: Check<NetworkCounters> = {
	name: 'network.neighbour-overflow',
	kind: 'errors',
	title: 'Neighbours that found the table full',
	unit: 'neighbours',
	source: '/proc/1/net/stat/arp_cache and ndisc_cache: table_fulls (Linux 3.17) since the first sample, every 4 s',
	rule: 'Bad after any: the hosts that were left out can’t be reached. Raise gc_thresh3.',
	judge: (span) =>
		eachFamily(span.now, (family) => {
			const count = tally('table_fulls', span, ({ tables }) =>
				tables.neighbours.get(family)?.counters.get('table_fulls'),
			);
			const why = `${family} neighbours: ${tallied('overflow', count)}`;
			return { value: count.since, verdict: count.since > 0 ? 'bad' : 'ok', why };
		}),
};

function eachFamily({ tables }: NetworkCounters, judge: (family: string, table: Table) => Judgement): Finding[] {
	return [...tables.neighbours].map(([family, table]) => finding(family, () => judge(family, table)));
}
