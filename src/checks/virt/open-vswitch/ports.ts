import type { Check, Finding } from '../../check.ts';
import { finding, needTime } from '../../measuring.ts';
import { counted, short } from '../../sentence.ts';
import type { PortTraffic } from '../interfaces.ts';
import type { OvsCounters } from './counters.ts';

const ofPorts = '/proc/1/net/dev of the interfaces whose /sys/class/net/*/master is ovs-system';

export const portErrors: Check<OvsCounters> = {
	name: 'virt.ovs-port-errors',
	kind: 'errors',
	title: 'Packets damaged or not sent at a port of a bridge',
	unit: 'packets',
	source: `${ofPorts}: errs of both directions of all ports, since the first sample`,
	rule: 'Warn after any.',
	judge: ({ now, first }) => [
		worstPort(now, { noun: 'errors', when: 'since this console started' }, (name, { receiveErrors, sendErrors }) => {
			const { receiveErrors: received = 0, sendErrors: sent = 0 } = first.ports.get(name) ?? {};
			return Math.max(0, receiveErrors + sendErrors - received - sent);
		}),
	],
};

export const portDrops: Check<OvsCounters> = {
	name: 'virt.ovs-port-drops',
	kind: 'saturation',
	title: 'Packets dropped at a port of a bridge',
	unit: 'packets/s',
	source: `${ofPorts}: drops of both directions of all ports, a second. A bridge’s own interface is left out: while it is down it drops all that is flooded`,
	rule: 'Warn above 0.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			needTime(seconds);
			return worstPort(now, { noun: 'drops', when: 'a second' }, (name, { receiveDrops, sendDrops }) => {
				const earlier = before.ports.get(name);
				const dropped = earlier ? receiveDrops + sendDrops - earlier.receiveDrops - earlier.sendDrops : 0;
				return Math.max(0, dropped) / seconds;
			});
		}),
	],
};

function worstPort(
	{ ports }: OvsCounters,
	{ noun, when }: { noun: string; when: string },
	count: (name: string, traffic: PortTraffic) => number,
): Finding {
	const counts = [...ports].map(([name, traffic]) => ({ name, count: count(name, traffic) }));
	const hurt = counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
	const value = hurt.reduce((sum, { count }) => sum + count, 0);
	const [worst] = hurt;
	if (!worst) {
		const whose = ports.size
			? `none of the bridges’ ${counted(ports.size, 'port')} has ${noun}`
			: 'the bridges have no ports';
		return { device: null, value, verdict: 'ok', why: whose };
	}
	const most = hurt.length > 1 ? `, the most of ${hurt.length} ports that have any` : '';
	const why = `port ${worst.name} has ${short(worst.count)} ${noun} ${when}${most}`;
	return { device: null, value, verdict: 'warn', why, suspects: hurt.slice(0, 3).map(({ name }) => name) };
}
