import type { Host } from '../../host/host.ts';
import { type Thread, type ThreadTime, threadTime } from '../../host/threads.ts';
import { growth, known, perSecond, Unmeasurable } from '../measuring.ts';

/** By their ids; without a time where the kernel tells none. */
export type ThreadTimes = Map<number, { name: string; time: ThreadTime | undefined }>;

export function readTimes(host: Host, threads: readonly Pick<Thread, 'tid' | 'name'>[]): ThreadTimes {
	return new Map(threads.map(({ tid, name }) => [tid, { name, time: threadTime(host, tid) }]));
}

const nanosecondsPerPercent = 1e7;

/** Of each thread, the share of the time that it ran or waited, in percent; largest first. */
export function sharesOf(
	before: ThreadTimes,
	now: ThreadTimes,
	seconds: number,
	of: keyof ThreadTime,
): { tid: number; name: string; share: number }[] {
	const shares = [...now].flatMap(([tid, { name, time }]) => {
		const earlier = before.get(tid);
		// Started, or ended, since the sample before.
		if (!earlier || (earlier.time && !time)) return [];
		const told = known(time, 'the kernel does not tell how long threads run and wait (no /proc/PID/schedstat)');
		const share = perSecond(growth(`time of ${name}`, earlier.time?.[of], told[of]), seconds) / nanosecondsPerPercent;
		return [{ tid, name, share }];
	});
	if (shares.length === 0) throw new Unmeasurable('its threads have only just been found');
	return shares.sort((a, b) => b.share - a.share);
}
