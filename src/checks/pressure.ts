import { join } from 'node:path';
import type { Cgroup } from '../host/cgroup.ts';
import { type Host, readText } from '../host/host.ts';
import type { Check, Span } from './check.ts';
import { finding, grade, growth, known, perSecond, worse } from './measuring.ts';
import { percent } from './sentence.ts';
import { limits } from './thresholds.ts';

/** Microseconds in which some, or all, runnable tasks waited; since boot. */
export interface Pressure {
	some: number;
	full: number | undefined;
}

export type PressureName = 'cpu' | 'memory' | 'io';

export interface HasPressure {
	pressure: Pressure | undefined;
}

/** Undefined when PSI is not built in, or is off: then the file is missing, or fails to be read with EOPNOTSUPP. */
export function readPressure(host: Host, name: PressureName): Pressure | undefined {
	return parsePressure(readText(join(host.proc, 'pressure', name)));
}

/** Of a control group; only version 2 counts it. */
export function readGroupPressure(group: Cgroup, name: PressureName): Pressure | undefined {
	return group.folder === undefined ? undefined : parsePressure(readText(join(group.folder, `${name}.pressure`)));
}

function parsePressure(text = ''): Pressure | undefined {
	const total = (line: string) => {
		const found = new RegExp(`^${line} .*total=(\\d+)`, 'm').exec(text);
		return found ? Number(found[1]) : undefined;
	};
	const some = total('some');
	return some === undefined ? undefined : { some, full: total('full') };
}

/** Where a pressure check reads, and what it says where there is nothing to read. */
export interface PressureSource {
	file: string;
	absent: string;
}

export function pressureOfHost(name: PressureName): PressureSource {
	const file = `/proc/pressure/${name}`;
	return { file, absent: `this kernel gives no ${file} (PSI off, psi=1 at boot turns it on)` };
}

export function pressureOfGroup(name: PressureName): PressureSource {
	const absent = `the kernel does not count how long this container waits: there is no ${name}.pressure (cgroup v1, or PSI off)`;
	return { file: `${name}.pressure of its control group`, absent };
}

/** The kernel's own averages trail behind by ten seconds; its totals give this sample's share, in percent. */
export function stalled(
	{ file, absent }: PressureSource,
	{ before, now, seconds }: Span<HasPressure>,
	who: keyof Pressure,
): number {
	const waited = growth(file, known(before.pressure, absent)[who], known(now.pressure, absent)[who]);
	const microsecondsPerPercent = 10_000;
	return Math.min(100, perSecond(waited, seconds) / microsecondsPerPercent);
}

/** Of a CPU the kernel's "full" says nothing for a whole machine, so that check is another. */
export function taskPressure(resource: 'memory' | 'disk', from: PressureSource): Check<HasPressure> {
	const what = resource === 'disk' ? 'I/O' : resource;
	return {
		name: `${resource}.pressure`,
		kind: 'saturation',
		title: `Time that tasks waited for ${what}`,
		unit: '%',
		source: `${from.file}: growth of the "some" and "full" totals, as a share of the time between two samples`,
		limits: [`${resource}.pressure-some`, `${resource}.pressure-full`],
		judge: (span) => [
			finding(null, () => {
				const some = stalled(from, span, 'some');
				const full = stalled(from, span, 'full');
				const bySome = grade(some, limits(`${resource}.pressure-some`));
				const byFull = grade(full, limits(`${resource}.pressure-full`));
				const why = `some task waited for ${what} ${percent(some)} of the time, all at once ${percent(full)}`;
				return { value: some, verdict: worse(bySome, byFull), why };
			}),
		],
	};
}
