import { scaled } from '../../host/processes.ts';

/** As /proc/meminfo counts. */
export function kilobytes(amount: number): string {
	return scaled(amount * 1024, 'B');
}
