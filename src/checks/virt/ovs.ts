import type { Check, Finding } from '../check.ts';
import {
	finding,
	grade,
	growth,
	type Judgement,
	known,
	needTime,
	perSecond,
	Unmeasurable,
	unknown,
} from '../measuring.ts';
import { counted, percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { PortTraffic } from './interfaces.ts';
import type { Answer, Datapath, FlowTable } from './ovs-answers.ts';
import type { OvsCounters } from './ovs-counters.ts';
import { sharesOf } from './thread-times.ts';

const asked =
	'asked of ovs-vswitchd every 5 seconds over its control socket (/proc/1/root/run/openvswitch), between its last two answers';

/** One slow answer may be chance; nobody should wait as long as this. */
const longSilence = 10_000;

const daemons: Check<OvsCounters> = {
	name: 'virt.ovs-daemons',
	kind: 'errors',
	title: 'Whether Open vSwitch’s daemons run and answer',
	unit: 'down',
	source: '/proc/1/root/run/openvswitch/*.pid and /proc/PID/comm; ovs-vswitchd is asked every 5 seconds besides',
	rule: 'Bad when ovs-vswitchd does not run or gives no answer for 10 seconds: packets of new flows are lost. Warn at the first question without an answer, and when ovsdb-server does not run: changes of the configuration wait.',
	judge: ({ now }) => (now.visible ? [judgeVswitchd(now), judgeDatabase(now)] : [unknown(null, hidden)]),
};

function judgeVswitchd(counters: OvsCounters): Finding {
	const { at, vswitchd, told } = counters;
	const device = 'ovs-vswitchd';
	const { silence, latest } = told;
	if (!isUp(counters)) {
		const why = `ovs-vswitchd does not run (${vswitchd.pid === undefined ? 'it was stopped' : `pid ${vswitchd.pid} is gone`}), and the datapath is still there: packets of new flows are lost`;
		return { device, value: 1, verdict: 'bad', why };
	}
	if (silence) {
		const long = at - silence.since >= longSilence;
		const since = long ? `, for ${Math.round((at - silence.since) / 1000)} s now` : '';
		const why = `ovs-vswitchd (pid ${vswitchd.pid}) runs but does not answer${since} (${silence.why})`;
		return { device, value: 1, verdict: long ? 'bad' : 'warn', why };
	}
	const why = `ovs-vswitchd (pid ${vswitchd.pid}) runs`;
	return latest ? { device, value: 0, verdict: 'ok', why: `${why} and answers` } : unknown(device, notYet);
}

function judgeDatabase(counters: OvsCounters): Finding {
	const { vswitchd, database } = counters;
	const device = 'ovsdb-server';
	if (isUp(counters) && !vswitchd.runs) return unknown(device, 'the pids of Open vSwitch are not those of this host');
	if (database.runs) return { device, value: 0, verdict: 'ok', why: `ovsdb-server (pid ${database.pid}) runs` };
	const why = `ovsdb-server does not run (${database.pid === undefined ? 'it was stopped' : `pid ${database.pid} is gone`}): changes of the configuration wait`;
	return { device, value: 1, verdict: 'warn', why };
}

/** In a pid namespace of its own it wrote down a pid that says nothing here; but then it answers. */
function isUp({ vswitchd: { pid, runs }, told: { silence, latest } }: OvsCounters): boolean {
	return runs || (latest !== undefined && latest.pid === pid && !silence);
}

const flows: Check<OvsCounters> = {
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

const masks: Check<OvsCounters> = {
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

const misses: Check<OvsCounters> = {
	name: 'virt.ovs-misses',
	kind: 'saturation',
	title: 'Packets whose flow the datapath did not know',
	unit: '%',
	source: `dpctl/show: growth of missed lookups, as a share of all, ${asked}`,
	limits: ['virt.ovs-miss-rate', 'virt.ovs-misses'],
	judge: ({ now }) =>
		eachDatapath(now, (name, now, before, seconds) => {
			const missed = growth('misses', before.missed, now.missed);
			const lookups = missed + growth('hits', before.hit, now.hit);
			const value = lookups > 0 ? (missed / lookups) * 100 : 0;
			const rate = perSecond(missed, seconds);
			const many = rate >= limits('virt.ovs-miss-rate').warn;
			const why = `${name} asks ovs-vswitchd about ${short(rate)} packets a second, ${percent(value)} of all`;
			return { value, verdict: many ? grade(value, limits('virt.ovs-misses')) : 'ok', why };
		}),
};

const lost: Check<OvsCounters> = {
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
			return { value, verdict: 'bad', why };
		}),
};

const dumps: Check<OvsCounters> = {
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

const threadTime: Check<OvsCounters> = {
	name: 'virt.ovs-threads',
	kind: 'utilization',
	title: 'The busiest thread of ovs-vswitchd',
	unit: '%',
	source:
		'/proc/PID/schedstat of its main thread, handlers and revalidators: time on a CPU; one can use one CPU at most',
	limits: ['virt.ovs-threads'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const { name, tid, share } = busiest(before, now, seconds, 'ran');
			const why = `${name} (thread ${tid}) of ovs-vswitchd is its busiest and uses ${percent(share)} of a CPU`;
			return { value: share, verdict: grade(share, limits('virt.ovs-threads')), why };
		}),
	],
};

