import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../host/host.ts';
import { askInNetwork } from '../../host/network-programs.ts';
import { printable } from '../../host/printable.ts';
import type { Check, Finding } from '../check.ts';
import { polled } from '../kept.ts';
import { grade, unknown } from '../measuring.ts';
import { counted, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NetworkCounters } from './counters.ts';

/** Counted for an interface's queueing discipline since it was set up. */
interface Queue {
	drops: number;
	requeues: number;
	waiting: number;
}

interface Look {
	/** Monotonic seconds. */
	at: number;
	/** By interface and kind ("eth0 fq_codel"). */
	queues: Map<string, Queue>;
}

/** Two looks, one after the other. */
export interface Queueing {
	before: Look;
	now: Look;
}

const secondsBetween = 5;
/** So that the first answer comes soon. */
const secondsAtFirst = 0.4;

/** The kernel tells this by netlink alone, so a program is asked, in the background. */
export const readQueueing = polled<Queueing>(secondsBetween, async (host, earlier) => {
	const before = earlier?.now ?? (await look(host));
	if (!earlier) await sleep(secondsAtFirst * 1000);
	return { before, now: await look(host) };
});

async function look(host: Host): Promise<Look> {
	const text = await askInNetwork(host, ['tc', '-s', '-j', 'qdisc', 'show']);
	const at = performance.now() / 1000;
	const queues = new Map<string, Queue>();
	for (const each of JSON.parse(text || '[]') as Partial<Record<string, unknown>>[]) {
		const { dev, kind, root, drops, requeues, qlen } = each;
		// What hangs below a root is counted in it; noqueue has nowhere to keep a packet.
		if (root !== true || typeof dev !== 'string' || typeof kind !== 'string' || kind === 'noqueue') continue;
		queues.set(printable(`${dev} ${kind}`), {
			drops: Number(drops ?? 0),
			requeues: Number(requeues ?? 0),
			waiting: Number(qlen ?? 0),
		});
	}
	return { at, queues };
}

export const queueing: Check<NetworkCounters> = {
	name: 'network.queueing',
	kind: 'saturation',
	title: 'Packets dropped by the queueing discipline of an interface',
	unit: 'packets/s',
	source:
		'tc -s -j qdisc show, in the host’s network namespace, every 5 s in the background: drops and requeues of the root discipline of each interface, since no file of /proc/ or /sys/ tells them',
	limits: ['network.queueing'],
	rule: 'Requeues (the driver had no room just then) and what waits are told beside them.',
	judge: ({ now }) => {
		const { answer, failure } = now.queueing;
		if (!answer)
			return [unknown(null, failure ? `queueing disciplines can’t be asked: ${failure}` : 'tc has not answered yet')];
		const told = [...answer.now.queues].flatMap(([name, queue]) => judgeOne(name, queue, answer));
		const quiet = answer.now.queues.size - told.length;
		const why = `none of ${counted(quiet, 'queueing discipline')} drops a packet`;
		return quiet > 0 || told.length === 0 ? [{ device: null, value: 0, verdict: 'ok', why }, ...told] : told;
	},
};

/** Of those that have ever dropped something. */
function judgeOne(name: string, { drops, requeues, waiting }: Queue, { before, now }: Queueing): Finding[] {
	if (drops === 0) return [];
	const earlier = before.queues.get(name);
	if (!earlier || drops < earlier.drops) return [unknown(name, `${name} has only just been set up`)];
	const value = (drops - earlier.drops) / (now.at - before.at);
	const again = (requeues - earlier.requeues) / (now.at - before.at);
	const more = value > 0 ? `, ${short(again)} go back into it, and ${counted(waiting, 'packet')} wait` : '';
	return [
		{
			device: name,
			value,
			verdict: grade(value, limits('network.queueing')),
			why: `${name} drops ${short(value)} packets a second${more}`,
		},
	];
}
