import { type Cgroup, type ControlFiles, withAbove } from '../../host/cgroup.ts';
import { cgroupOfContainer } from '../../host/containers.ts';
import type { Host } from '../../host/host.ts';
import type { ContainerTarget } from '../check.ts';

/** Where the counters of a container are. Fails with the reason when there are none. */
export function groupOf(host: Host, { name, container }: ContainerTarget): Cgroup {
	const group = cgroupOfContainer(host, container);
	if (!group) throw new Error(ended(name));
	return group;
}

export function ended(name: string): string {
	return `${name} has no process any more: it has ended`;
}

export function filesOf(group: Cgroup, controller: string): ControlFiles {
	const files = group.files(controller);
	if (!files) throw new Error(`the ${controller} control group of this container can't be opened from here`);
	return files;
}

/** A limit holds for all that is below it, so the lowest of its own and those above is the one that counts. */
export function tightest(files: ControlFiles, read: (folder: string) => number | undefined): number | undefined {
	const limits = withAbove(files).flatMap((folder) => read(folder) ?? []);
	return limits.length ? Math.min(...limits) : undefined;
}

/** One line of a file of "name value" lines. */
export function lineOf(text: string | undefined, name: string): number | undefined {
	const value = new RegExp(`^${name} (\\d+)`, 'm').exec(text ?? '')?.[1];
	return value === undefined ? undefined : Number(value);
}
