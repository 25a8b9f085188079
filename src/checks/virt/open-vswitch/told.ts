import { known, Unmeasurable } from '../../measuring.ts';
import type { Answer } from './answers.ts';
import type { OvsCounters } from './counters.ts';

export const asked =
	'asked of ovs-vswitchd every 3 seconds over its control socket (/proc/1/root/run/openvswitch), between its last two answers';

/** In a pid namespace of its own it wrote down a pid that says nothing here; but then it answers. */
export function isUp({ vswitchd: { pid, runs }, told: { silence, latest } }: OvsCounters): boolean {
	return runs || (latest !== undefined && latest.pid === pid && !silence);
}

export const hidden =
	'the files of the host’s daemons can’t be read (/proc/1/root/run): that takes root and CAP_SYS_PTRACE';
export const notYet = 'ovs-vswitchd has not answered yet';

export function oneAnswer(counters: OvsCounters): { first: Answer; latest: Answer } {
	const { first, latest, silence } = counters.told;
	if (!counters.visible) throw new Unmeasurable(hidden);
	if (!isUp(counters)) throw new Unmeasurable('ovs-vswitchd does not run');
	if (silence) throw new Unmeasurable(`ovs-vswitchd does not answer (${silence.why})`);
	return { first: known(first, notYet), latest: known(latest, notYet) };
}

export function twoAnswers(counters: OvsCounters): { before: Answer; latest: Answer } {
	const { latest } = oneAnswer(counters);
	return { before: known(counters.told.before, 'this needs a second answer of ovs-vswitchd'), latest };
}

export function secondsBetween(before: Answer, latest: Answer): number {
	return (latest.at - before.at) / 1000;
}
