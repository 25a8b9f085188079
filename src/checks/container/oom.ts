import type { Check, Span } from '../check.ts';
import { eventsOf, type LogEvent } from '../kernel-log/events.ts';
import { finding, known, tallied, tally } from '../measuring.ts';
import { counted } from '../sentence.ts';
import { ended } from './group.ts';
import type { ContainerMemory } from './memory-use.ts';

export const oom: Check<ContainerMemory> = {
	name: 'memory.oom',
	kind: 'errors',
	title: 'Processes of the container killed for want of memory',
	unit: 'kills',
	source:
		'memory.events oom_kill (v1: memory.oom_control) of its control group and those in it, since the first sample; who it was from the kernel’s log (/dev/kmsg)',
	rule: 'Bad after any. Warn when the container ended or was started anew while the host counted an OOM kill (oom_kill in /proc/vmstat) and the log does not tell whose: its own count is gone then.',
	judge: (span) => [
		finding(null, () => {
			const { use, name } = span.now;
			const killed = killedIn(span);
			const last = killed.at(-1);
			const victim = last ? `${last.name} (pid ${last.pid})` : undefined;
			const suspects = killed.map((event) => `${event.name} (pid ${event.pid}): OOM kill`).reverse();
			const killsOfHost = tally('OOM kills', span, ({ hostOomKills }) => hostOomKills).since;
			if (killsOfHost > 0 && use?.pid !== span.first.use?.pid) {
				const happened = use ? 'was started anew' : 'has ended';
				if (victim) {
					const why = `${name} ${happened}, and for want of memory the kernel had killed ${victim} in it`;
					return { value: killed.length, verdict: 'bad', why, suspects };
				}
				const why = `${name} ${happened}, and since this console started the host counted ${counted(killsOfHost, 'OOM kill')}: dmesg tells whose`;
				return { value: killsOfHost, verdict: 'warn', why };
			}
			known(use, ended(name));
			known(use?.oomKills, 'this kernel does not count the OOM kills of a control group');
			const count = tally('OOM kills of the container', span, (counters) => counters.use?.oomKills);
			const why = `the container: ${tallied('OOM kill', count, 'it started')}`;
			if (count.since === 0) return { value: 0, verdict: 'ok', why };
			return { value: count.since, verdict: 'bad', why: victim ? `${why}; the last was ${victim}` : why, suspects };
		}),
	],
};

/** The latest of them, as far as the log tells, which names the control group of each. */
function killedIn({ first, now }: Span<ContainerMemory>): LogEvent[] {
	if (!now.log) return [];
	const events = eventsOf('memory.oom', first.log, now.log).since.flatMap(({ latest }) => latest);
	return events.filter(({ group }) => group?.includes(now.id));
}
