import type { Check, Verdict } from '../check.ts';
import { finding, known, worse } from '../measuring.ts';
import { counted } from '../sentence.ts';
import { eventsOf, type LogCounters, type LogEvents } from './events.ts';
import { type LogCheckName, patterns } from './patterns.ts';

export interface HasKernelLog {
	log: LogCounters;
}

export const logAbsent = 'the kernel’s log can’t be read here: it takes root and /dev/kmsg (docker run --privileged)';

/** The faults that the kernel's log tells of for one resource: the cheapest look at all errors there is. */
export function kernelLogCheck(name: LogCheckName, title: string): Check<HasKernelLog> {
	const own = patterns.filter(({ check }) => check === name);
	const eventsThatAre = (verdict: 'warn' | 'bad') =>
		[...new Set(own.filter((pattern) => pattern.verdict === verdict).map(({ event }) => event))].join(', ');
	return {
		name,
		kind: 'errors',
		title,
		unit: 'messages',
		source: '/dev/kmsg: messages since the first sample, by how they begin; earlier ones are only counted',
		rule: [
			`Bad after any that tells of: ${eventsThatAre('bad')}.`,
			...(eventsThatAre('warn') ? [`Warn after: ${eventsThatAre('warn')}.`] : []),
		].join(' '),
		judge: ({ first, now }) => [
			finding(null, () => {
				const { since, before } = eventsOf(name, first.log, known(now.log, logAbsent));
				const earlier = `${before || 'none'} before it`;
				if (since.length === 0) {
					const why = `no such fault in the kernel’s log since this console started, ${earlier}`;
					return { value: 0, verdict: 'ok', why };
				}
				const value = since.reduce((sum, { count }) => sum + count, 0);
				const verdict = since.map(({ pattern }): Verdict => pattern.verdict).reduce(worse);
				const what = since.map(({ pattern, count }) => counted(count, pattern.event)).join(', ');
				const last = since.at(-1)?.latest.at(-1)?.text;
				const why = `${what} in the kernel’s log since this console started, ${earlier}: “${last}”`;
				return { value, verdict, why, suspects: namedIn(since) };
			}),
		],
	};
}

/** Newest first. */
export function namedIn(events: readonly LogEvents[]): string[] {
	const named = events.flatMap(({ pattern, latest }) =>
		latest.flatMap(({ name, pid }) => (name && pid ? [`${name} (pid ${pid}): ${pattern.event}`] : [])),
	);
	return [...new Set(named.reverse())].slice(0, 3);
}
