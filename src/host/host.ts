import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where this machine's counters are read from. Everything that reads /proc or
 * /sys takes a Host, so that a saved tree can stand in for the machine.
 */
export interface Host {
	readonly proc: string;
	readonly sys: string;
	/** The process whose namespaces are the host's: 1, unless told otherwise. */
	readonly pid: number;
}

export function openHost({ root = '/', pid = 1 }: { root?: string; pid?: number } = {}): Host {
	return { proc: join(root, 'proc'), sys: join(root, 'sys'), pid };
}

/** A file's text, or undefined when the kernel has no such file or won't show it. */
export function readText(path: string): string | undefined {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return undefined;
	}
}

/** A file's bytes, for one that is too large to be held as text. */
export function readBytes(path: string): Buffer | undefined {
	try {
		return readFileSync(path);
	} catch {
		return undefined;
	}
}

/** A file that holds one number, or undefined. Some sysfs files answer with an error instead of a value. */
export function readNumber(path: string): number | undefined {
	let text: string;
	try {
		// Node reads utf8 twice as fast as any other encoding.
		text = readFileSync(path, 'utf8').trim();
	} catch {
		return undefined;
	}
	const value = text === '' ? Number.NaN : Number(text);
	return Number.isFinite(value) ? value : undefined;
}

/** A namespace's identity ("net:[4026531840]"), or undefined when it may not be looked at. */
export function namespaceOf(host: Host, pid: number | 'self', kind: string): string | undefined {
	try {
		return readlinkSync(join(host.proc, String(pid), 'ns', kind));
	} catch {
		return undefined;
	}
}
