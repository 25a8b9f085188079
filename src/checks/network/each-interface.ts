import type { Finding, Span } from '../check.ts';
import { finding, growth, type Judgement, known, unknown } from '../measuring.ts';
import type { NamespaceCounters } from './counters.ts';
import type { InterfaceTraffic } from './interfaces.ts';

type NetworkSpan = Span<NamespaceCounters>;
export type TrafficGrowth = (field: keyof InterfaceTraffic) => number;
/** Whether an interface is one that a question is about. */
export type Matters = (name: string, counters: NamespaceCounters) => boolean;

/** Interfaces that repeat the traffic of others, for when no sysfs tells. */
const virtualName = /^(lo|veth|docker|br-|virbr|vnet|tap|tun|ifb|dummy|cni|cali|flannel|cilium|lxc|kube)/;

/** A host's virtual interfaces repeat the traffic of others, so that only those that it has for itself matter. */
export const ownLink: Matters = (name, { links }) => links?.get(name)?.physical ?? !virtualName.test(name);

export const notLoopback: Matters = (name) => name !== 'lo';

/** Hardware where there is some, as in the host's own namespace; else whatever leads out. */
export const wayOut: Matters = (name, counters) => {
	const hasHardware = [...(counters.links?.values() ?? [])].some(({ physical }) => physical);
	return hasHardware ? (counters.links?.get(name)?.physical ?? false) : notLoopback(name, counters);
};

export function eachInterface(
	span: NetworkSpan,
	matters: Matters,
	judge: (name: string, grew: TrafficGrowth) => Judgement,
): Finding[] {
	const findings: Finding[] = [];
	for (const name of span.now.interfaces.keys())
		if (matters(name, span.now)) findings.push(judgeOne(span, name, judge));
	return findings.length > 0 ? findings : [unknown(null, 'no interface of this kind has carried a packet')];
}

/**
 * For troubles that any interface may have, while hundreds have none: those that matter
 * are told of always, others once they had some, and the rest in one sentence.
 */
export function troubledInterfaces(
	span: NetworkSpan,
	matters: Matters,
	troubles: (traffic: InterfaceTraffic) => number,
	none: string,
	judge: (name: string, grew: TrafficGrowth) => Judgement,
): Finding[] {
	const { now, first } = span;
	const told: Finding[] = [];
	let quiet = 0;
	for (const [name, traffic] of now.interfaces) {
		const earlier = first.interfaces.get(name);
		const had = troubles(traffic) !== (earlier ? troubles(earlier) : 0);
		if (had || matters(name, now)) told.push(judgeOne(span, name, judge));
		else quiet += 1;
	}
	if (quiet + told.length === 0) return [unknown(null, 'no interface has carried a packet')];
	if (quiet === 0) return told;
	const which =
		told.length > 0
			? quiet === 1
				? 'the other interface'
				: `the other ${quiet} interfaces`
			: quiet === 1
				? 'the only interface'
				: `all ${quiet} interfaces`;
	return [...told, { device: null, value: 0, verdict: 'ok', why: `${which}: ${none}` }];
}

function judgeOne(
	{ before, now }: NetworkSpan,
	name: string,
	judge: (name: string, grew: TrafficGrowth) => Judgement,
): Finding {
	return finding(name, () => {
		const earlier = known(before.interfaces.get(name), `${name} has only just appeared`);
		return judge(name, (field) => growth(name, earlier[field], now.interfaces.get(name)?.[field]));
	});
}

export function shareOf(part: number, whole: number): number {
	return whole > 0 ? Math.min(100, (part / whole) * 100) : part > 0 ? 100 : 0;
}
