import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { finding, grade, growth, perSecond, worse } from '../measuring.ts';
import { short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NetworkCounters } from './counters.ts';

/** Packets on their way from the cards to the protocols; of all CPUs and all network namespaces. */
export interface Softnet {
	dropped: number;
	squeezed: number;
	/** Of the dropped ones: their flow had more than its part of a queue. */
	flowLimited: number;
	/** The longest queue; undefined before Linux 5.10. */
	backlog: { length: number; cpu: number } | undefined;
}

/** A line a CPU, hexadecimal. Kernels append columns, 9 to 15 of them; none has moved so far. */
export function readSoftnet(host: Host): Softnet | undefined {
	const text = readText(join(host.proc, String(host.pid), 'net/softnet_stat'));
	if (!text) return undefined;
	const sum: Softnet = { dropped: 0, squeezed: 0, flowLimited: 0, backlog: undefined };
	for (const line of text.trimEnd().split('\n')) {
		const columns = line.split(' ');
		const hex = (column: number) => Number.parseInt(columns[column - 1] ?? '', 16);
		sum.dropped += hex(2);
		sum.squeezed += hex(3);
		if (columns.length >= 11) sum.flowLimited += hex(11);
		if (columns.length < 13) continue;
		const length = hex(12);
		if (!sum.backlog || length > sum.backlog.length) sum.backlog = { length, cpu: hex(13) };
	}
	return Number.isNaN(sum.dropped + sum.squeezed) ? undefined : sum;
}

export const softnet: Check<NetworkCounters> = {
	name: 'network.softnet',
	kind: 'saturation',
	title: 'Received packets that CPUs had no time for',
	unit: 'packets/s',
	source:
		'/proc/1/net/softnet_stat: dropped, time_squeeze and flow_limit a second, summed over the CPUs and all network namespaces, and the longest backlog (Linux 5.10), against net.core.netdev_max_backlog',
	limits: ['network.squeezed', 'network.backlog'],
	rule: 'Warn above 0 dropped.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const rate = (column: 'dropped' | 'squeezed' | 'flowLimited') =>
				perSecond(growth('softnet_stat', before.softnet?.[column], now.softnet?.[column]), seconds);
			const dropped = rate('dropped');
			const squeezed = rate('squeezed');
			const limited = rate('flowLimited');
			const flows = limited > 0 ? ` (${short(limited)} by the limit on one flow)` : '';
			const [room] = now.settings.numbers.get('core/netdev_max_backlog') ?? [];
			const { length, cpu } = now.softnet?.backlog ?? { length: 0, cpu: 0 };
			const full = room ? (length / room) * 100 : 0;
			const queue = length > 0 ? `; ${length} wait for CPU ${cpu}${room ? ` of ${room} that may` : ''}` : '';
			const why = `CPUs drop ${short(dropped)} packets a second${flows} and run out of time for them ${short(squeezed)} times${queue}`;
			const others = worse(grade(squeezed, limits('network.squeezed')), grade(full, limits('network.backlog')));
			return { value: dropped, verdict: dropped > 0 ? worse('warn', others) : others, why };
		}),
	],
};
