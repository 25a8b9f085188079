import type { Check, Finding } from '../check.ts';
import { tallied, tally, unknown } from '../measuring.ts';
import type { NetworkCounters } from './counters.ts';
import { eachInterface, type Matters } from './each-interface.ts';
import { noLinks } from './traffic.ts';

const isPhysical: Matters = (name, { links }) => links?.get(name)?.physical ?? false;

export const carrier: Check<NetworkCounters> = {
	name: 'network.carrier',
	kind: 'errors',
	title: 'Links that went down or up',
	unit: 'changes',
	source: '/sys/class/net/*/carrier_changes of physical interfaces, every 5 s, since the first sample',
	rule: 'Warn after any: a cable, a transceiver or a switch port is failing, or somebody is at work.',
	judge: (span) => {
		if (!span.now.links) return [unknown(null, noLinks)];
		return eachInterface(span, isPhysical, (name) => {
			const changes = (counters: NetworkCounters) => counters.links?.get(name)?.carrierChanges;
			const count = tally(`carrier changes of ${name}`, span, changes);
			const why = `${name}: ${tallied('link change', count)}`;
			return { value: count.since, verdict: count.since > 0 ? 'warn' : 'ok', why };
		});
	},
};

/** What operstate says of an interface that is wanted and has nothing to talk to. */
const without = new Set(['down', 'lowerlayerdown', 'notpresent', 'dormant']);

export const link: Check<NetworkCounters> = {
	name: 'network.link',
	kind: 'errors',
	title: 'Links that are switched on and don’t work, or only half',
	unit: 'links',
	source:
		'/sys/class/net/*/operstate and duplex of physical interfaces that are up and have carried a packet, every 5 s',
	rule: 'Warn when there is no link, or one that goes one way at a time (half duplex): the two ends do not agree.',
	judge: ({ now: { interfaces, links } }) => {
		if (!links) return [];
		return [...links].flatMap(([name, { physical, enabled, state, duplex }]): Finding[] => {
			if (!physical || !enabled || !interfaces.has(name)) return [];
			if (state !== undefined && without.has(state)) {
				return [{ device: name, value: 1, verdict: 'warn', why: `${name} is switched on and has no link (${state})` }];
			}
			if (duplex === 'half') {
				return [
					{
						device: name,
						value: 1,
						verdict: 'warn',
						why: `${name} has a link that goes one way at a time (half duplex)`,
					},
				];
			}
			return [{ device: name, value: 0, verdict: 'ok', why: `${name} has a link` }];
		});
	},
};
