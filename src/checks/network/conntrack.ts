import type { Check } from '../check.ts';
import { finding, grade, known, tally } from '../measuring.ts';
import { counted, percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NamespaceCounters } from './counters.ts';

export const conntrack: Check<NamespaceCounters> = {
	name: 'network.conntrack',
	kind: 'utilization',
	title: 'Connections tracked, of those that may be',
	unit: '%',
	source:
		'/proc/1/net/stat/nf_conntrack: entries, every 4 s, against net.netfilter.nf_conntrack_max, which holds for each network namespace. No reading where nothing is tracked',
	limits: ['network.conntrack'],
	judge: ({ now: { tables, settings } }) => {
		const table = tables.conntrack;
		if (!table) return [];
		return [
			finding(null, () => {
				const tracked = `${counted(table.entries, 'connection')} tracked`;
				const [most = 0] = known(
					settings.numbers.get('netfilter/nf_conntrack_max'),
					`${tracked}; how many may be is unknown: ${settings.missing}`,
				);
				const value = most > 0 ? (table.entries / most) * 100 : 0;
				const why = `${tracked}, ${percent(value)} of the ${most} that may be`;
				return { value, verdict: grade(value, limits('network.conntrack')), why };
			}),
		];
	},
};

export const conntrackFailures: Check<NamespaceCounters> = {
	name: 'network.conntrack-failures',
	kind: 'errors',
	title: 'Connections that could not be tracked',
	unit: 'packets',
	source:
		'/proc/1/net/stat/nf_conntrack: drop, early_drop and insert_failed since the first sample, every 4 s. No reading where nothing is tracked',
	rule: 'Bad after a drop, as the table is full and new connections fail; warn after an early drop (another one was forgotten for it) or an insert that failed (two of the same at once).',
	judge: (span) => {
		if (!span.now.tables.conntrack) return [];
		return [
			finding(null, () => {
				const since = (name: string) => tally(name, span, ({ tables }) => tables.conntrack?.counters.get(name)).since;
				const dropped = since('drop');
				const early = since('early_drop');
				const failed = since('insert_failed');
				const value = dropped + early + failed;
				const why = `connection tracking since this console started: ${counted(dropped, 'packet')} dropped for want of room, ${counted(early, 'connection')} forgotten early, ${failed || 'none'} not inserted`;
				return { value, verdict: dropped > 0 ? 'bad' : value > 0 ? 'warn' : 'ok', why };
			}),
		];
	},
};
