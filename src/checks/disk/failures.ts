import type { Check, Finding, Verdict } from '../check.ts';
import { finding, tallied, tally, unknown } from '../measuring.ts';
import { counted } from '../sentence.ts';
import type { DiskCounters } from './counters.ts';
import { noDisk } from './each-disk.ts';
import type { DiskHealth, Multipath } from './health.ts';

export const errors: Check<DiskCounters> = {
	name: 'disk.errors',
	kind: 'errors',
	title: 'Requests that failed',
	unit: 'errors',
	source: '/sys/block/*/device/ioerr_cnt since the first sample; only SCSI and SATA disks have it',
	rule: 'Warn after any. It counts harmless conditions too (a drive that just woke up), so dmesg has the last word.',
	judge: (span) => {
		const { health, disks } = span.now;
		const found = [...health.errors.keys()].map((name) =>
			finding(name, () => {
				const count = tally(`errors of ${name}`, span, ({ health }) => health.errors.get(name));
				const why = `${name}: ${tallied('failed request', count)}`;
				return { value: count.since, verdict: count.since > 0 ? 'warn' : 'ok', why };
			}),
		);
		const others = [...disks.keys()].filter((name) => !health.errors.has(name));
		if (others.length === 0 && found.length === 0) return [unknown(null, noDisk)];
		return others.length === 0 ? found : [...found, withoutCounter(others)];
	},
};

function withoutCounter(names: string[]): Finding {
	const [first = ''] = names;
	if (names.length === 1) {
		return unknown(first, `${first} has no error counter that can be read here (no SCSI disk); see dmesg`);
	}
	const some = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
	return unknown(null, `${some} have no error counter that can be read here (no SCSI disks); see dmesg`);
}

/** What a state means; any other is a healthy one, or one that passes. */
const states: Record<string, { verdict: Verdict; means: string }> = {
	offline: { verdict: 'bad', means: 'every request to it fails' },
	'transport-offline': { verdict: 'bad', means: 'the way to it is cut, and every request fails' },
	dead: { verdict: 'bad', means: 'every request to it fails' },
	blocked: { verdict: 'warn', means: 'its requests wait until it is found again' },
	quiesce: { verdict: 'warn', means: 'its requests wait' },
	resetting: { verdict: 'warn', means: 'its controller starts anew, and its requests wait' },
	connecting: { verdict: 'warn', means: 'the way to it is being found again, and its requests wait' },
	suspended: { verdict: 'warn', means: 'its requests wait until somebody resumes it (dmsetup resume)' },
};

export const state: Check<DiskCounters> = {
	name: 'disk.state',
	kind: 'errors',
	title: 'Disks that are offline or stand still',
	unit: 'disks',
	source:
		'/sys/block/*/device/state (SCSI, NVMe), dm/suspended (device mapper), and the state of the slaves of a multipath disk, every 8 s; no reading where no disk has any',
	rule: 'Bad when requests fail (offline, dead, or no path left), warn when they wait (blocked, resetting, suspended) or a path is lost.',
	judge: ({ now: { health } }) => {
		const told = [
			...troubled(health),
			...[...health.multipaths].map(([name, multipath]) => judgePaths(name, multipath)),
		];
		const known = health.states.size;
		if (known === 0 || told.some(({ verdict }) => verdict !== 'ok')) return told;
		const why = known === 1 ? 'the disk is running' : `all ${known} disks that tell their state are running`;
		return [{ device: null, value: 0, verdict: 'ok', why }, ...told];
	},
};

function troubled({ states: now, troubles }: DiskHealth): Finding[] {
	return [...troubles].map(([name, was]) => {
		const state = now.get(name);
		const meaning = state === undefined ? undefined : states[state];
		if (meaning)
			return { device: name, value: 1, verdict: meaning.verdict, why: `${name} is ${state}: ${meaning.means}` };
		return { device: name, value: 0, verdict: 'ok', why: `${name} is ${state ?? 'gone'}; it was ${was}` };
	});
}

function judgePaths(name: string, { paths, failing }: Multipath): Finding {
	const left = paths - failing.length;
	const lost = failing.length ? ` (${failing.join(', ')} failed)` : '';
	const why = `${name} has ${left || 'none'} of its ${counted(paths, 'path')} left${lost}`;
	return { device: name, value: failing.length, verdict: left === 0 ? 'bad' : failing.length > 0 ? 'warn' : 'ok', why };
}

export const raid: Check<DiskCounters> = {
	name: 'disk.raid',
	kind: 'errors',
	title: 'RAID arrays that miss members',
	unit: 'members',
	source:
		'/sys/block/md*/md/degraded and array_state; how far it is from /proc/mdstat. No reading where there is no array',
	rule: 'Bad above 0, as the next failure may lose data; and when the array is broken.',
	judge: ({ now }) =>
		[...now.health.arrays].map(([name, { missing, state, progress }]) => {
			const going = progress ? `; ${progress}` : '';
			if (state === 'broken') {
				return { device: name, value: null, verdict: 'bad', why: `${name} is broken: what it held can’t be read` };
			}
			if (missing === undefined)
				return { device: name, value: null, verdict: 'ok', why: `${name} is ${state}${going}` };
			const why = `${name} misses ${counted(missing, 'member')}${going}`;
			return { device: name, value: missing, verdict: missing > 0 ? 'bad' : 'ok', why };
		}),
};