const runDelay: Check<OvsCounters> = {
	name: 'virt.ovs-run-delay',
	kind: 'saturation',
	title: 'Time that threads of ovs-vswitchd waited for a CPU',
	unit: '%',
	source:
		'/proc/PID/schedstat of its main thread, handlers and revalidators: time on a run queue, of the one that waited most',
	limits: ['virt.run-delay'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const { name, tid, share } = busiest(before, now, seconds, 'waited');
			const why = `${name} (thread ${tid}) of ovs-vswitchd waited ${percent(share)} of the time for a CPU`;
			return { value: share, verdict: grade(share, limits('virt.run-delay')), why };
		}),
	],
};

function busiest(before: OvsCounters, now: OvsCounters, seconds: number, of: 'ran' | 'waited') {
	if (!now.vswitchd.runs) throw new Unmeasurable('no process of this host is ovs-vswitchd');
	return known(sharesOf(before.threads, now.threads, seconds, of)[0], 'ovs-vswitchd has no threads');
}

/** What ovs-vswitchd drops or fails to do. */
const failures =
	/^(datapath_drop_\w+|dpif_(flow_put|execute)_error|xlate_actions_(oversize|too_many_output)|conntrack_(zone_)?full|revalidate_missed_dp_flow)$/;

const errors: Check<OvsCounters> = {
	name: 'virt.ovs-errors',
	kind: 'errors',
	title: 'What ovs-vswitchd dropped or failed to do',
	unit: 'events',
	source: `coverage/show: datapath_drop_*, dpif_flow_put_error, dpif_execute_error, xlate_actions_*, conntrack_full, since the first answer; ${asked}`,
	rule: 'Warn after any.',
	judge: ({ now }) => [
		finding(null, () => {
			const { first, latest } = oneAnswer(now);
			const { value, names } = eventsBetween(failures, first, latest);
			const why = value === 0 ? 'ovs-vswitchd has counted no drop and no failure' : `ovs-vswitchd counts ${names}`;
			return { value, verdict: value > 0 ? 'warn' : 'ok', why: `${why} since this console started` };
		}),
	],
};

/** What ovs-vswitchd does when it can't keep up. */
const crowding = /^(upcall_flow_limit_(hit|reduced|scaled|kill)|netlink_overflow|packet_in_overflow)$/;

const crowded: Check<OvsCounters> = {
	name: 'virt.ovs-crowded',
	kind: 'saturation',
	title: 'Signs that ovs-vswitchd can’t keep up',
	unit: '/s',
	source: `coverage/show: upcall_flow_limit_hit, _reduced, _scaled, _kill, netlink_overflow and packet_in_overflow a second, ${asked}`,
	rule: 'Warn above 0: flows are refused or thrown out, or messages of the kernel are lost.',
	judge: ({ now }) => [
		finding(null, () => {
			const { before, latest } = twoAnswers(now);
			const { value, names } = eventsBetween(crowding, before, latest);
			const rate = perSecond(value, secondsBetween(before, latest));
			const why = value === 0 ? 'ovs-vswitchd keeps up with its flows' : `ovs-vswitchd can’t keep up: ${names}`;
			return { value: rate, verdict: value > 0 ? 'warn' : 'ok', why };
		}),
	],
};

