import type { Check, Span } from '../check.ts';
import { finding, grade, growth, known, needTime, perSecond, tallied, tally } from '../measuring.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NamespaceCounters } from './counters.ts';
import { shareOf } from './each-interface.ts';

/** Fewer say nothing about a path: on an idle host one of them is already 10 % [heuristic]. */
const fewestRetransmits = 3;

/** By how much counters grew together in a second; those that a kernel doesn't have are none. */
function rateOf({ before, now, seconds }: Span<NamespaceCounters>, names: readonly string[]): number {
	const there = names.filter((name) => now.protocols.has(name));
	known(there[0], `this kernel shows none of ${names.join(', ')}`);
	const grown = there.map((name) => growth(name, before.protocols.get(name), now.protocols.get(name)));
	return perSecond(
		grown.reduce((a, b) => a + b, 0),
		seconds,
	);
}

const ext = (...names: string[]) => names.map((name) => `TcpExt.${name}`);

export const retransmits: Check<NamespaceCounters> = {
	name: 'network.retransmits',
	kind: 'saturation',
	title: 'TCP segments sent again',
	unit: '%',
	source:
		'/proc/1/net/snmp: growth of RetransSegs per OutSegs (which counts new segments only); why they were sent again from netstat: TCPTimeouts, TCPLostRetransmit',
	limits: ['network.retransmits'],
	rule: 'Only where three segments or more were sent again: fewer say nothing about a path.',
	judge: (span) => [
		finding(null, () => {
			const grew = (name: string) => growth(name, span.before.protocols.get(name), span.now.protocols.get(name));
			const again = grew('Tcp.RetransSegs');
			const sent = grew('Tcp.OutSegs');
			needTime(span.seconds);
			const value = shareOf(again, sent);
			const extra = (name: string) => (span.now.protocols.has(name) ? grew(name) : 0);
			const parts = [
				{ count: extra('TcpExt.TCPTimeouts'), text: 'times nobody answered at all' },
				{ count: extra('TcpExt.TCPLostRetransmit'), text: 'got lost once more' },
			].filter(({ count }) => again > 0 && count > 0);
			const how = parts.map(({ count, text }) => `, ${count} ${text}`).join('');
			const why = `TCP sent ${again} segments again beside ${sent} new ones (${percent(value)})${how}`;
			return { value, verdict: again < fewestRetransmits ? 'ok' : grade(value, limits('network.retransmits')), why };
		}),
	],
};

export const listen: Check<NamespaceCounters> = {
	name: 'network.listen',
	kind: 'saturation',
	title: 'Connections refused by full listen queues',
	unit: 'drops/s',
	source: '/proc/1/net/netstat: ListenDrops (ListenOverflows among them) a second',
	limits: ['network.listen'],
	judge: (span) => [
		finding(null, () => {
			const value = rateOf(span, ext('ListenDrops'));
			const accept = rateOf(span, ext('ListenOverflows'));
			const why = `${short(value)} connections a second find a full listen queue (accept queue: ${short(accept)})`;
			return { value, verdict: grade(value, limits('network.listen')), why };
		}),
	],
};

export const synQueue: Check<NamespaceCounters> = {
	name: 'network.syn-queue',
	kind: 'saturation',
	title: 'New connections that find no place to wait for their handshake',
	unit: 'SYN/s',
	source: '/proc/1/net/netstat: TCPReqQFullDrop (dropped) and TCPReqQFullDoCookies (answered by a SYN cookie) a second',
	limits: ['network.syn-queue'],
	judge: (span) => [
		finding(null, () => {
			const dropped = rateOf(span, ext('TCPReqQFullDrop'));
			const cookies = rateOf(span, ext('TCPReqQFullDoCookies'));
			const value = dropped + cookies;
			const cause = value > 0 ? ': a SYN flood, or a backlog that is too small' : '';
			const why = `${short(value)} connection requests a second find a full queue, ${short(dropped)} are dropped and ${short(cookies)} get a SYN cookie${cause}`;
			return { value, verdict: grade(value, limits('network.syn-queue')), why };
		}),
	],
};

export const receiveBuffers: Check<NamespaceCounters> = {
	name: 'network.tcp-buffers',
	kind: 'saturation',
	title: 'TCP segments thrown away for want of room in a socket',
	unit: 'segments/s',
	source: '/proc/1/net/netstat: TCPBacklogDrop, TCPRcvQDrop (before Linux 4.17 RcvPruned) and TCPOFODrop a second',
	limits: ['network.tcp-buffers'],
	judge: (span) => [
		finding(null, () => {
			// Newer kernels count each of these as pruned as well.
			const full = span.now.protocols.has('TcpExt.TCPRcvQDrop') ? 'TCPRcvQDrop' : 'RcvPruned';
			const value = rateOf(span, ext('TCPBacklogDrop', full, 'TCPOFODrop'));
			const why = `TCP throws ${short(value)} received segments a second away, as their sockets are full`;
			return { value, verdict: grade(value, limits('network.tcp-buffers')), why };
		}),
	],
};

export const outOfWindow: Check<NamespaceCounters> = {
	name: 'network.out-of-window',
	kind: 'errors',
	title: 'TCP segments that belong to no place in their connection',
	unit: 'segments/s',
	source: '/proc/1/net/netstat: PAWSEstab, BeyondWindow, OutOfWindowIcmps and TCPChallengeACK a second',
	limits: ['network.out-of-window'],
	judge: (span) => [
		finding(null, () => {
			const value = rateOf(span, ext('PAWSEstab', 'BeyondWindow', 'OutOfWindowIcmps', 'TCPChallengeACK'));
			const cause = value > 0 ? ': somebody forges them, or a device on the way mixes connections up' : '';
			const why = `${short(value)} segments a second are out of the window of their connection${cause}`;
			return { value, verdict: grade(value, limits('network.out-of-window')), why };
		}),
	],
};

export const aborts: Check<NamespaceCounters> = {
	name: 'network.tcp-aborts',
	kind: 'errors',
	title: 'TCP connections given up for want of memory',
	unit: 'connections',
	source:
		'/proc/1/net/netstat: TCPAbortOnMemory (too little memory, or too many orphans) and TCPTimeWaitOverflow since the first sample',
	rule: 'Bad after any connection that was given up, warn when one did not get to wait for late packets (TIME-WAIT).',
	judge: (span) => [
		finding(null, () => {
			const of = (name: string) => tally(name, span, ({ protocols }) => protocols.get(`TcpExt.${name}`));
			const aborted = of('TCPAbortOnMemory');
			const overflow = of('TCPTimeWaitOverflow').since;
			const waits = overflow > 0 ? `; ${overflow} did not get to wait in TIME-WAIT` : '';
			const why = `TCP: ${tallied('aborted connection', aborted)}${waits}`;
			return { value: aborted.since, verdict: aborted.since > 0 ? 'bad' : overflow > 0 ? 'warn' : 'ok', why };
		}),
	],
};
