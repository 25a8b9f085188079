import { type ControlFiles, highestGroup, withNested } from '../host/cgroup.ts';
import type { Host } from '../host/host.ts';
import { printable } from '../host/printable.ts';
import { aged } from './kept.ts';

/** A control group as its name is shown, and its folder. */
export interface Group {
	name: string;
	folder: string;
}

/** Looking through all groups costs more than all else; limits are set when a service or a container starts. */
const secondsBetween = 10;

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
		return withNested(top.folder)
			.filter((folder) => isLimited(folder, top.version))
			.slice(0, mostGroups)
			.map((folder) => ({ folder, name: nameOf(folder.slice(top.folder.length)) }));
	});
}

/** Nobody reads all 64 digits of a container's id. */
function nameOf(path: string): string {
	return printable(path.replace(/([0-9a-f]{12})[0-9a-f]{52}/g, '$1')) || '/';
}

export const groupsUnseen = 'the control groups of this host can’t be seen from here';
