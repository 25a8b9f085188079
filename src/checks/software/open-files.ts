import { readdirSync, statSync } from 'node:fs';
import type { Host } from '../../host/host.ts';
import type { Tracked } from '../../host/process-table.ts';
import { readShort } from '../../host/processes.ts';
import { hostProcesses } from '../host-processes.ts';
import { perHost } from '../kept.ts';
import { LimitWatch, type NearLimit, type Usage } from './near-limits.ts';

const mostActive = 50;
const mostOthers = 50;

/** Limits are seldom set anew, but a program that has only just begun may set its own. */
const limitLasts = 5000;

const stateOf = perHost((host) => {
	const limits = new WeakMap<Tracked, { at: number; most: number | undefined }>();
	const limitOf = (process: Tracked) => {
		const kept = limits.get(process);
		const at = performance.now();
		if (kept && at - kept.at < limitLasts) return kept.most;
		const most = readLimit(host, process.pid);
		limits.set(process, { at, most });
		return most;
	};
	const told = sizeOf(`${host.proc}/self/fd`) > 0;
	return new LimitWatch((process) => usageOf(host, process, limitOf(process), told));
});

/** Of the whole table of processes, which has to be looked at before. */
export function readOpenFiles(host: Host): NearLimit {
	const table = hostProcesses(host);
	const watch = stateOf(host);
	const active = table.active().slice(0, mostActive);
	return watch.look(table, [...watch.nearest, ...active, ...watch.next(table, mostOthers)]);
}

function usageOf(host: Host, { pid, now }: Tracked, most: number | undefined, told: boolean): Usage | undefined {
	if (now.counters.isKernel || now.counters.state === 'Z' || !most) return undefined;
	const folder = `${host.proc}/${pid}/fd`;
	return told ? { used: sizeOf(folder), most } : countIn(host, pid, folder, most);
}

/** Since Linux 6.2 the size of the folder is the number of open files. */
function sizeOf(folder: string): number {
	try {
		return statSync(folder, { throwIfNoEntry: false })?.size ?? 0;
	} catch {
		return 0;
	}
}

/** Before, they have to be counted; only where the table that they are in is large enough for it to matter. */
function countIn(host: Host, pid: number, folder: string, most: number): Usage | undefined {
	const status = readShort(`${host.proc}/${pid}/status`)?.toString('latin1') ?? '';
	const size = Number(/^FDSize:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN);
	if (size * 2 < most) return { used: size, most, atMost: true };
	try {
		return { used: readdirSync(folder).length, most };
	} catch {
		return undefined;
	}
}

function readLimit(host: Host, pid: number): number | undefined {
	const limits = readShort(`${host.proc}/${pid}/limits`)?.toString('latin1') ?? '';
	const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
	return soft === undefined ? undefined : Number(soft);
}
