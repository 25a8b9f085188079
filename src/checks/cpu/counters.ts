import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readBytes, readNumber, readText } from '../../host/host.ts';
import { aged, perHost } from '../kept.ts';
import type { HasKernelLog } from '../kernel-log/check.ts';
import { readKernelLog } from '../kernel-log/events.ts';
import { type Pressure, readPressure } from '../pressure.ts';
import { Scanner } from '../scanner.ts';
import { presentCpus } from './offline.ts';
import { type HasQuotas, readQuotas } from './quota.ts';
import { type CpuTimes, timeNames } from './times.ts';

/** Of one CPU's queue, since boot. */
export interface Queue {
	/** Nanoseconds, summed over the threads that waited. */
	waited: number;
	/** How often a thread got the CPU. */
	turns: number;
}

export interface CpuCounters extends HasQuotas, HasKernelLog {
	all: CpuTimes;
	/** The CPUs that are online; the others have no line in /proc/stat. */
	each: Map<string, CpuTimes>;
	/** Those that are offline as well; undefined where that is not told. */
	present: readonly string[] | undefined;
	/** Runnable tasks, the one that reads this among them. */
	running: number | undefined;
	/** Over the last 1, 5 and 15 minutes, as the kernel writes them. */
	loadAverages: string | undefined;
	pressure: Pressure | undefined;
	/** Microseconds in which interrupts kept tasks from running; undefined where that is not counted. */
	irqPressure: number | undefined;
	/** By CPU; undefined on kernels that don't count it (CONFIG_SCHEDSTATS). */
	queues: Map<string, Queue> | undefined;
	/** Thermal events by CPU; undefined where nothing reports them. */
	throttled: Map<string, number> | undefined;
	/** Rows of /proc/interrupts that tell of faults, summed over the CPUs. */
	faults: Map<string, number>;
}

export function readCpu(host: Host): CpuCounters {
	return {
		...readTimes(host),
		present: presentCpus(host),
		loadAverages: /^\S+ \S+ \S+/.exec(readText(join(host.proc, 'loadavg')) ?? '')?.[0],
		pressure: readPressure(host, 'cpu'),
		irqPressure: readIrqPressure(host),
		queues: readQueues(host),
		...readHardware(host),
		quotas: readQuotas(host),
		log: readKernelLog(host),
	};
}

function readTimes(host: Host): Pick<CpuCounters, 'all' | 'each' | 'running'> {
	const file = join(host.proc, 'stat');
	const stat = readTable(file);
	if (stat === undefined) throw new Error(`can't read ${file}`);
	const each = new Map<string, CpuTimes>();
	let all: CpuTimes | undefined;
	for (const line = new Scanner(stat); !line.atEnd; line.nextLine()) {
		const name = line.word();
		// They come first; the longest line, that of interrupts, follows.
		if (!name.startsWith('cpu')) break;
		const times = readLine(line);
		if (name === 'cpu') all = times;
		else each.set(name, times);
	}
	if (!all) throw new Error(`${file} has no cpu line`);
	const runningAt = stat.lastIndexOf('procs_running ');
	const running = Number.parseInt(stat.slice(runningAt + 'procs_running '.length), 10);
	return { all, each, running: runningAt < 0 ? undefined : running };
}

/** As utf8, which Node reads twice as fast as any other encoding. */
function readTable(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return undefined;
	}
}

function readLine(line: Scanner): CpuTimes {
	const times = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 };
	// Old kernels have fewer of them.
	for (const name of timeNames) times[name] = line.number() || 0;
	return times;
}

function readIrqPressure(host: Host): number | undefined {
	const total = /^full .*total=(\d+)/m.exec(readText(join(host.proc, 'pressure/irq')) ?? '')?.[1];
	return total === undefined ? undefined : Number(total);
}

const numbersBeforeWaited = 7;

/** "cpu0 0 0 0 0 0 0 RAN WAITED TURNS", in nanoseconds. */
function readQueues(host: Host): Map<string, Queue> | undefined {
	const schedstat = readTable(join(host.proc, 'schedstat'));
	if (schedstat === undefined) return undefined;
	const queues = new Map<string, Queue>();
	for (const line = new Scanner(schedstat); !line.atEnd; line.nextLine()) {
		const name = line.word();
		if (!name.startsWith('cpu')) continue;
		for (let i = 0; i < numbersBeforeWaited; i++) line.number();
		queues.set(name, { waited: line.number(), turns: line.number() });
	}
	return queues;
}

/** On a host with hundreds of CPUs the table of interrupts has megabytes, and faults of hardware are no matter of seconds. */
const readHardware = aged(10, (host): Pick<CpuCounters, 'throttled' | 'faults'> => {
	const interrupts = readBytes(join(host.proc, 'interrupts')) ?? Buffer.alloc(0);
	return { throttled: readThrottled(host, interrupts), faults: parseFaults(interrupts) };
});

const lastThrottled = perHost((): { interrupts: number; events: Map<string, number> | undefined } => ({
	interrupts: Number.NaN,
	events: undefined,
}));

function readThrottled(host: Host, interrupts: Buffer): Map<string, number> | undefined {
	const last = lastThrottled(host);
	const row = thermalInterrupts(interrupts);
	const count = row ? [...row.values()].reduce((a, b) => a + b, 0) : Number.NaN;
	// The kernel counts throttling in that interrupt, so hundreds of files need not be read again without one.
	if (count !== last.interrupts) {
		last.interrupts = count;
		last.events = readThermalThrottle(host, interrupts) ?? row;
	}
	return last.events;
}

function readThermalThrottle(host: Host, interrupts: Buffer): Map<string, number> | undefined {
	const throttled = new Map<string, number>();
	for (const cpu of cpusIn(interrupts)) {
		const folder = join(host.sys, 'devices/system/cpu', cpu, 'thermal_throttle');
		const core = readNumber(join(folder, 'core_throttle_count'));
		// Where the first CPU has none no other has: a virtual machine with hundreds of CPUs should not pay for looking.
		if (core === undefined) break;
		throttled.set(cpu, core + (readNumber(join(folder, 'package_throttle_count')) ?? 0));
	}
	return throttled.size ? throttled : undefined;
}

function thermalInterrupts(interrupts: Buffer): Map<string, number> | undefined {
	const counts = interruptRow(interrupts, 'TRM');
	return counts && new Map(cpusIn(interrupts).map((cpu, i) => [cpu, counts[i] ?? 0]));
}

/** The columns are the online CPUs, whose numbers may have gaps. */
function cpusIn(interrupts: Buffer): string[] {
	return interrupts.toString('latin1', 0, interrupts.indexOf('\n')).toLowerCase().trim().split(/ +/).filter(Boolean);
}

function parseFaults(interrupts: Buffer): Map<string, number> {
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

/** "MCE:  0  0   Machine check exceptions". Rows with a name come last, after thousands of numbered ones. */
function interruptRow(interrupts: Buffer, name: string): number[] | undefined {
	const at = interrupts.lastIndexOf(`${name}:`);
	if (at < 0) return undefined;
	const end = interrupts.indexOf('\n', at);
	const counts = /^(?: +\d+)+/.exec(
		interrupts.toString('latin1', at + name.length + 1, end < 0 ? undefined : end),
	)?.[0];
	return counts?.trim().split(/ +/).map(Number);
}
