import type { Check } from '../../check.ts';
import { finding, grade, known, Unmeasurable } from '../../measuring.ts';
import { percent } from '../../sentence.ts';
import { limits } from '../../thresholds.ts';
import { sharesOf } from '../thread-times.ts';
import type { OvsCounters } from './counters.ts';

export const threadTime: Check<OvsCounters> = {
	name: 'virt.ovs-threads',
	kind: 'utilization',
	title: 'The busiest thread of ovs-vswitchd',
	unit: '%',
	source:
		'/proc/PID/schedstat of its main thread, handlers and revalidators: time on a CPU; one can use one CPU at most',
	limits: ['virt.ovs-threads'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const { who, share } = busiest(before, now, seconds, 'ran');
			const why = `${who} is its busiest and uses ${percent(share)} of a CPU`;
			return { value: share, verdict: grade(share, limits('virt.ovs-threads')), why };
		}),
	],
};

export const runDelay: Check<OvsCounters> = {
	name: 'virt.ovs-run-delay',
	kind: 'saturation',
	title: 'Time that threads of ovs-vswitchd waited for a CPU',
	unit: '%',
	source:
		'/proc/PID/schedstat of its main thread, handlers and revalidators: time on a run queue, of the one that waited most',
	limits: ['virt.run-delay'],
	judge: ({ before, now, seconds }) => [
		finding(null, () => {
			const { who, share } = busiest(before, now, seconds, 'waited');
			const why = `${who} waited ${percent(share)} of the time for a CPU`;
			return { value: share, verdict: grade(share, limits('virt.run-delay')), why };
		}),
	],
};

function busiest(before: OvsCounters, now: OvsCounters, seconds: number, of: 'ran' | 'waited') {
	if (!now.vswitchd.runs) throw new Unmeasurable('no process of this host is ovs-vswitchd');
	const { name, tid, share } = known(sharesOf(before.threads, now.threads, seconds, of)[0], 'it has no threads');
	return { who: `${name === 'ovs-vswitchd' ? 'the main thread' : name} (${tid}) of ovs-vswitchd`, share };
}
