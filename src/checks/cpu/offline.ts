import { join } from 'node:path';
import { cpusIn } from '../../host/cpu-list.ts';
import { readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, known } from '../measuring.ts';
import type { CpuCounters } from './counters.ts';

/** As /proc/stat calls them, whether they are online or not. */
export const presentCpus = aged(10, ({ sys }): readonly string[] | undefined => {
	const list = readText(join(sys, 'devices/system/cpu/present'));
	return list === undefined ? undefined : cpusIn(list).map((cpu) => `cpu${cpu}`);
});

const namedCpus = 4;

export const offline: Check<CpuCounters> = {
	name: 'cpu.offline',
	kind: 'errors',
	title: 'CPUs that went offline',
	unit: 'CPUs',
	source: '/sys/devices/system/cpu/present, less those that have a line in /proc/stat, since the first sample',
	rule: 'Warn after any. Those that were offline before are so by choice (nosmt, a hypervisor’s reserve) and only told.',
	judge: ({ first, now }) => [
		finding(null, () => {
			const present = known(now.present, 'there is no /sys/devices/system/cpu/present');
			const gone = present.filter((cpu) => first.each.has(cpu) && !now.each.has(cpu));
			const counts = `${now.each.size} of ${present.length} CPUs are online`;
			if (gone.length === 0) return { value: 0, verdict: 'ok', why: counts };
			const names = gone.slice(0, namedCpus).join(', ');
			const more = gone.length > namedCpus ? ` and ${gone.length - namedCpus} more` : '';
			const why = `${names}${more} went offline since this console started: ${counts}`;
			return { value: gone.length, verdict: 'warn', why };
		}),
	],
};