/** "netlink_overflow 3 times, upcall_flow_limit_hit once" */
function eventsBetween(wanted: RegExp, from: Answer, to: Answer): { value: number; names: string } {
	const grown = [...to.events]
		.filter(([name]) => wanted.test(name))
		.map(([name, count]) => ({ name, count: count - (from.events.get(name) ?? 0) }))
		.filter(({ count }) => count > 0);
	return {
		value: grown.reduce((sum, { count }) => sum + count, 0),
		names: grown.map(({ name, count }) => `${name} ${count === 1 ? 'once' : `${count} times`}`).join(', '),
	};
}

const ofPorts = '/proc/1/net/dev of the interfaces whose /sys/class/net/*/master is ovs-system';

const portErrors: Check<OvsCounters> = {
	name: 'virt.ovs-port-errors',
	kind: 'errors',
	title: 'Packets damaged or not sent at a port of a bridge',
	unit: 'packets',
	source: `${ofPorts}: errs of both directions of all ports, since the first sample`,
	rule: 'Warn after any.',
	judge: ({ now, first }) => [
		worstPort(now, 'since this console started', (name, { receiveErrors, sendErrors }) => {
			const { receiveErrors: received = 0, sendErrors: sent = 0 } = first.ports.get(name) ?? {};
			return { count: Math.max(0, receiveErrors + sendErrors - received - sent), noun: 'error' };
		}),
	],
};

const portDrops: Check<OvsCounters> = {
	name: 'virt.ovs-port-drops',
	kind: 'saturation',
	title: 'Packets dropped at a port of a bridge',
	unit: 'packets/s',
	source: `${ofPorts}: drops of both directions of all ports, a second. A bridge’s own interface is left out: while it is down it drops all that is flooded`,
	rule: 'Warn above 0.',
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			needTime(seconds);
			return worstPort(now, 'a second', (name, { receiveDrops, sendDrops }) => {
				const earlier = before.ports.get(name);
				const dropped = earlier ? receiveDrops + sendDrops - earlier.receiveDrops - earlier.sendDrops : 0;
				return { count: Math.max(0, dropped) / seconds, noun: 'drop' };
			});
		}),
	],
};

function worstPort(
	{ ports }: OvsCounters,
	when: string,
	count: (name: string, traffic: PortTraffic) => { count: number; noun: string },
): Finding {
	const counts = [...ports].map(([name, traffic]) => ({ name, ...count(name, traffic) }));
	const hurt = counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
	const value = hurt.reduce((sum, { count }) => sum + count, 0);
	const [worst] = hurt;
	if (!worst) {
		const whose = ports.size
			? `none of the bridges’ ${counted(ports.size, 'port')} has any`
			: 'the bridges have no ports';
		return { device: null, value, verdict: 'ok', why: `${whose} ${when}` };
	}
	const most = hurt.length > 1 ? `, the most of ${hurt.length} ports that have any` : '';
	const why = `port ${worst.name} has ${short(worst.count)} ${worst.noun}s ${when}${most}`;
	return { device: null, value, verdict: 'warn', why, suspects: hurt.slice(0, 3).map(({ name }) => name) };
}

const hidden = 'the files of the host’s daemons can’t be read (/proc/1/root/run): that takes root and CAP_SYS_PTRACE';
const notYet = 'ovs-vswitchd has not answered yet';

function oneAnswer(counters: OvsCounters): { first: Answer; latest: Answer } {
	const { first, latest, silence } = counters.told;
	if (!counters.visible) throw new Unmeasurable(hidden);
	if (!isUp(counters)) throw new Unmeasurable('ovs-vswitchd does not run');
	if (silence) throw new Unmeasurable(`ovs-vswitchd does not answer (${silence.why})`);
	return { first: known(first, notYet), latest: known(latest, notYet) };
}

function twoAnswers(counters: OvsCounters): { before: Answer; latest: Answer } {
	const { latest } = oneAnswer(counters);
	return { before: known(counters.told.before, 'this needs a second answer of ovs-vswitchd'), latest };
}

function secondsBetween(before: Answer, latest: Answer): number {
	return (latest.at - before.at) / 1000;
}

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

export const ovsChecks = [
	daemons,
	errors,
	portErrors,
	flows,
	masks,
	threadTime,
	lost,
	misses,
	crowded,
	dumps,
	runDelay,
	portDrops,
];
