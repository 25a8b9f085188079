import { join } from 'node:path';
import { listFolder } from './folder.ts';
import type { Host } from './host.ts';
import { printable } from './printable.ts';
import { readShort } from './processes.ts';

/** What the scheduler counts of a thread, in nanoseconds: on a CPU, and ready but waiting for one. */
export interface ThreadTime {
	ran: number;
	waited: number;
}

/** Undefined where the thread has ended, or the kernel counts no waiting. */
export function threadTime(host: Host, tid: number): ThreadTime | undefined {
	// A thread has a folder of its own in /proc, though none that is listed.
	const text = readShort(join(host.proc, String(tid), 'schedstat'))?.toString('latin1');
	if (!text) return undefined;
	const [ran, waited] = text.split(' ', 2).map(Number);
	return ran === undefined || waited === undefined ? undefined : { ran, waited };
}

export interface Thread {
	tid: number;
	name: string;
	/** It has run as the CPU of a virtual machine, which no other thread does. */
	wasGuest: boolean;
}

export function threadsOf(host: Host, pid: number): Thread[] {
	return listFolder(join(host.proc, String(pid), 'task')).flatMap((tid) => {
		const thread = threadIn(host, `${pid}/task/${tid}`);
		return thread ? [{ tid: Number(tid), ...thread }] : [];
	});
}

/** Whether one of its threads has run as the CPU of a virtual machine. */
export function hasBeenGuest(host: Host, pid: number): boolean {
	return threadIn(host, String(pid))?.wasGuest ?? false;
}

const guestTime = 40;

/** "812 (name) S 1 …"; the guest's time is the 43rd field, the 41st after the name. */
function threadIn(host: Host, folder: string): Omit<Thread, 'tid'> | undefined {
	const stat = readShort(join(host.proc, folder, 'stat'))?.toString('utf8');
	if (!stat) return undefined;
	const end = stat.lastIndexOf(')');
	const name = printable(stat.slice(stat.indexOf('(') + 1, end));
	return { name, wasGuest: Number(stat.slice(end + 2).split(' ', guestTime + 1)[guestTime]) > 0 };
}
