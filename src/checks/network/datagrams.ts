import type { Check } from '../check.ts';
import { finding, grade, growth, perSecond } from '../measuring.ts';
import { short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NamespaceCounters } from './counters.ts';

export const udpBuffers: Check<NamespaceCounters> = {
	name: 'network.udp-buffers',
	kind: 'saturation',
	title: 'UDP datagrams lost to full socket buffers',
	unit: 'datagrams/s',
	source: '/proc/1/net/snmp and snmp6: RcvbufErrors, SndbufErrors and MemErrors a second',
	rule: 'Warn above 0: a program doesn’t read what it gets (netdata waits for 10 a second).',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const lost = (name: string) => {
				const v4 = growth(`Udp.${name}`, before.protocols.get(`Udp.${name}`), now.protocols.get(`Udp.${name}`));
				const v6 = (now.protocols.get(`Udp6${name}`) ?? 0) - (before.protocols.get(`Udp6${name}`) ?? 0);
				return perSecond(v4 + Math.max(0, v6), seconds);
			};
			const received = lost('RcvbufErrors');
			const sent = lost('SndbufErrors');
			const why = `UDP loses ${short(received)} datagrams a second to full receive buffers, ${short(sent)} to full send buffers`;
			return { value: received + sent, verdict: received + sent > 0 ? 'warn' : 'ok', why };
		}),
	],
};

export const discards: Check<NamespaceCounters> = {
	name: 'network.ip-discards',
	kind: 'saturation',
	title: 'IP packets thrown away although nothing was wrong with them',
	unit: 'packets/s',
	source:
		'/proc/1/net/snmp and snmp6: InDiscards, OutDiscards (a full queueing discipline of ours among its causes) and ReasmFails (fragments that found no others) a second',
	limits: ['network.ip-discards'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const rate = (name: string) => {
				const v4 = growth(`Ip.${name}`, before.protocols.get(`Ip.${name}`), now.protocols.get(`Ip.${name}`));
				const v6 = (now.protocols.get(`Ip6${name}`) ?? 0) - (before.protocols.get(`Ip6${name}`) ?? 0);
				return perSecond(v4 + Math.max(0, v6), seconds);
			};
			const received = rate('InDiscards');
			const sent = rate('OutDiscards');
			const fragments = rate('ReasmFails');
			const value = received + sent + fragments;
			const why = `IP throws ${short(value)} packets a second away (${short(received)} received, ${short(sent)} to send, ${short(fragments)} in fragments)`;
			return { value, verdict: grade(value, limits('network.ip-discards')), why };
		}),
	],
};
