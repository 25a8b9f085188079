import { constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host.ts';
import { printable } from './printable.ts';

/** Longer records are cut by the kernel; a smaller buffer would be refused. */
const buffer = Buffer.allocUnsafe(16 * 1024);
/** The largest buffers of a kernel hold about so many; a flood is read on in the next sample. */
const mostBacklog = 100_000;
const mostAtOnce = 2000;

/** The messages of the kernel, each read once: first those that it still has from before, then what is new. */
export class KernelLog {
	private readonly file: number | undefined;
	private most = mostBacklog;

	constructor(host: Host) {
		const root = join(host.proc, '..');
		// A container has no /dev/kmsg unless it is privileged; the host's is the same one.
		this.file = [root, join(host.proc, String(host.pid), 'root')]
			.map((folder) => openQuietly(join(folder, 'dev/kmsg')))
			.find((file) => file !== undefined);
	}

	get isOpen(): boolean {
		return this.file !== undefined;
	}

	/** Never waits for a message. */
	readNew(): string[] {
		const messages: string[] = [];
		while (this.file !== undefined && messages.length < this.most) {
			const read = readQuietly(this.file);
			if (read === 'nothing') break;
			if (read !== 'overwritten') messages.push(...messagesIn(read));
		}
		this.most = mostAtOnce;
		return messages;
	}
}

function openQuietly(path: string): number | undefined {
	try {
		return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	} catch {
		return undefined;
	}
}

/** One record at a time is what the kernel gives. EPIPE: it needed the room before we came to read; the next one is there. */
function readQuietly(file: number): string | 'nothing' | 'overwritten' {
	try {
		const length = readSync(file, buffer, 0, buffer.length, null);
		return length === 0 ? 'nothing' : buffer.toString('latin1', 0, length);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPIPE' ? 'overwritten' : 'nothing';
	}
}

/** "6,339,5140900,-;text", and lines that begin with a blank: which device it is about. */
function messagesIn(record: string): string[] {
	const messages: string[] = [];
	for (const line of record.split('\n')) {
		const textAt = line.indexOf(';') + 1;
		if (textAt === 0 || line.startsWith(' ')) continue;
		messages.push(printable(line.slice(textAt).replace(/\\x([0-9a-f]{2})/g, unescaped)));
	}
	return messages;
}

function unescaped(_: string, digits: string): string {
	return String.fromCharCode(Number.parseInt(digits, 16));
}
