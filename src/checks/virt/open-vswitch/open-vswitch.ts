import { daemons } from './daemons.ts';
import { dumps, flows, lost, masks, misses } from './datapaths.ts';
import { crowded, errors } from './events.ts';
import { portDrops, portErrors } from './ports.ts';
import { runDelay, threadTime } from './threads.ts';

export const ovsChecks = [
	daemons,
	errors,
	portErrors,
	flows,
	masks,
	threadTime,
	lost,
	misses,
	crowded,
	dumps,
	runDelay,
	portDrops,
];
