import { join } from 'node:path';
import { type Host, readNumber, readText } from '../host/host.ts';
import { type Pressure, readPressure } from './pressure.ts';

/** In the order of /proc/stat. Guest time comes after these and is a part of user and nice already. */
export const timeNames = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
export type CpuTimes = Record<(typeof timeNames)[number], number>;

export interface CpuCounters {
	all: CpuTimes;
	/** The CPUs that are online; the others have no line in /proc/stat. */
	each: Map<string, CpuTimes>;
	/** Runnable tasks, the one that reads this among them. */
	running: number | undefined;
	pressure: Pressure | undefined;
	/** Thermal events by CPU; undefined where nothing reports them. */
	throttled: Map<string, number> | undefined;
	/** Rows of /proc/interrupts that tell of faults, summed over the CPUs. */
	faults: Map<string, number>;
}

export function readCpu(host: Host): CpuCounters {
	const stat = readText(join(host.proc, 'stat'));
	if (stat === undefined) throw new Error(`can't read ${join(host.proc, 'stat')}`);
	const times = new Map<string, CpuTimes>();
	for (const [, name, numbers] of stat.matchAll(/^(cpu\d*) +(.+)$/gm)) times.set(name ?? '', parseTimes(numbers ?? ''));
	const all = times.get('cpu');
	if (!all) throw new Error(`${join(host.proc, 'stat')} has no cpu line`);
	times.delete('cpu');
	const running = /^procs_running (\d+)/m.exec(stat)?.[1];
	const interrupts = readText(join(host.proc, 'interrupts')) ?? '';
	return {
		all,
		each: times,
		running: running === undefined ? undefined : Number(running),
		pressure: readPressure(host, 'cpu'),
		throttled: readThermalThrottle(host, [...times.keys()]) ?? thermalInterrupts(interrupts),
		faults: parseFaults(interrupts),
	};
}

function parseTimes(numbers: string): CpuTimes {
	const values = numbers.split(' ').map(Number);
	return Object.fromEntries(timeNames.map((name, i) => [name, values[i] ?? 0])) as CpuTimes;
}

function readThermalThrottle(host: Host, cpus: string[]): Map<string, number> | undefined {
	const throttled = new Map<string, number>();
	for (const cpu of cpus) {
		const folder = join(host.sys, 'devices/system/cpu', cpu, 'thermal_throttle');
		const core = readNumber(join(folder, 'core_throttle_count'));
		// Where the first CPU has none no other has: a virtual machine with hundreds of CPUs should not pay for looking.
		if (core === undefined) break;
		throttled.set(cpu, core + (readNumber(join(folder, 'package_throttle_count')) ?? 0));
	}
	return throttled.size ? throttled : undefined;
}

function thermalInterrupts(interrupts: string): Map<string, number> | undefined {
	// The columns are the online CPUs, whose numbers may have gaps.
	const cpus = interrupts.slice(0, interrupts.indexOf('\n')).toLowerCase().trim().split(/ +/);
	const counts = interruptRow(interrupts, 'TRM');
	return counts && new Map(cpus.map((cpu, i) => [cpu, counts[i] ?? 0]));
}

function parseFaults(interrupts: string): Map<string, number> {
	const faults = new Map<string, number>();
	for (const row of ['MCE', 'DFR', 'THR']) {
		const perCpu = interruptRow(interrupts, row);
		if (perCpu)
			faults.set(
				row,
				perCpu.reduce((a, b) => a + b, 0),
			);
	}
	return faults;
}

function interruptRow(interrupts: string, name: string): number[] | undefined {
	const counts = new RegExp(`^ *${name}:((?: +\\d+)+)`, 'm').exec(interrupts)?.[1];
	return counts?.trim().split(/ +/).map(Number);
}
