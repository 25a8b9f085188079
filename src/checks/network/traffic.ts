import { scaled } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { grade, known, perSecond, tallied, tally } from '../measuring.ts';
import { counted, percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NamespaceCounters } from './counters.ts';
import { eachInterface, type Matters, notLoopback, shareOf, troubledInterfaces } from './each-interface.ts';
import type { InterfaceTraffic } from './interfaces.ts';

export const noLinks = '/sys shows the links of another network namespace';

export const utilizationOf = (matters: Matters): Check<NamespaceCounters> => ({
	name: 'network.utilization',
	kind: 'utilization',
	title: 'Share of the link’s speed in use',
	unit: '%',
	source: '/proc/1/net/dev: bytes received or sent, the busier direction, against /sys/class/net/*/speed',
	limits: ['network.busy'],
	rule: 'Loopback, bridges and veths have no speed of their own.',
	judge: (span) =>
		eachInterface(span, matters, (name, grew) => {
			const received = perSecond(grew('rxBytes') * 8, span.seconds);
			const sent = perSecond(grew('txBytes') * 8, span.seconds);
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
		}),
});

const lost = ({ rxDropped, rxFifo, txDropped, txFifo }: InterfaceTraffic) => rxDropped + rxFifo + txDropped + txFifo;

export const dropsOf = (matters: Matters): Check<NamespaceCounters> => ({
	name: 'network.drops',
	kind: 'saturation',
	title: 'Packets dropped for want of room',
	unit: 'packets/s',
	source:
		'/proc/1/net/dev: drop and fifo (overruns) of both directions, a second. Virtual interfaces have a reading of their own once they drop',
	limits: ['network.drops', 'network.share'],
	rule: 'Bad only when they are that share of the packets as well.',
	judge: (span) =>
		troubledInterfaces(span, matters, lost, 'no packet dropped', (name, grew) => {
			const overruns = grew('rxFifo') + grew('txFifo');
			const received = grew('rxDropped') + grew('rxFifo');
			const sent = grew('txDropped') + grew('txFifo');
			const value = perSecond(received + sent, span.seconds);
			if (value === 0) return { value, verdict: 'ok', why: `${name} drops nothing` };
			const share = shareOf(received + sent, grew('rxPackets') + grew('txPackets'));
			const ring = overruns > 0 ? `, ${overruns} overran the card’s own queue` : '';
			const why = `${name} drops ${short(value)} packets a second, ${percent(share)} of them (${received} received, ${sent} to send${ring})`;
			const verdict = grade(value, limits('network.drops'));
			return { value, verdict: verdict === 'bad' && share < limits('network.share').bad ? 'warn' : verdict, why };
		}),
});

const failed = ({ rxErrors, txErrors }: InterfaceTraffic) => rxErrors + txErrors;

export const errorsOf = (matters: Matters): Check<NamespaceCounters> => ({
	name: 'network.errors',
	kind: 'errors',
	title: 'Packets damaged or not sent',
	unit: 'packets',
	source:
		'/proc/1/net/dev: errs of both directions since the first sample, and of what kind they are (frame, carrier, colls). Virtual interfaces have a reading of their own once they fail',
	limits: ['network.share'],
	rule: 'Warn after any.',
	judge: (span) =>
		troubledInterfaces(
			span,
			(name, counters) => notLoopback(name, counters) && matters(name, counters),
			failed,
			'no errors',
			(name) => {
				const of = (pick: (traffic: InterfaceTraffic) => number) => (counters: NamespaceCounters) => {
					const traffic = counters.interfaces.get(name);
					return traffic && pick(traffic);
				};
				const count = tally(`errors of ${name}`, span, of(failed));
				const packets = tally(
					`packets of ${name}`,
					span,
					of(({ rxPackets, txPackets }) => rxPackets + txPackets),
				);
				const share = shareOf(count.since, packets.since);
				const verdict = count.since === 0 ? 'ok' : share >= limits('network.share').bad ? 'bad' : 'warn';
				const kinds = kindsOfErrors(
					(field) =>
						tally(
							field,
							span,
							of((traffic) => traffic[field]),
						).since,
				);
				return { value: count.since, verdict, why: `${name}: ${tallied('error', count)}${kinds}` };
			},
		),
});

function kindsOfErrors(since: (field: keyof InterfaceTraffic) => number): string {
	const kinds = [
		{ count: since('rxFrame'), noun: 'damaged frame' },
		{ count: since('txCarrier'), noun: 'carrier error' },
		{ count: since('collisions'), noun: 'collision' },
	].filter(({ count }) => count > 0);
	return kinds.length > 0 ? `; ${kinds.map(({ count, noun }) => counted(count, noun)).join(', ')}` : '';
}
