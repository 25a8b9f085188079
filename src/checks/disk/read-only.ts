import { printable } from '../../host/printable.ts';
import type { Check, Finding } from '../check.ts';
import { unknown } from '../measuring.ts';
import { counted } from '../sentence.ts';
import type { DiskCounters } from './counters.ts';

export const readOnly: Check<DiskCounters> = {
	name: 'disk.read-only',
	kind: 'errors',
	title: 'File systems that nothing can be written to any more',
	unit: 'file systems',
	source:
		'/proc/1/mountinfo, every 5 s: read-only by the options of the file system, while those of its mount, /etc/fstab or an earlier sample say that it is for writing',
	rule: 'Bad: file systems close themselves like that when they find damage or a disk fails.',
	judge: ({ now: { fileSystems } }) => {
		if (!fileSystems) return [unknown(null, 'the mount table of the host can’t be read')];
		const told = fileSystems.flatMap(({ point, type, source, closed, wasClosed }): Finding[] => {
			if (!wasClosed) return [];
			const name = `${point} (${type} on ${source})`;
			if (closed === undefined) {
				return [
					{ device: printable(point), value: 0, verdict: 'ok', why: printable(`${name} can be written to again`) },
				];
			}
			return [
				{ device: printable(point), value: 1, verdict: 'bad', why: printable(`${name} is read-only, and ${closed}`) },
			];
		});
		if (told.some(({ verdict }) => verdict === 'bad')) return told;
		const why = `none of ${counted(fileSystems.length, 'local file system')} has become read-only`;
		return [{ device: null, value: 0, verdict: 'ok', why }, ...told];
	},
};
