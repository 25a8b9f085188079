import type { Check, Finding } from '../../check.ts';
import { unknown } from '../../measuring.ts';
import type { OvsCounters } from './counters.ts';
import { hidden, isUp, notYet } from './told.ts';

/** One slow answer may be chance; nobody should wait as long as this. */
const longSilence = 10_000;

export const daemons: Check<OvsCounters> = {
	name: 'virt.ovs-daemons',
	kind: 'errors',
	title: 'Whether Open vSwitch’s daemons run and answer',
	unit: 'down',
	source: '/proc/1/root/run/openvswitch/*.pid and /proc/PID/stat; ovs-vswitchd is asked every 3 seconds besides',
	rule: 'Bad when ovs-vswitchd does not run, is stopped by a signal, or gives no answer for 10 seconds: packets of new flows are lost. Warn at the first question without an answer, and when ovsdb-server does not run or is stopped: changes of the configuration wait.',
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
	if (vswitchd.stopped) {
		const why = `ovs-vswitchd (pid ${vswitchd.pid}) stands still: a signal (SIGSTOP) or a debugger has stopped it, and packets of new flows are lost`;
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
	if (database.stopped) {
		const why = `ovsdb-server (pid ${database.pid}) stands still: a signal (SIGSTOP) or a debugger has stopped it, and changes of the configuration wait`;
		return { device, value: 1, verdict: 'warn', why };
	}
	if (database.runs) return { device, value: 0, verdict: 'ok', why: `ovsdb-server (pid ${database.pid}) runs` };
	const why = `ovsdb-server does not run (${database.pid === undefined ? 'it was stopped' : `pid ${database.pid} is gone`}): changes of the configuration wait`;
	return { device, value: 1, verdict: 'warn', why };
}
