import { join } from 'node:path';
import { type Host, readNumber, readText } from '../../host/host.ts';
import type { Check, Span } from '../check.ts';
import { lineOf } from '../container/group.ts';
import { perHost } from '../kept.ts';
import { namedIn } from '../kernel-log/check.ts';
import { eventsOf, type LogEvent } from '../kernel-log/events.ts';
import { limitedGroups } from '../limited-groups.ts';
import { finding, tallied, tally } from '../measuring.ts';
import type { MemoryCounters } from './counters.ts';

/** Version 1 writes "none" as the largest number of pages there is. */
const noLimit = 2 ** 62;

const groupsWithLimit = limitedGroups('memory', (folder, version) => {
	const limit = readNumber(join(folder, version === 2 ? 'memory.max' : 'memory.limit_in_bytes'));
	return limit !== undefined && limit < noLimit;
});

type Kills = ReadonlyMap<string, number>;

const lastOf = perHost<{ ofHost: number | undefined; kills: Kills | undefined }>(() => ({
	ofHost: undefined,
	kills: undefined,
}));

/** What the host counts tells when there is anything new to read: so this costs nothing as long as nothing is killed. */
export function readKillsByGroup(host: Host, ofHost: number | undefined): Kills | undefined {
	const last = lastOf(host);
	if (last.kills && last.ofHost === ofHost) return last.kills;
	const groups = groupsWithLimit(host);
	last.ofHost = ofHost;
	last.kills = groups && new Map(groups.map(({ name, folder }) => [name, killsIn(folder)]));
	return last.kills;
}

function killsIn(folder: string): number {
	const read = (file: string) => lineOf(readText(join(folder, file)), 'oom_kill');
	return read('memory.events') ?? read('memory.oom_control') ?? 0;
}

export const oom: Check<MemoryCounters> = {
	name: 'memory.oom',
	kind: 'errors',
	title: 'Processes killed for want of memory',
	unit: 'kills',
	source:
		'/proc/vmstat: oom_kill since the first sample (Linux 4.13 and later); kills by a cgroup’s limit count too. Who it was from the kernel’s log (/dev/kmsg), and whose limit from memory.events of the control groups (v1: memory.oom_control)',
	rule: 'Bad after any (pmie, netdata).',
	judge: (span) => [
		finding(null, () => {
			const count = tally('OOM kills', span, ({ vmstat }) => vmstat.get('oom_kill'));
			const why = tallied('OOM kill', count);
			if (count.since === 0) return { value: 0, verdict: 'ok', why };
			const { first, now } = span;
			const told = now.log ? eventsOf('memory.oom', first.log, now.log).since : [];
			const last = told.at(-1)?.latest.at(-1);
			const killed = last ? `; the last was ${victim(last)}` : '';
			return {
				value: count.since,
				verdict: 'bad',
				why: `${why}${killed}`,
				suspects: [...namedIn(told), ...groupsHit(span)],
			};
		}),
	],
};

function victim({ name, pid, group }: LogEvent): string {
	return `${name} (pid ${pid})${group ? ` of ${group}` : ''}`;
}

/** Version 2 counts a kill in all the groups above as well; the lowest is the one whose process it was. */
function groupsHit({ first, now }: Span<MemoryCounters>): string[] {
	const hit = [...(now.killsByGroup ?? [])].filter(([name, kills]) => kills > (first.killsByGroup?.get(name) ?? 0));
	return hit
		.filter(([name]) => !hit.some(([other]) => other.startsWith(`${name}/`)))
		.map(([name, kills]) => `${name}: ${kills - (first.killsByGroup?.get(name) ?? 0)} killed in it`);
}
