import { join } from 'node:path';
import { type Host, readText } from './host.ts';
import { whoseNamespace } from './identity.ts';
import type { Target } from './target.ts';

/** The C library that the target's programs use, as a path that can be opened from here; a probe on it sees them. */
export function cLibraryOf(host: Host, target: Target): string | undefined {
	const theirs = mappedLibrary(host, target.pid);
	if (theirs) return join(host.proc, String(target.pid), 'root', theirs);
	// Where the process that stands for the host is closed to us, a console on the host itself uses the same one.
	const same = target.kind === 'host' && whoseNamespace(host, 'mnt') === 'host';
	return same ? mappedLibrary(host, 'self') : undefined;
}

export function mappedLibrary(host: Host, pid: number | 'self'): string | undefined {
	const maps = readText(join(host.proc, String(pid), 'maps')) ?? '';
	// The path is a part of a script then: no character that means something there.
	return /\/[\w./+-]*\/(libc\.so\.6|libc-[\d.]+\.so|ld-musl-\S+)$/m.exec(maps)?.[0];
}
