import { join } from 'node:path';
import { type Host, readNumber, readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, grade, known } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NearLimit } from './near-limits.ts';

/** What is in use of something that the kernel gives out, and how much there is. */
export interface InUse {
	used: number;
	most: number;
}

export interface HasFiles {
	/** Open files of the whole host. */
	files: InUse | undefined;
	/** Requests of asynchronous I/O that programs have set aside. */
	aio: InUse | undefined;
	epollMost: number | undefined;
	openFiles: NearLimit;
}

const aioMost = aged(10, (host) => readNumber(join(host.proc, 'sys/fs/aio-max-nr')));
const epollMost = aged(10, (host) => readNumber(join(host.proc, 'sys/fs/epoll/max_user_watches')));

export function readFiles(host: Host): Pick<HasFiles, 'files' | 'aio' | 'epollMost'> {
	const [, used, most] = /^(\d+)\s+\d+\s+(\d+)/.exec(readText(join(host.proc, 'sys/fs/file-nr')) ?? '') ?? [];
	const aioUsed = readNumber(join(host.proc, 'sys/fs/aio-nr'));
	const aio = aioMost(host);
	return {
		files: used && most ? { used: Number(used), most: Number(most) } : undefined,
		aio: aioUsed === undefined || !aio ? undefined : { used: aioUsed, most: aio },
		epollMost: epollMost(host),
	};
}

/** systemd sets the limit to the largest number that there is. */
const leastUnlimited = 2 ** 53;

const filesUntold = '/proc/sys/fs/file-nr can’t be read';

export const hostFiles: Check<HasFiles> = {
	name: 'software.files',
	kind: 'utilization',
	title: 'Open files of the whole host',
	unit: '%',
	source: '/proc/sys/fs/file-nr: the first number as a share of the third (fs.file-max)',
	limits: ['software.files'],
	judge: ({ now }) => [
		finding(null, () => {
			const { used, most } = known(now.files, filesUntold);
			if (most >= leastUnlimited) return { value: null, verdict: 'ok', why: `${used} files are open, without a limit` };
			const value = (used / most) * 100;
			const why = `${used} files are open, ${percent(value)} of the ${most} that fs.file-max allows`;
			return { value, verdict: grade(value, limits('software.files')), why };
		}),
	],
};

export const processFiles: Check<HasFiles> = {
	name: 'software.process-files',
	kind: 'utilization',
	title: 'Open files of a process, of those that it may have',
	unit: '%',
	source:
		'/proc/PID/fd: how many, as a share of the soft limit in /proc/PID/limits, of the process that is nearest its limit; those that do something and those near their limit are asked each time, the others in turn, fifty at a time',
	limits: ['software.process-files'],
	judge: ({ now: { openFiles } }) => [
		finding(null, () => {
			const [nearest] = openFiles.nearest;
			const { name, pid, used, most, share, atMost } = known(nearest, 'no process shows its open files: it takes root');
			const why = `${name} (pid ${pid}) has ${atMost ? 'at most ' : ''}${used} of the ${most} files open that it may have, ${percent(share)}; ${others(openFiles)}`;
			return {
				value: share,
				verdict: grade(share, limits('software.process-files')),
				why,
				suspects: namedIn(openFiles, limits('software.process-files').warn, 'files open'),
			};
		}),
	],
};

export function others({ asked, processes }: NearLimit): string {
	return asked < processes
		? `of the ${asked} processes asked so far, of ${processes}, none is nearer its limit`
		: 'no process is nearer its limit';
}

export function namedIn({ nearest }: NearLimit, least: number, what: string): string[] {
	return nearest
		.filter(({ share }) => share >= least)
		.slice(0, 3)
		.map(({ name, pid, used, most }) => `${name} (pid ${pid}) has ${used} of ${most} ${what}`);
}

export const aio: Check<HasFiles> = {
	name: 'software.aio',
	kind: 'utilization',
	title: 'Requests of asynchronous I/O that programs have set aside',
	unit: '%',
	source: '/proc/sys/fs: aio-nr as a share of aio-max-nr; no reading where the kernel has no such I/O',
	limits: ['software.aio'],
	judge: ({ now: { aio } }) =>
		aio
			? [
					finding(null, () => {
						const value = (aio.used / aio.most) * 100;
						const why = `programs have set ${aio.used} requests aside, ${percent(value)} of fs.aio-max-nr (${aio.most})`;
						return { value, verdict: grade(value, limits('software.aio')), why };
					}),
				]
			: [],
};

/** Each file watched by so many at once is more than has been seen. */
const watchesPerFile = 4;

export const epoll: Check<HasFiles> = {
	name: 'software.epoll',
	kind: 'utilization',
	title: 'Files that a user’s programs watch by epoll',
	unit: 'files',
	source:
		'/proc/sys/fs: file-nr beside epoll/max_user_watches. The kernel tells no user’s number, but nobody can watch more files than are open',
	rule: 'Ok while four watches for each open file of the host would stay below the limit of a single user, else unknown.',
	judge: ({ now }) => [
		finding(null, () => {
			const { used } = known(now.files, filesUntold);
			const most = known(now.epollMost, 'fs.epoll.max_user_watches can’t be read');
			const far = used * watchesPerFile < most ? used : undefined;
			const open = `${used} files are open on the whole host and a user may watch ${most}`;
			const value = known(far, `${open}: how many are watched, only grep -c tfd /proc/PID/fdinfo/* tells`);
			return { value, verdict: 'ok', why: `the limit of epoll is far: ${open}` };
		}),
	],
};
