import { join } from 'node:path';
import { UsageError } from '../catalog/argv.ts';
import { withNames } from '../host/container-names.ts';
import { type Container, listContainers } from '../host/containers.ts';
import { type Host, readText } from '../host/host.ts';
import { printable } from '../host/printable.ts';
import { sampleProcesses } from '../host/processes.ts';
import { hostTarget, type Target } from '../host/target.ts';

export const targetUsage = '[--target host|container:ID|pid:N]';

/** What --target names. A container may be given by the start of its id, or by its name. */
export async function readTarget(host: Host, text = 'host'): Promise<Target> {
	if (text === 'host') return hostTarget(host);
	const [, kind, rest = ''] = /^(pid|container):(.+)$/.exec(text) ?? [];
	if (kind === 'pid') return processTarget(host, rest);
	if (kind === 'container') return containerTarget(chosen(await withNames(host, listContainers(host)), rest));
	throw new UsageError(`--target is host, container:ID or pid:N, not "${printable(text)}".`);
}

function processTarget(host: Host, text: string): Target {
	const pid = Number(text);
	if (!Number.isInteger(pid) || pid < 1)
		throw new UsageError(`pid:N takes the number of a process, not "${printable(text)}".`);
	if (readText(join(host.proc, text, 'stat')) === undefined) throw new UsageError(`There is no process ${pid}.`);
	return { kind: 'process', name: `pid:${pid}`, pid };
}

export function containerTarget(container: Container): Target {
	return {
		kind: 'container',
		name: `container:${container.name ?? container.id.slice(0, 12)}`,
		pid: container.pid,
		container,
	};
}

function chosen(containers: Container[], wanted: string): Container {
	const named = containers.filter(({ id, name }) => name === wanted || id === wanted);
	const matches = named.length ? named : containers.filter(({ id }) => id.startsWith(wanted));
	const [match] = matches;
	if (match && matches.length === 1) return match;
	if (match)
		throw new UsageError(`"${printable(wanted)}" begins the ids of ${matches.length} containers; give more of it.`);
	const names = containers.map(({ id, name }) => name ?? id.slice(0, 12));
	const running = names.length ? `those that run are ${names.slice(0, 8).join(', ')}` : 'none is seen to run here';
	throw new UsageError(`There is no container "${printable(wanted)}"; ${running}.`);
}

export interface TargetChoice {
	target: Target;
	/** What tells it from others: id, name, image; or pid and name. */
	text: string;
}

/** All that can be looked at: the host, its containers, and its processes, those that have used most CPU first. */
export function targetChoices(host: Host, containers: Container[]): TargetChoice[] {
	const processes = [...sampleProcesses(host).processes].sort(([, a], [, b]) => b.cpuTicks - a.cpuTicks);
	return [
		{ target: hostTarget(host), text: 'host' },
		...containers.map((container) => ({ target: containerTarget(container), text: containerText(container) })),
		...processes.map(([pid, { name }]) => ({
			target: { kind: 'process', name: `pid:${pid}`, pid } as const,
			text: `pid:${pid}  ${name}`,
		})),
	];
}

export function containerText({ id, runtime, name, image, pod, processes, own }: Container): string {
	const count = `${processes} ${processes === 1 ? 'process' : 'processes'}`;
	return [`container:${id.slice(0, 12)}`, name, pod, image, runtime, count, own && 'this console']
		.filter(Boolean)
		.join('  ');
}
