import { join } from 'node:path';
import { type Host, readNumber } from '../../host/host.ts';
import { hostProcesses } from '../host-processes.ts';
import type { HasKernelLog } from '../kernel-log/check.ts';
import { readKernelLog } from '../kernel-log/events.ts';
import { type HasClock, readClock } from './clock.ts';
import { type HasFiles, readFiles } from './files.ts';
import { type HasTaskGroups, readTaskGroups } from './groups.ts';
import { type HasInotify, readInotify } from './inotify.ts';
import { type HasMaps, readMaps } from './maps.ts';
import { readOpenFiles } from './open-files.ts';
import { type HasStuck, readStuck } from './stuck.ts';
import { type HasTasks, readTasks } from './tasks.ts';

export interface SoftwareCounters
	extends HasTasks,
		HasTaskGroups,
		HasFiles,
		HasStuck,
		HasMaps,
		HasInotify,
		HasClock,
		HasKernelLog {
	/** Since boot; only since Linux 6.13. */
	hungTasks: number | undefined;
}

export function readSoftware(host: Host): SoftwareCounters {
	hostProcesses(host).look();
	return {
		tasks: readTasks(host),
		groups: readTaskGroups(host),
		...readFiles(host),
		openFiles: readOpenFiles(host),
		...readStuck(host),
		maps: readMaps(host),
		inotify: readInotify(host),
		...readClock(host),
		hungTasks: readNumber(join(host.proc, 'sys/kernel/hung_task_detect_count')),
		log: readKernelLog(host),
	};
}
