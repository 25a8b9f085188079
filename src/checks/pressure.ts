import { join } from 'node:path';
import { type Host, readText } from '../host/host.ts';
import type { Span } from './check.ts';
import { growth, known, perSecond } from './measuring.ts';

/** Microseconds in which some, or all, runnable tasks waited; since boot. */
export interface Pressure {
	some: number;
	full: number | undefined;
}

export type PressureName = 'cpu' | 'memory' | 'io';

/** Undefined when PSI is not built in, or is off: then the file is missing, or fails to be read with EOPNOTSUPP. */
export function readPressure(host: Host, name: PressureName): Pressure | undefined {
	const text = readText(join(host.proc, 'pressure', name));
	const total = (line: string) => {
		const found = new RegExp(`^${line} .*total=(\\d+)`, 'm').exec(text ?? '');
		return found ? Number(found[1]) : undefined;
	};
	const some = total('some');
	return some === undefined ? undefined : { some, full: total('full') };
}

/** The kernel's own averages trail behind by ten seconds; its totals give this sample's share, in percent. */
export function stalled(
	name: PressureName,
	{ before, now, seconds }: Span<{ pressure: Pressure | undefined }>,
	who: keyof Pressure,
): number {
	const off = `this kernel gives no /proc/pressure/${name} (PSI off, psi=1 at boot turns it on)`;
	const file = `/proc/pressure/${name}`;
	const waited = growth(file, known(before.pressure, off)[who], known(now.pressure, off)[who]);
	const microsecondsPerPercent = 10_000;
	return Math.min(100, perSecond(waited, seconds) / microsecondsPerPercent);
}
