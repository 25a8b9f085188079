import { join } from 'node:path';
import { type Host, readNumber, readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { lineOf } from '../container/group.ts';
import { perHost } from '../kept.ts';
import { type Group, groupsUnseen, limitedGroups } from '../limited-groups.ts';
import { finding, grade, known } from '../measuring.ts';
import { counted, percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';

/** A control group that may have only so many threads. */
export interface TaskGroup {
	current: number;
	most: number;
	/** How often a new thread was refused; undefined where the kernel doesn't count. */
	refused: number | undefined;
}

/** By name; undefined when no control group can be seen. */
export interface HasTaskGroups {
	groups: Map<string, TaskGroup> | undefined;
}

/** "max" where there is no limit. */
const groupsWithLimit = limitedGroups('pids', (folder) => readNumber(join(folder, 'pids.max')) !== undefined);

/** What of a group is read anew only now and then, as long as it is far from its limit. */
interface Limited extends Omit<TaskGroup, 'current'> {
	folder: string;
}

interface Kept {
	groups: readonly Group[] | undefined;
	limited: ReadonlyMap<string, Limited>;
}

const keptOf = perHost((): Kept => ({ groups: undefined, limited: new Map() }));

/** As long as the list of groups is the same. */
function limitedOf(host: Host): ReadonlyMap<string, Limited> | undefined {
	const groups = groupsWithLimit(host);
	if (!groups) return undefined;
	const kept = keptOf(host);
	if (kept.groups !== groups) {
		kept.groups = groups;
		kept.limited = new Map(
			groups.flatMap(({ name, folder }): [string, Limited][] => {
				const most = readNumber(join(folder, 'pids.max'));
				return most === undefined ? [] : [[name, { folder, most, refused: refusedIn(folder) }]];
			}),
		);
	}
	return kept.limited;
}

function refusedIn(folder: string): number | undefined {
	return lineOf(readText(join(folder, 'pids.events')), 'max');
}

export function readTaskGroups(host: Host): HasTaskGroups['groups'] {
	const limited = limitedOf(host);
	if (!limited) return undefined;
	const groups = new Map<string, TaskGroup>();
	for (const [name, group] of limited) {
		const current = readNumber(`${group.folder}/pids.current`);
		if (current === undefined) continue;
		// Each service of a host has a limit, and hardly any comes near it.
		if (current * 2 >= group.most) group.refused = refusedIn(group.folder);
		groups.set(name, { current, most: group.most, refused: group.refused });
	}
	return groups;
}

const namedGroups = 3;

export const groupTasks: Check<HasTaskGroups> = {
	name: 'software.group-tasks',
	kind: 'utilization',
	title: 'Threads of a control group, of those that it may have',
	unit: '%',
	source: 'pids.current as a share of pids.max, of the control group that is nearest its limit (200 at most are read)',
	limits: ['software.group-tasks'],
	judge: ({ now }) => [
		finding(null, () => {
			const shares = [...known(now.groups, groupsUnseen)]
				.map(([name, { current, most }]) => ({ name, current, most, share: (current / Math.max(1, most)) * 100 }))
				.sort((a, b) => b.share - a.share);
			const [fullest] = shares;
			if (!fullest) return { value: null, verdict: 'ok', why: 'no control group limits its number of threads' };
			const { name, current, most, share } = fullest;
			const verdict = grade(share, limits('software.group-tasks'));
			const suspects = shares
				.filter(({ share }) => share >= limits('software.group-tasks').warn)
				.slice(0, namedGroups)
				.map(({ name, current, most }) => `${name}: ${current} of ${most} threads`);
			const why = `${name} has ${current} of the ${most} threads that it may have, ${percent(share)}; no group is nearer its limit`;
			return { value: share, verdict, why, suspects };
		}),
	],
};

export const refusedTasks: Check<HasTaskGroups> = {
	name: 'software.refused-tasks',
	kind: 'errors',
	title: 'Threads that a control group’s limit refused',
	unit: 'refusals',
	source:
		'pids.events: max, since the first sample; of control groups with a limit (pids.max), every 8 s of those that are far from it',
	rule: 'Bad after any: a program was told that it can’t start a thread or process.',
	judge: ({ first, now }) => [
		finding(null, () => {
			const groups = [...known(now.groups, groupsUnseen)];
			const refused = groups
				.map(([name, group]) => {
					const earlier = first.groups?.get(name)?.refused ?? 0;
					return { name, since: Math.max(0, (group.refused ?? 0) - earlier) };
				})
				.filter(({ since }) => since > 0)
				.sort((a, b) => b.since - a.since);
			const value = refused.reduce((sum, { since }) => sum + since, 0);
			const suspects = refused.slice(0, namedGroups).map(({ name, since }) => `${name}: ${counted(since, 'refusal')}`);
			const of = `${counted(groups.length, 'control group')} with a limit`;
			const why = `${counted(value, 'thread')} refused since this console started, in ${of}`;
			return { value, verdict: value > 0 ? 'bad' : 'ok', why, suspects };
		}),
	],
};
