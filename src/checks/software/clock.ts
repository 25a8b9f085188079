import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import type { Check, Span } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, grade, known } from '../measuring.ts';
import { short } from '../sentence.ts';
import { limits } from '../thresholds.ts';

export interface Clock {
	/** What the kernel reads the time from, and what it could. */
	source: string | undefined;
	available: readonly string[];
	synchronisation: Synchronisation | undefined;
}

/** What systemd-timesyncd leaves in /run. */
export interface Synchronisation {
	/** Undefined when it has not found the time since boot. */
	secondsAgo: number | undefined;
}

export interface HasClock {
	clock: Clock;
	/** Bits; undefined on kernels whose random numbers never run out. */
	entropy: number | undefined;
}

const folder = 'devices/system/clocksource/clocksource0';

const readSynchronisation = aged(10, (host): Synchronisation | undefined => {
	const run = join(host.proc, String(host.pid), 'root/run/systemd/timesync');
	if (!existsSync(run)) return undefined;
	const stamp = statSync(join(run, 'synchronized'), { throwIfNoEntry: false });
	return { secondsAgo: stamp && Math.max(0, (Date.now() - stamp.mtimeMs) / 1000) };
});

const readAvailable = aged(10, (host): readonly string[] =>
	(readText(join(host.sys, folder, 'available_clocksource')) ?? '').trim().split(' ').filter(Boolean).map(printable),
);

/** Since Linux 5.18 (and 5.10.119) the pool is 256 bits large and is never used up. */
const sizeOfInexhaustible = 256;

export function readClock(host: Host): HasClock {
	const source = readText(join(host.sys, folder, 'current_clocksource'))?.trim();
	return {
		clock: {
			source: source ? printable(source) : undefined,
			available: readAvailable(host),
			synchronisation: readSynchronisation(host),
		},
		entropy: exhaustible(host) ? readNumber(join(host.proc, 'sys/kernel/random/entropy_avail')) : undefined,
	};
}

const exhaustible = aged(60, (host) => {
	const size = readNumber(join(host.proc, 'sys/kernel/random/poolsize'));
	return size !== undefined && size > sizeOfInexhaustible;
});

/** Each look at them goes through the bus: microseconds instead of nanoseconds, and a system call each. */
const slow = ['hpet', 'acpi_pm', 'jiffies', 'refined-jiffies', 'pit'];

export const clockSource: Check<HasClock> = {
	name: 'software.clock-source',
	kind: 'errors',
	title: 'What the kernel reads the time from',
	unit: 'changes',
	source: '/sys/devices/system/clocksource/clocksource0: current_clocksource and available_clocksource',
	rule: 'Warn when it has changed since the first sample: the kernel found the old one unstable. Warn on hpet, acpi_pm and jiffies: each look at the clock is slow, and databases look often.',
	judge: ({ first, now }) => [
		finding(null, () => {
			const source = known(now.clock.source, 'this kernel does not tell its clock source');
			const earlier = first.clock.source;
			const choice = now.clock.available.length ? `; it could be ${now.clock.available.join(', ')}` : '';
			if (earlier !== undefined && earlier !== source)
				return { value: 1, verdict: 'warn', why: `the clock source was ${earlier} and is ${source} now${choice}` };
			if (slow.includes(source))
				return { value: 0, verdict: 'warn', why: `the clock source is ${source}, which is slow to read${choice}` };
			return { value: 0, verdict: 'ok', why: `the clock source is ${source}, as it was when this console started` };
		}),
	],
};

export const synchronisation: Check<HasClock> = {
	name: 'software.clock-sync',
	kind: 'errors',
	title: 'Whether the clock follows a time server',
	unit: 's',
	source:
		'/run/systemd/timesync/synchronized of the host: when systemd-timesyncd last heard from its server. Of other programs and of the kernel’s own state no file tells',
	limits: ['software.clock-sync'],
	rule: 'Warn when it has heard from none since boot.',
	judge: (span) => [finding(null, () => judgeSynchronisation(span))],
};

function judgeSynchronisation({ now: { clock } }: Span<HasClock>) {
	const state = known(
		clock.synchronisation,
		'no file of this host tells whether its clock follows a server: chronyc tracking or timedatectl does',
	);
	if (state.secondsAgo === undefined)
		return {
			value: null,
			verdict: 'warn' as const,
			why: 'systemd-timesyncd has not heard from a time server since boot',
		};
	const verdict = grade(state.secondsAgo, limits('software.clock-sync'));
	const why = `systemd-timesyncd last heard from its time server ${short(state.secondsAgo / 60)} minutes ago`;
	return { value: state.secondsAgo, verdict, why };
}

export const entropy: Check<HasClock> = {
	name: 'software.entropy',
	kind: 'saturation',
	title: 'Randomness that programs can have without waiting',
	unit: 'bits',
	source: '/proc/sys/kernel/random: entropy_avail; no reading since Linux 5.18, where it does not run out',
	rule: 'Warn under 200 bits: reads of /dev/random wait soon (our own).',
	judge: ({ now: { entropy } }) =>
		entropy === undefined
			? []
			: [
					{
						device: null,
						value: entropy,
						verdict: entropy < 200 ? 'warn' : 'ok',
						why: `${entropy} bits of randomness are left`,
					},
				],
};
