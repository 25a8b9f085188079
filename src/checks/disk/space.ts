import { printable } from '../../host/printable.ts';
import { scaled } from '../../host/processes.ts';
import type { Check, Finding, Span } from '../check.ts';
import { grade, unknown } from '../measuring.ts';
import { counted, percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { DiskCounters } from './counters.ts';
import type { Share, Space, Spaces } from './spaces.ts';

const source =
	'statfs of each local file system of the host, once each, every 5 s (through /proc/1/root in a container); never of network file systems, nor of what is mounted on one';

export const space: Check<DiskCounters> = {
	name: 'disk.space',
	kind: 'utilization',
	title: 'Space in use on a file system',
	unit: '%',
	source: `${source}. Without what is kept for root`,
	limits: ['disk.space'],
	judge: eachFileSystem(({ fileSystem, bytes }) => {
		const { point, type, source } = fileSystem;
		const value = usedPercent(bytes);
		const all = bytes.used + bytes.left;
		const why = `${point} is ${percent(value)} full, ${scaled(bytes.left, 'B')} of ${scaled(all, 'B')} left (${type}${type === 'tmpfs' ? ', in memory' : ` on ${source}`})`;
		return { value, verdict: grade(value, limits('disk.space')), why: printable(why) };
	}),
};

export const inodes: Check<DiskCounters> = {
	name: 'disk.inodes',
	kind: 'utilization',
	title: 'Files (inodes) in use on a file system',
	unit: '%',
	source: `${source}. Not of those that make inodes as they are needed (btrfs)`,
	limits: ['disk.inodes'],
	judge: eachFileSystem(({ fileSystem: { point }, files }) => {
		if (!files) return undefined;
		const value = usedPercent(files);
		const why = `${point} has ${counted(files.left, 'file')} left to make, ${percent(value)} are in use`;
		return { value, verdict: grade(value, limits('disk.inodes')), why: printable(why) };
	}),
};

export const filling: Check<DiskCounters> = {
	name: 'disk.filling',
	kind: 'saturation',
	title: 'Time until a file system is full',
	unit: 'h',
	source: `${source}. What is left, divided by what gets lost in a second`,
	limits: ['disk.filling'],
	rule: 'Only a loss that goes on steadily, in each quarter of the time, for 40 s at least, and for no longer ahead than twelve times what it was watched for. No reading of a file system that does not get fuller.',
	judge: ({ now }) => {
		const { answer, failure } = now.spaces;
		if (!answer) return [unknown(null, failure ?? notYet)];
		const found: Finding[] = [];
		for (const space of answer.measured.values()) found.push(...soonFull(space));
		if (found.length > 0) return found;
		return [{ device: null, value: null, verdict: 'ok', why: 'no file system is filling up' }];
	},
};

const notYet = 'the file systems have not answered yet';

/** Of space and inodes, what ends first. */
function soonFull({ fileSystem: { point }, bytes, files }: Space): Finding[] {
	const ofBytes = bytes.secondsLeft ?? Number.POSITIVE_INFINITY;
	const ofFiles = files?.secondsLeft ?? Number.POSITIVE_INFINITY;
	const seconds = Math.min(ofBytes, ofFiles);
	if (!Number.isFinite(seconds)) return [];
	const hours = seconds / 3600;
	const { warn, bad } = limits('disk.filling');
	const verdict = hours < bad ? 'bad' : hours < warn ? 'warn' : 'ok';
	const what = ofFiles < ofBytes ? 'inodes' : 'space';
	const why = `${point} runs out of ${what} in ${duration(seconds)} if it goes on like this`;
	return [{ device: printable(point), value: hours, verdict, why: printable(why) }];
}

function duration(seconds: number): string {
	if (seconds < 120) return `${Math.round(seconds)} s`;
	return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${short(seconds / 3600)} h`;
}

function usedPercent({ used, left }: Share): number {
	return used + left > 0 ? (used / (used + left)) * 100 : 100;
}

function eachFileSystem(
	judge: (space: Space) => Omit<Finding, 'device'> | undefined,
): (span: Span<DiskCounters>) => Finding[] {
	// An answer serves for several samples, and what it means doesn't change.
	const judged = new WeakMap<Spaces, Finding[]>();
	return ({ now }) => {
		if (!now.fileSystems) return [unknown(null, 'the mount table of the host can’t be read')];
		const { answer, failure } = now.spaces;
		if (!answer) return [unknown(null, failure ?? notYet)];
		const findings = judged.get(answer) ?? judgeAnswer(answer, judge);
		judged.set(answer, findings);
		return findings;
	};
}

function judgeAnswer(
	{ measured, failed }: Spaces,
	judge: (space: Space) => Omit<Finding, 'device'> | undefined,
): Finding[] {
	const findings: Finding[] = [];
	for (const [point, space] of measured) {
		const found = judge(space);
		if (found) findings.push({ device: printable(point), ...found });
	}
	for (const [point, why] of failed) findings.push(unknown(printable(point), printable(`${point}: ${why}`)));
	return findings;
}
