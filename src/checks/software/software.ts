import type { Check, ResourceChecks } from '../check.ts';
import { kernelLogCheck } from '../kernel-log/check.ts';
import { finding, tallied, tally, unanswerable } from '../measuring.ts';
import { clockSource, entropy, synchronisation } from './clock.ts';
import { readSoftware, type SoftwareCounters } from './counters.ts';
import { aio, epoll, hostFiles, processFiles } from './files.ts';
import { groupTasks, refusedTasks } from './groups.ts';
import { inotify } from './inotify.ts';
import { maps } from './maps.ts';
import { uninterruptible, zombies } from './stuck.ts';
import { creation, tasks } from './tasks.ts';

const locks = unanswerable(
	{ name: 'software.locks', kind: 'saturation', title: 'Time that threads wait for locks', unit: '%' },
	'the kernel does not count waiting for locks: futexctn tells it of a program’s locks, klockstat of the kernel’s, offcputime of both',
);

const hungTasks: Check<SoftwareCounters> = {
	name: 'software.hung-tasks',
	kind: 'errors',
	title: 'Tasks that the kernel found hanging',
	unit: 'tasks',
	source:
		'/proc/sys/kernel/hung_task_detect_count since the first sample (Linux 6.13 and later, no reading before): asleep without being woken for kernel.hung_task_timeout_secs',
	rule: 'Bad after any.',
	judge: (span) =>
		span.now.hungTasks === undefined
			? []
			: [
					finding(null, () => {
						const count = tally('hung tasks', span, ({ hungTasks }) => hungTasks);
						return { value: count.since, verdict: count.since > 0 ? 'bad' : 'ok', why: tallied('hung task', count) };
					}),
				],
};

export const software: ResourceChecks<SoftwareCounters> = {
	resource: 'software',
	sample: readSoftware,
	checks: [
		kernelLogCheck('software.kernel-log', 'Faults of the kernel and of programs in its log'),
		hungTasks,
		refusedTasks,
		clockSource,
		synchronisation,
		tasks,
		groupTasks,
		hostFiles,
		processFiles,
		inotify,
		epoll,
		maps,
		aio,
		zombies,
		uninterruptible,
		creation,
		entropy,
		locks,
	],
};
