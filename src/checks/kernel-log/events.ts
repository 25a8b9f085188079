import type { Host } from '../../host/host.ts';
import { KernelLog } from '../../host/kernel-log.ts';
import { perHost } from '../kept.ts';
import { anyPattern, type LogCheckName, type Pattern, patterns } from './patterns.ts';

/** What the kernel's log has told of one kind of event so far. */
export interface LogEvents {
	pattern: Pattern;
	/** Since the oldest message that was still there. */
	count: number;
	/** The newest last; of each, its text and whom it names. */
	latest: readonly LogEvent[];
}

export interface LogEvent {
	text: string;
	name: string | undefined;
	pid: string | undefined;
	group: string | undefined;
}

/** By check and event. Undefined where the log can't be read. */
export type LogCounters = ReadonlyMap<string, LogEvents> | undefined;

const mostKept = 5;
const longestText = 200;

const stateOf = perHost((host) => ({ log: new KernelLog(host), events: new Map<string, LogEvents>() }));

/** Each message is read once for all who ask. What was counted before stays as it is. */
export function readKernelLog(host: Host): LogCounters {
	const state = stateOf(host);
	if (!state.log.isOpen) return undefined;
	const found = state.log.readNew().flatMap(eventIn);
	if (found.length > 0) state.events = new Map(state.events);
	for (const { pattern, event } of found) {
		const key = `${pattern.check} ${pattern.event}`;
		const earlier = state.events.get(key);
		const latest = [...(earlier?.latest ?? []), event].slice(-mostKept);
		state.events.set(key, { pattern, count: (earlier?.count ?? 0) + 1, latest });
	}
	return state.events;
}

function eventIn(message: string): { pattern: Pattern; event: LogEvent }[] {
	if (!anyPattern.test(message)) return [];
	for (const pattern of patterns) {
		const groups = pattern.matches.exec(message);
		if (!groups) continue;
		const { name, pid, group } = groups.groups ?? {};
		return [{ pattern, event: { text: message.slice(0, longestText), name, pid, group } }];
	}
	return [];
}

/** The events of one check that came since the first sample, and how many there were before. */
export function eventsOf(
	check: LogCheckName,
	first: LogCounters,
	now: NonNullable<LogCounters>,
): { since: LogEvents[]; before: number } {
	const ofCheck = [...now].filter(([, { pattern }]) => pattern.check === check);
	const earlier = (key: string) => first?.get(key)?.count ?? 0;
	const since = ofCheck.flatMap(([key, events]) => {
		const count = events.count - earlier(key);
		return count > 0 ? [{ ...events, count, latest: events.latest.slice(-count) }] : [];
	});
	return { since, before: ofCheck.reduce((sum, [key]) => sum + earlier(key), 0) };
}
