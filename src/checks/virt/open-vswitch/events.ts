import type { Check } from '../../check.ts';
import { finding, perSecond } from '../../measuring.ts';
import type { Answer } from './answers.ts';
import type { OvsCounters } from './counters.ts';
import { asked, oneAnswer, secondsBetween, twoAnswers } from './told.ts';

/** What ovs-vswitchd drops or fails to do. Flows that could not be put are none: two handlers had the same one at once. */
const failures =
	/^(datapath_drop_\w+|dpif_execute_error|xlate_actions_(oversize|too_many_output)|conntrack_(zone_)?full)$/;

export const errors: Check<OvsCounters> = {
	name: 'virt.ovs-errors',
	kind: 'errors',
	title: 'What ovs-vswitchd dropped or failed to do',
	unit: 'events',
	source: `coverage/show: datapath_drop_*, dpif_execute_error, xlate_actions_*, conntrack_full, since the first answer; ${asked}`,
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

export const crowded: Check<OvsCounters> = {
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
