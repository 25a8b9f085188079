import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readNumber } from '../../host/host.ts';
import type { Tracked } from '../../host/process-table.ts';
import { readShort } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { hostProcesses } from '../host-processes.ts';
import { aged, perHost } from '../kept.ts';
import { finding, grade, known } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';

export interface InotifyUser {
	user: string;
	instances: number;
	/** Its processes with most of them. */
	processes: readonly string[];
}

export interface Inotify {
	/** fs.inotify.max_user_instances. */
	most: number | undefined;
	/** With most instances first. */
	users: readonly InotifyUser[];
	asked: number;
	existing: number;
}

export interface HasInotify {
	inotify: Inotify;
}

interface Held {
	user: string;
	instances: number;
}

const readMost = aged(10, (host) => readNumber(join(host.proc, 'sys/fs/inotify/max_user_instances')));

/** Looking at every open file of a process costs too much to do it to all of them at once. */
const budgetMilliseconds = 1;
/** A process with more files is no desktop's and no service's: it would take the time of all others. */
const mostFiles = 1000;

const stateOf = perHost(() => ({
	held: new WeakMap<Tracked, Held>(),
	unasked: [] as Tracked[],
	turn: [] as Tracked[],
}));

/** Some processes each time, those that have never been asked first. */
export function readInotify(host: Host): Inotify {
	const { processes } = hostProcesses(host);
	const state = stateOf(host);
	if (state.turn.length === 0) state.turn = [...processes.values()].reverse();
	const end = performance.now() + budgetMilliseconds;
	while (state.unasked.length + state.turn.length > 0 && performance.now() < end) {
		const process = state.unasked.pop() ?? state.turn.pop();
		if (process && processes.get(process.pid) === process) state.held.set(process, heldBy(host, process));
	}
	const users = new Map<string, { instances: number; processes: { text: string; instances: number }[] }>();
	let asked = 0;
	state.unasked = [];
	for (const process of processes.values()) {
		const held = state.held.get(process);
		if (!held) {
			state.unasked.push(process);
			continue;
		}
		asked += 1;
		if (held.instances === 0) continue;
		const user = users.get(held.user) ?? { instances: 0, processes: [] };
		user.instances += held.instances;
		const text = `${process.now.counters.name} (pid ${process.pid}) has ${held.instances} of them`;
		user.processes.push({ text, instances: held.instances });
		users.set(held.user, user);
	}
	return {
		most: readMost(host),
		asked,
		existing: processes.size,
		users: [...users]
			.map(([user, { instances, processes }]) => ({
				user,
				instances,
				processes: processes
					.sort((a, b) => b.instances - a.instances)
					.slice(0, 3)
					.map(({ text }) => text),
			}))
			.sort((a, b) => b.instances - a.instances),
	};
}

function heldBy(host: Host, { pid, now }: Tracked): Held {
	if (now.counters.isKernel) return { user: '', instances: 0 };
	const folder = `${host.proc}/${pid}/fd`;
	let instances = 0;
	try {
		for (const file of readdirSync(folder).slice(0, mostFiles)) {
			if (readlinkSync(`${folder}/${file}`) === 'anon_inode:inotify') instances += 1;
		}
	} catch {
		// It has ended, or closed the file, or belongs to somebody else.
	}
	const status = instances > 0 ? readShort(`${host.proc}/${pid}/status`)?.toString('latin1') : undefined;
	return { user: /^Uid:\s+(\d+)/m.exec(status ?? '')?.[1] ?? '', instances };
}

export const inotify: Check<HasInotify> = {
	name: 'software.inotify',
	kind: 'utilization',
	title: 'Inotify instances of a user, of those that each may have',
	unit: '%',
	source:
		'/proc/PID/fd: links to anon_inode:inotify by user, as a share of fs.inotify.max_user_instances, of the user with most. Each sample asks processes for a millisecond, so a round takes a minute or two on a large host. Watches (max_user_watches) are not counted: grep -c ^inotify /proc/PID/fdinfo/* tells those of a process',
	limits: ['software.inotify'],
	judge: ({ now: { inotify } }) => [
		finding(null, () => {
			const { asked, existing, users } = inotify;
			const most = known(inotify.most, 'fs.inotify.max_user_instances can’t be read');
			const { user, instances, processes } = users[0] ?? { user: '0', instances: 0, processes: [] };
			const value = (instances / Math.max(1, most)) * 100;
			const verdict = grade(value, limits('software.inotify'));
			// Each that has not been asked can only add to it.
			if (verdict === 'ok')
				known(
					asked < existing * 0.95 ? undefined : asked,
					`of ${existing} processes only ${asked} have been asked for their inotify instances so far`,
				);
			const why = `user ${user} has ${instances || 'no'} inotify instances, ${percent(value)} of the ${most} that each user may have`;
			return { value, verdict, why, suspects: verdict === 'ok' ? [] : [...processes] };
		}),
	],
};
