import { type ControlFiles, highestGroup, withNested } from '../host/cgroup.ts';
import type { Host } from '../host/host.ts';
import { printable } from '../host/printable.ts';
import { aged, perHost } from './kept.ts';

/** A control group as its name is shown, and its folder. */
export interface Group {
	name: string;
	folder: string;
}

/** Looking through all groups costs more than all else; limits are set when a service or a container starts. */
const secondsBetween = 8;
/** All ask in the same sample, or the one after. */
const walkLasts = 1000;

/** More would cost too much to read each second; the walk goes level by level, so services and containers come first. */
const mostGroups = 200;

/** The groups with a limit of this kind, highest first; undefined when no control group can be seen. */
export function limitedGroups(
	controller: string,
	isLimited: (folder: string, version: ControlFiles['version']) => boolean,
): (host: Host) => readonly Group[] | undefined {
	return aged(secondsBetween, (host) => {
		const top = highestGroup(host, controller);
		if (!top) return undefined;
		return groupsBelow(host, top.folder)
			.filter((folder) => isLimited(folder, top.version))
			.slice(0, mostGroups)
			.map((folder) => ({ folder, name: nameOf(folder.slice(top.folder.length)) }));
	});
}

const lastWalks = perHost(() => new Map<string, { at: number; folders: readonly string[] }>());

/** In version 2 all controllers share a hierarchy, and the walk through it. */
function groupsBelow(host: Host, top: string): readonly string[] {
	const walks = lastWalks(host);
	const last = walks.get(top);
	const at = performance.now();
	if (last && at - last.at < walkLasts) return last.folders;
	const folders = withNested(top);
	walks.set(top, { at, folders });
	return folders;
}

/** Nobody reads all 64 digits of a container's id. */
function nameOf(path: string): string {
	return printable(path.replace(/([0-9a-f]{12})[0-9a-f]{52}/g, '$1')) || '/';
}

export const groupsUnseen = 'the control groups of this host can’t be seen from here';
