import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host.ts';
import { printable } from './printable.ts';

export interface ProcessCounters {
	name: string;
	/** Tells a process from a later one that got its pid. */
	startTicks: number;
	cpuTicks: number;
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
	for (const entry of pids?.map(String) ?? readdirSync(host.proc)) {
		const pid = Number(entry);
		if (!Number.isInteger(pid)) continue;
		const counters = parseStat(readShort(join(host.proc, entry, 'stat')));
		if (!counters) continue;
		processes.set(pid, io ? { ...counters, ...parseIo(readShort(join(host.proc, entry, 'io'))) } : counters);
	}
	return { at, processes, units: kernelUnits(host) };
}

export type Ranking = 'cpu' | 'memory' | 'io';

/** Who uses most, worst first: "postgres (pid 812) writes 61 MB/s". */
export function topBy(before: ProcessSample, now: ProcessSample, ranking: Ranking, count: number): string[] {
	const users: { amount: number; text: string }[] = [];
	const seconds = (now.at - before.at) / 1000;
	if (seconds <= 0 && ranking !== 'memory') return [];
	for (const [pid, counters] of now.processes) {
		const earlier = before.processes.get(pid);
		const same = earlier?.startTicks === counters.startTicks ? earlier : undefined;
		const { amount, does } = uses[ranking](counters, same, seconds, now.units);
		if (amount > 0) users.push({ amount, text: `${counters.name} (pid ${pid}) ${does}` });
	}
	return users
		.sort((a, b) => b.amount - a.amount)
		.slice(0, count)
		.map(({ text }) => text);
}

type Use = (
	now: ProcessCounters,
	before: ProcessCounters | undefined,
	seconds: number,
	units: KernelUnits,
) => { amount: number; does: string };

const uses: Record<Ranking, Use> = {
	cpu(now, before, seconds, { ticksPerSecond }) {
		const percent = ((now.cpuTicks - (before?.cpuTicks ?? 0)) / ticksPerSecond / seconds) * 100;
		return { amount: Math.round(percent), does: `uses ${Math.round(percent)} % of a CPU` };
	},
	memory(now, _before, _seconds, { pageSize }) {
		const bytes = now.residentPages * pageSize;
		return { amount: bytes, does: `holds ${scaled(bytes, 'B')}` };
	},
	io(now, before, seconds) {
		// Without an earlier reading, what a long-lived process did since it started would look like a burst.
		if (before && before.readBytes === undefined) return { amount: 0, does: '' };
		const reads = ((now.readBytes ?? 0) - (before?.readBytes ?? 0)) / seconds;
		const writes = ((now.writtenBytes ?? 0) - (before?.writtenBytes ?? 0)) / seconds;
		const parts = [
			...(writes > 0 ? [`writes ${scaled(writes, 'B/s')}`] : []),
			...(reads > 0 ? [`reads ${scaled(reads, 'B/s')}`] : []),
		];
		return { amount: reads + writes, does: (reads > writes ? parts.reverse() : parts).join(', ') };
	},
};

/** 61400000 as "61 MB": two digits at least, none that nobody reads. */
export function scaled(value: number, unit: string): string {
	const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
	const step = Math.min(prefixes.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
	const amount = value / 1000 ** step;
	return `${amount >= 10 || step === 0 ? Math.round(amount) : amount.toFixed(1)} ${prefixes[step]}${unit}`;
}

const buffer = Buffer.allocUnsafe(4096);

/** A small file of /proc into a shared buffer: half the cost of readFileSync, and the result lasts until the next call. */
function readShort(path: string): Buffer | undefined {
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

const openParenthesis = 0x28;
const closeParenthesis = 0x29;

/** "812 (name) S 1 …". A name may hold spaces and parentheses itself; nothing after it does. */
function parseStat(stat: Buffer | undefined): ProcessCounters | undefined {
	if (!stat) return undefined;
	const end = stat.lastIndexOf(closeParenthesis);
	if (end < 0) return undefined;
	const name = printable(stat.toString('utf8', stat.indexOf(openParenthesis) + 1, end));
	const fields = stat.toString('latin1', end + 2).split(' ');
	return {
		name,
		cpuTicks: Number(fields[11]) + Number(fields[12]),
		startTicks: Number(fields[19]),
		residentPages: Number(fields[21]),
	};
}

function parseIo(io: Buffer | undefined): Pick<ProcessCounters, 'readBytes' | 'writtenBytes'> {
	const text = io?.toString('latin1') ?? '';
	const read = /^read_bytes: (\d+)/m.exec(text);
	const written = /^write_bytes: (\d+)/m.exec(text);
	return read && written ? { readBytes: Number(read[1]), writtenBytes: Number(written[1]) } : {};
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
