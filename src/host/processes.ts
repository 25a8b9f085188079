import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host.ts';
import { printable } from './printable.ts';

export interface ProcessCounters {
	name: string;
	/** Tells a process from a later one that got its pid. */
	startTicks: number;
	/** One letter: R can run, S sleeps, D sleeps and can't be woken by signals, Z has ended and was not asked how. */
	state: string;
	parent: number;
	/** A thread of the kernel's own. */
	isKernel: boolean;
	threads: number;
	cpuTicks: number;
	/** Page faults that had to wait for a disk. */
	majorFaults: number;
	addressBytes: number;
	residentPages: number;
	/** Only when asked for, and only of processes whose I/O may be read. */
	readBytes?: number;
	writtenBytes?: number;
}

export interface ProcessSample {
	/** Monotonic milliseconds. */
	at: number;
	processes: Map<number, ProcessCounters>;
	units: KernelUnits;
}

/** All processes, or those given. */
export function sampleProcesses(
	host: Host,
	{ io = false, pids }: { io?: boolean; pids?: readonly number[] | undefined } = {},
): ProcessSample {
	const processes = new Map<number, ProcessCounters>();
	const at = performance.now();
	for (const pid of pids ?? listPids(host)) {
		const counters = readProcess(host, pid);
		if (counters) processes.set(pid, io ? { ...counters, ...readIo(host, pid) } : counters);
	}
	return { at, processes, units: kernelUnits(host) };
}

/** 61400000 as "61 MB": two digits at least, none that nobody reads. */
export function scaled(value: number, unit: string): string {
	const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
	const step = Math.min(prefixes.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
	const amount = value / 1000 ** step;
	return `${amount >= 10 || step === 0 ? Math.round(amount) : amount.toFixed(1)} ${prefixes[step]}${unit}`;
}

const buffer = Buffer.allocUnsafe(4096);

/** A small file of /proc into a shared buffer: half the cost of readFileSync, and the result lasts until the next call. */
export function readShort(path: string): Buffer | undefined {
	let file: number | undefined;
	try {
		file = openSync(path, 'r');
		return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0));
	} catch {
		return undefined;
	} finally {
		if (file !== undefined) closeSync(file);
	}
}

export function listPids(host: Host): number[] {
	const pids: number[] = [];
	for (const entry of readdirSync(host.proc)) if (entry.charCodeAt(0) <= nine) pids.push(Number(entry));
	return pids;
}

/** Undefined when it has ended. */
export function readProcess(host: Host, pid: number): ProcessCounters | undefined {
	return parseStat(readShort(`${host.proc}/${pid}/stat`));
}

const openParenthesis = 0x28;
const closeParenthesis = 0x29;
const space = 0x20;
const zero = 0x30;
const nine = 0x39;

/** Where the numbers are that are wanted, counted from the state, which follows the name. */
const field = {
	parent: 1,
	flags: 6,
	majorFaults: 9,
	userTicks: 11,
	systemTicks: 12,
	threads: 17,
	startTicks: 19,
	addressBytes: 20,
	residentPages: 21,
} as const;
const lastField = field.residentPages;
const numbers = new Float64Array(lastField + 1);

const kernelFlag = 0x00200000;

/**
 * "812 (name) S 1 …". A name may hold spaces and parentheses itself; nothing after it
 * does. Read byte by byte: with thousands of processes, splitting would cost as much as the kernel's part.
 */
function parseStat(stat: Buffer | undefined): ProcessCounters | undefined {
	if (!stat) return undefined;
	const end = stat.lastIndexOf(closeParenthesis);
	if (end < 0) return undefined;
	const name = printable(stat.toString('utf8', stat.indexOf(openParenthesis) + 1, end));
	const stateAt = end + 2;
	let value = 0;
	for (let at = stateAt + 2, index = 1; index <= lastField && at <= stat.length; at++) {
		const byte = stat[at] ?? space;
		if (byte >= zero && byte <= nine) value = value * 10 + (byte - zero);
		else if (byte <= space) {
			numbers[index++] = value;
			value = 0;
		}
	}
	const number = (index: number) => numbers[index] ?? 0;
	return {
		name,
		state: String.fromCharCode(stat[stateAt] ?? space),
		parent: number(field.parent),
		isKernel: (number(field.flags) & kernelFlag) !== 0,
		threads: number(field.threads),
		cpuTicks: number(field.userTicks) + number(field.systemTicks),
		majorFaults: number(field.majorFaults),
		startTicks: number(field.startTicks),
		addressBytes: number(field.addressBytes),
		residentPages: number(field.residentPages),
	};
}

export interface ProcessIo {
	readBytes: number;
	writtenBytes: number;
}

/** Undefined when it has ended, or when its I/O may not be read. */
export function readIo(host: Host, pid: number): ProcessIo | undefined {
	const text = readShort(`${host.proc}/${pid}/io`)?.toString('latin1') ?? '';
	const read = /^read_bytes: (\d+)/m.exec(text);
	const written = /^write_bytes: (\d+)/m.exec(text);
	return read && written ? { readBytes: Number(read[1]), writtenBytes: Number(written[1]) } : undefined;
}

export interface KernelUnits {
	pageSize: number;
	ticksPerSecond: number;
}

const pageSizeEntry = 6n;
const ticksEntry = 17n;

/** The auxiliary vector is the only file that tells the page size (64 KiB on some ARM kernels) and USER_HZ. */
export function kernelUnits(host: Host): KernelUnits {
	const units = { pageSize: 4096, ticksPerSecond: 100 };
	let vector: Buffer;
	try {
		vector = readFileSync(join(host.proc, 'self', 'auxv'));
	} catch {
		return units;
	}
	for (let at = 0; at + 16 <= vector.length; at += 16) {
		const entry = vector.readBigUInt64LE(at);
		if (entry === pageSizeEntry) units.pageSize = Number(vector.readBigUInt64LE(at + 8));
		if (entry === ticksEntry) units.ticksPerSecond = Number(vector.readBigUInt64LE(at + 8));
	}
	return units;
}
