import { scaled } from '../host/processes.ts';
import type { Check, Finding, ResourceChecks, Span } from './check.ts';
import {
	finding,
	grade,
	growth,
	type Judgement,
	known,
	needTime,
	perSecond,
	tallied,
	tally,
	unknown,
} from './measuring.ts';
import { type InterfaceTraffic, type NetworkCounters, readNetwork } from './network-counters.ts';
import { percent, short } from './sentence.ts';
import { limits } from './thresholds.ts';

/** Fewer say nothing about a path: on an idle host one of them is already 10 % [heuristic]. */
const fewestRetransmits = 3;

/** Interfaces that repeat the traffic of others, for when no sysfs tells. */
const virtualName = /^(lo|veth|docker|br-|virbr|vnet|tap|tun|ifb|dummy|cni|cali|flannel|cilium|lxc|kube)/;
const noLinks = '/sys shows the links of another network namespace';

type NetworkSpan = Span<NetworkCounters>;
type TrafficGrowth = (field: keyof InterfaceTraffic) => number;

/** A host's virtual interfaces repeat the traffic of others, so that only those that it has for itself matter. */
const ownLink = (name: string, { links }: NetworkCounters) => links?.get(name)?.physical ?? !virtualName.test(name);

const utilizationOf = (matters: (name: string, counters: NetworkCounters) => boolean): Check<NetworkCounters> => ({
	name: 'network.utilization',
	kind: 'utilization',
	title: 'Share of the link’s speed in use',
	unit: '%',
	source: '/proc/1/net/dev: bytes received or sent, the busier direction, against /sys/class/net/*/speed',
	limits: ['network.busy'],
	rule: 'Loopback, bridges and veths have no speed of their own.',
	judge: (span) =>
		eachInterface(
			span,
			(name) => matters(name, span.now),
			(name, grew) => {
				const rates = (['rxBytes', 'txBytes'] as const).map((field) => perSecond(grew(field) * 8, span.seconds));
				const [received = 0, sent = 0] = rates;
				const why = `${name} receives ${scaled(received, 'b/s')} and sends ${scaled(sent, 'b/s')}`;
				const links = known(span.now.links, `${why}; its speed is unknown, as ${noLinks}`);
				const { speed: told, physical } = links.get(name) ?? {};
				const virtual = 'it is virtual and has no speed of its own; the host’s links have';
				const speed = known(told, `${why}; ${physical ? 'its speed is unknown, as its driver tells none' : virtual}`);
				const value = (Math.max(received, sent) / (speed * 1e6)) * 100;
				return {
					value,
					verdict: grade(value, limits('network.busy')),
					why: `${why}, ${percent(value)} of ${scaled(speed * 1e6, 'b/s')}`,
				};
			},
		),
});

const drops: Check<NetworkCounters> = {
	name: 'network.drops',
	kind: 'saturation',
	title: 'Packets dropped for want of room',
	unit: 'packets/s',
	source: '/proc/1/net/dev: drop and fifo of both directions, a second',
	limits: ['network.share'],
	rule: 'Warn above 0 (PCP).',
	judge: (span) =>
		eachInterface(span, everyInterface, (name, grew) => {
			const received = grew('rxDropped') + grew('rxFifo');
			const sent = grew('txDropped');
			const value = perSecond(received + sent, span.seconds);
			if (value === 0) return { value, verdict: 'ok', why: `${name} drops nothing` };
			const share = shareOf(received + sent, grew('rxPackets') + grew('txPackets'));
			const why = `${name} drops ${short(value)} packets a second, ${percent(share)} of them (${received} received, ${sent} to send)`;
			return { value, verdict: share >= limits('network.share').bad ? 'bad' : 'warn', why };
		}),
};

const softnet: Check<NetworkCounters> = {
	name: 'network.softnet',
	kind: 'saturation',
	title: 'Received packets that CPUs had no time for',
	unit: 'packets/s',
	source:
		'/proc/1/net/softnet_stat: dropped and time_squeeze a second, summed over the CPUs and all network namespaces',
	limits: ['network.squeezed'],
	rule: 'Warn above 0 dropped.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const rate = (column: 'dropped' | 'squeezed') =>
				perSecond(growth('softnet_stat', before.softnet?.[column], now.softnet?.[column]), seconds);
			const dropped = rate('dropped');
			const squeezed = rate('squeezed');
			const why = `CPUs drop ${short(dropped)} packets a second and run out of time for them ${short(squeezed)} times`;
			return { value: dropped, verdict: dropped > 0 ? 'warn' : grade(squeezed, limits('network.squeezed')), why };
		}),
	],
};

