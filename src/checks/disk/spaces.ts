import { type StatsFs, statfs } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { whoseNamespace } from '../../host/identity.ts';
import { polled } from '../kept.ts';
import { type FileSystem, readFileSystems } from './mounts.ts';
import { type Point, remember, secondsLeft } from './trend.ts';

/** Of bytes, or of files. */
export interface Share {
	used: number;
	/** What programs of ordinary users can still have. */
	left: number;
	/** Until it is full, if it goes on as it does. */
	secondsLeft: number | undefined;
	past: readonly Point[];
}

export interface Space {
	fileSystem: FileSystem;
	bytes: Share;
	/** Undefined for those that make room for as many files as are wanted. */
	files: Share | undefined;
}

export interface Spaces {
	measured: Map<string, Space>;
	/** By mount point: why it could not be asked. */
	failed: Map<string, string>;
}

const secondsBetween = 5;

/** The sizes of all local file systems that can be written to. */
export const readSpaces = polled<Spaces>(secondsBetween, async (host, earlier) => {
	const spaces: Spaces = { measured: new Map(), failed: new Map() };
	const root = hostsRoot(host);
	for (const fileSystem of readFileSystems(host) ?? []) {
		if (fileSystem.readOnly) continue;
		const { point, behindNetwork } = fileSystem;
		if (behindNetwork) {
			spaces.failed.set(point, 'it is mounted on a network file system, which may never answer');
			continue;
		}
		const answer = await sizeOf(join(root, point));
		if (typeof answer === 'string') spaces.failed.set(point, answer);
		else if (answer.blocks > 0) spaces.measured.set(point, spaceOf(fileSystem, answer, earlier?.measured.get(point)));
	}
	return spaces;
});

/** Its own root where that is the host's: another process' root takes rights that not everybody has. */
function hostsRoot(host: Host): string {
	if (host.proc === '/proc' && whoseNamespace(host, 'mnt') === 'host') return '/';
	return join(host.proc, String(host.pid), 'root');
}

function spaceOf(fileSystem: FileSystem, size: StatsFs, earlier: Space | undefined): Space {
	const at = performance.now() / 1000;
	const { bsize, blocks, bfree, bavail, files, ffree } = size;
	return {
		fileSystem,
		bytes: shareOf({ at, left: bavail * bsize }, (blocks - bfree) * bsize, earlier?.bytes),
		files: files > 0 ? shareOf({ at, left: ffree }, files - ffree, earlier?.files) : undefined,
	};
}

function shareOf(now: Point, used: number, earlier: Share | undefined): Share {
	const past = earlier?.past ?? [];
	return { used, left: now.left, secondsLeft: secondsLeft(past, now), past: remember(past, now) };
}

const patience = 2000;
/** Each call that hangs holds one of the four threads that Node has for such calls. */
const mostHanging = 2;
const hanging = new Set<string>();

/** What the file system there says, or why it could not be asked. Who doesn't answer is asked no more. */
export function sizeOf(path: string, ask: typeof statfs = statfs): Promise<StatsFs | string> {
	if (hanging.has(path)) return Promise.resolve('it does not answer');
	if (hanging.size >= mostHanging) return Promise.resolve('it is not asked, as others do not answer');
	return new Promise((resolve) => {
		const late = setTimeout(() => {
			hanging.add(path);
			if (hanging.size === 1) process.once('exit', endDespiteHangingCalls);
			resolve('it does not answer');
		}, patience);
		late.unref();
		ask(path, (error, size) => {
			clearTimeout(late);
			hanging.delete(path);
			resolve(error ? `it can’t be reached (${error.code ?? error.message})` : size);
		});
	});
}

/** Node waits for its threads before it ends, and one of them is in a call that may never return. */
function endDespiteHangingCalls(): void {
	if (hanging.size > 0) process.kill(process.pid, 'SIGKILL');
}
