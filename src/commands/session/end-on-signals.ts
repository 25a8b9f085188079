import { exitCodes } from '../arguments.ts';

/** A signal ends the command in order, so that what it has not finished goes with it. */
export function endOnSignals(): void {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.once(signal, () => process.exit(exitCodes.bad));
}
