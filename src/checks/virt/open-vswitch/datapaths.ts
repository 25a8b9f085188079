import type { Check, Finding } from '../../check.ts';
import { finding, grade, growth, type Judgement, known, perSecond, Unmeasurable, unknown } from '../../measuring.ts';
import { counted, percent, short } from '../../sentence.ts';
import { limits } from '../../thresholds.ts';
import type { Datapath, FlowTable } from './answers.ts';
import type { OvsCounters } from './counters.ts';
import { asked, oneAnswer, secondsBetween, twoAnswers } from './told.ts';

export const flows: Check<OvsCounters> = {
	name: 'virt.ovs-flows',
	kind: 'utilization',
	title: 'Flows in a datapath, of as many as there may be',
	unit: '%',
	source: `upcall/show: current flows against the limit, ${asked}`,
	limits: ['virt.ovs-flows'],
	judge: (span) =>
		eachTable(span.now, (name, { flows, limit }) => {
			const value = limit > 0 ? (flows / limit) * 100 : 0;
			const why = `${name} holds ${counted(flows, 'flow')} of ${limit} that it may`;
			return { value, verdict: grade(value, limits('virt.ovs-flows')), why };
		}),
};

export const masks: Check<OvsCounters> = {
	name: 'virt.ovs-masks',
	kind: 'utilization',
	title: 'Masks that a packet is compared with until its flow is found',
	unit: 'masks',
	source: `dpctl/show: growth of the masks’ hits for each lookup, ${asked}`,
	limits: ['virt.ovs-masks'],
	judge: ({ now }) =>
		eachDatapath(now, (name, now, before) => {
			const tried = growth('masks’ hits', before.masksTried, now.masksTried);
			const lookups = growth('hits', before.hit, now.hit) + growth('misses', before.missed, now.missed);
			const value = lookups > 0 ? tried / lookups : 0;
			const why = `${name} compares a packet with ${short(value)} masks; it has ${now.masks}`;
			return { value, verdict: grade(value, limits('virt.ovs-masks')), why };
		}),
};

export const misses: Check<OvsCounters> = {
	name: 'virt.ovs-misses',
	kind: 'saturation',
	title: 'Packets whose flow the datapath did not know',
	unit: '%',
	source: `dpctl/show: growth of missed lookups, as a share of all; whose packets they are: UPCALL packets and errors of its ports (dpctl/show -s, since Linux 6.2); ${asked}`,
	limits: ['virt.ovs-miss-rate', 'virt.ovs-misses'],
	judge: ({ now }) =>
		eachDatapath(now, (name, now, before, seconds) => {
			const missed = growth('misses', before.missed, now.missed);
			const lookups = missed + growth('hits', before.hit, now.hit);
			const value = lookups > 0 ? (missed / lookups) * 100 : 0;
			const rate = perSecond(missed, seconds);
			const many = rate >= limits('virt.ovs-miss-rate').warn;
			const why = `${name} asks ovs-vswitchd about ${short(rate)} packets a second, ${percent(value)} of all`;
			const verdict = many ? grade(value, limits('virt.ovs-misses')) : 'ok';
			return { value, verdict, why, suspects: verdict === 'ok' ? [] : portsAskedFor(before, now, seconds) };
		}),
};

export const lost: Check<OvsCounters> = {
	name: 'virt.ovs-lost',
	kind: 'saturation',
	title: 'Packets lost on their way to ovs-vswitchd',
	unit: 'packets/s',
	source: `dpctl/show: growth of lost lookups a second, ${asked}`,
	rule: 'Bad above 0: the queue to its handlers was full, and a flow’s first packets are gone.',
	judge: ({ now }) =>
		eachDatapath(now, (name, now, before, seconds) => {
			const lost = growth('lost lookups', before.lost, now.lost);
			const value = perSecond(lost, seconds);
			if (lost === 0)
				return { value, verdict: 'ok', why: `${name} lost none (${now.lost || 'none'} since it was made)` };
			const missed = growth('misses', before.missed, now.missed);
			const why = `${name} lost ${lost} of ${missed} packets that it wanted to ask ovs-vswitchd about: its handlers do not keep up`;
			return { value, verdict: 'bad', why, suspects: portsAskedFor(before, now, seconds) };
		}),
};

/** Whose packets they are. */
function portsAskedFor(before: Datapath, now: Datapath, seconds: number): string[] {
	return [...now.askedFor]
		.map(([port, count]) => ({ port, rate: perSecond(count - (before.askedFor.get(port) ?? 0), seconds) }))
		.filter(({ rate }) => rate >= 1)
		.sort((a, b) => b.rate - a.rate)
		.slice(0, 3)
		.map(({ port, rate }) => `port ${port}: ${short(rate)} packets a second without a flow`);
}

export const dumps: Check<OvsCounters> = {
	name: 'virt.ovs-dump',
	kind: 'saturation',
	title: 'Time that one look at all flows takes',
	unit: 'ms',
	source: `upcall/show: dump duration of the revalidators, ${asked}`,
	limits: ['virt.ovs-dump'],
	judge: (span) =>
		eachTable(span.now, (name, { flows, dumpMilliseconds: value }) => {
			const why = `the revalidators look at the ${counted(flows, 'flow')} of ${name} in ${value} ms`;
			return { value, verdict: grade(value, limits('virt.ovs-dump')), why };
		}),
};

function eachTable(counters: OvsCounters, judge: (name: string, table: FlowTable) => Judgement): Finding[] {
	return fromAnswers(() => {
		const { latest } = oneAnswer(counters);
		return [...latest.tables].map(([name, table]) => finding(name, () => judge(name, table)));
	});
}

function eachDatapath(
	counters: OvsCounters,
	judge: (name: string, now: Datapath, before: Datapath, seconds: number) => Judgement,
): Finding[] {
	return fromAnswers(() => {
		const { before, latest } = twoAnswers(counters);
		return [...latest.datapaths].map(([name, now]) =>
			finding(name, () => {
				const earlier = known(before.datapaths.get(name), `${name} has only just been made`);
				return judge(name, now, earlier, secondsBetween(before, latest));
			}),
		);
	});
}

/** Without them there is one thing to say for all that they would tell of. */
function fromAnswers(judge: () => Finding[]): Finding[] {
	try {
		return judge();
	} catch (error) {
		if (!(error instanceof Unmeasurable)) throw error;
		return [unknown(null, error.message)];
	}
}