const retransmits: Check<NetworkCounters> = {
	name: 'network.retransmits',
	kind: 'saturation',
	title: 'TCP segments sent again',
	unit: '%',
	source: '/proc/1/net/snmp: growth of RetransSegs per OutSegs (which counts new segments only)',
	limits: ['network.retransmits'],
	rule: 'Only where three segments or more were sent again: fewer say nothing about a path.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const grew = (name: string) => growth(name, before.protocols.get(name), now.protocols.get(name));
			const again = grew('Tcp.RetransSegs');
			const sent = grew('Tcp.OutSegs');
			needTime(seconds);
			const value = shareOf(again, sent);
			const why = `TCP sent ${again} segments again beside ${sent} new ones (${percent(value)})`;
			return { value, verdict: again < fewestRetransmits ? 'ok' : grade(value, limits('network.retransmits')), why };
		}),
	],
};

const listen: Check<NetworkCounters> = {
	name: 'network.listen',
	kind: 'saturation',
	title: 'Connections refused by full listen queues',
	unit: 'drops/s',
	source: '/proc/1/net/netstat: ListenDrops (ListenOverflows among them) and TCPReqQFullDrop, a second',
	limits: ['network.listen'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const rate = (name: string) =>
				perSecond(growth(name, before.protocols.get(`TcpExt.${name}`), now.protocols.get(`TcpExt.${name}`)), seconds);
			const value = rate('ListenDrops') + rate('TCPReqQFullDrop');
			const why = `${short(value)} connections a second find a full listen queue (accept queue: ${short(rate('ListenOverflows'))})`;
			return { value, verdict: grade(value, limits('network.listen')), why };
		}),
	],
};

const udpBuffers: Check<NetworkCounters> = {
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

const errors: Check<NetworkCounters> = {
	name: 'network.errors',
	kind: 'errors',
	title: 'Packets damaged or not sent',
	unit: 'packets',
	source: '/proc/1/net/dev: errs of both directions since the first sample',
	limits: ['network.share'],
	rule: 'Warn after any.',
	judge: (span) =>
		eachInterface(span, notLoopback, (name) => {
			const sum = (a: keyof InterfaceTraffic, b: keyof InterfaceTraffic) => (counters: NetworkCounters) => {
				const traffic = counters.interfaces.get(name);
				return traffic && traffic[a] + traffic[b];
			};
			const count = tally(`errors of ${name}`, span, sum('rxErrors', 'txErrors'));
			const packets = tally(`packets of ${name}`, span, sum('rxPackets', 'txPackets'));
			const share = shareOf(count.since, packets.since);
			const verdict = count.since === 0 ? 'ok' : share >= limits('network.share').bad ? 'bad' : 'warn';
			return { value: count.since, verdict, why: `${name}: ${tallied('error', count)}` };
		}),
};

const carrier: Check<NetworkCounters> = {
	name: 'network.carrier',
	kind: 'errors',
	title: 'Links that went down or up',
	unit: 'changes',
	source: '/sys/class/net/*/carrier_changes of physical interfaces, since the first sample',
	rule: 'Warn after any: a cable, a transceiver or a switch port is failing, or somebody is at work.',
	judge: (span) => {
		if (!span.now.links) return [unknown(null, noLinks)];
		return eachInterface(
			span,
			(name) => span.now.links?.get(name)?.physical ?? false,
			(name) => {
				const changes = (counters: NetworkCounters) => counters.links?.get(name)?.carrierChanges;
				const count = tally(`carrier changes of ${name}`, span, changes);
				const why = `${name}: ${tallied('link change', count)}`;
				return { value: count.since, verdict: count.since > 0 ? 'warn' : 'ok', why };
			},
		);
	},
};

const everyInterface = () => true;
const notLoopback = (name: string) => name !== 'lo';

function eachInterface(
	{ before, now }: NetworkSpan,
	matters: (name: string) => boolean,
	judge: (name: string, grew: TrafficGrowth) => Judgement,
): Finding[] {
	const names = [...now.interfaces.keys()].filter(matters);
	if (names.length === 0) return [unknown(null, 'no interface of this kind has carried a packet')];
	return names.map((name) =>
		finding(name, () => {
			const earlier = known(before.interfaces.get(name), `${name} has only just appeared`);
			return judge(name, (field) => growth(name, earlier[field], now.interfaces.get(name)?.[field]));
		}),
	);
}

function shareOf(part: number, whole: number): number {
	return whole > 0 ? Math.min(100, (part / whole) * 100) : part > 0 ? 100 : 0;
}

export const network: ResourceChecks<NetworkCounters> = {
	resource: 'network',
	sample: readNetwork,
	checks: [errors, carrier, utilizationOf(ownLink), drops, softnet, retransmits, listen, udpBuffers],
};

/** Hardware where there is some, as in the host's own namespace; else whatever leads out. */
function waysOut(name: string, { links }: NetworkCounters): boolean {
	const hasHardware = [...(links?.values() ?? [])].some(({ physical }) => physical);
	return hasHardware ? (links?.get(name)?.physical ?? false) : notLoopback(name);
}

/**
 * What can be asked of any network namespace: packets that CPUs had no time for
 * are the whole host's, and cables are seldom plugged into another.
 */
export const checksOfNamespace = [errors, utilizationOf(waysOut), drops, retransmits, listen, udpBuffers];
