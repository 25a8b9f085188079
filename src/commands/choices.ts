import { join } from 'node:path';
import type { ParamType } from '../catalog/tool.ts';
import { withNames } from '../host/container-names.ts';
import { listContainers } from '../host/containers.ts';
import { listFolder } from '../host/folder.ts';
import { type Host, namespaceOf, readNumber, readText } from '../host/host.ts';
import { printable } from '../host/printable.ts';
import { sampleProcesses, scaled } from '../host/processes.ts';
import type { Scope, Target } from '../host/target.ts';
import { type containerTarget, containerText } from './target.ts';

/** One value that a parameter can have. */
export interface Choice {
	value: string;
	/** The value, and what tells it from others. */
	text: string;
}

/** What there is to choose from for a parameter of this type, seen from the target; undefined for types that are typed in. */
export function choicesFor(
	host: Host,
	{ target, network }: Scope,
	type: ParamType,
	named: (choices: Choice[]) => void,
): Choice[] | undefined {
	switch (type) {
		case 'pid':
			return processChoices(host, target);
		case 'interface':
			return interfaceChoices(host, network.way === 'here' ? 'self' : target.pid);
		case 'device':
			return deviceChoices(host);
		case 'container': {
			const containers = listContainers(host);
			void withNames(host, containers).then((known) => named(known.map(containerChoice)));
			return containers.map(containerChoice);
		}
		default:
			return undefined;
	}
}

function containerChoice(container: Parameters<typeof containerTarget>[0]): Choice {
	return { value: container.id, text: containerText(container) };
}

/** Those that have used most CPU first. A container's are those that see its files, a process's those in its pid namespace. */
function processChoices(host: Host, target: Target): Choice[] {
	const kind = target.kind === 'container' ? 'mnt' : 'pid';
	const wanted = target.kind === 'host' ? undefined : namespaceOf(host, target.pid, kind);
	return [...sampleProcesses(host).processes]
		.filter(([pid]) => wanted === undefined || namespaceOf(host, pid, kind) === wanted)
		.sort(([, a], [, b]) => b.cpuTicks - a.cpuTicks)
		.map(([pid, { name }]) => ({ value: String(pid), text: `${String(pid).padStart(7)}  ${name}` }));
}

/** In the order in which the kernel made them. */
function interfaceChoices(host: Host, pid: number | 'self'): Choice[] {
	const lines = (readText(join(host.proc, String(pid), 'net/dev')) ?? '').split('\n').slice(2);
	return lines.flatMap((line) => {
		const [, name, counters = ''] = /^\s*([^:]+):(.*)$/.exec(line) ?? [];
		if (name === undefined) return [];
		const numbers = counters.trim().split(/\s+/).map(Number);
		const traffic = `${scaled(numbers[0] ?? 0, 'B')} in, ${scaled(numbers[8] ?? 0, 'B')} out`;
		return [{ value: name, text: printable(`${name.padEnd(12)}  ${traffic}`) }];
	});
}

const sectorBytes = 512;

/** Disks that have a size, each before its partitions. */
function deviceChoices(host: Host): Choice[] {
	const root = join(host.sys, 'block');
	return listFolder(root)
		.sort()
		.flatMap((disk) => {
			const model = readText(join(root, disk, 'device/model'))?.trim() ?? '';
			const parts = listFolder(join(root, disk)).filter((name) => name.startsWith(disk));
			return [
				deviceChoice(disk, join(root, disk), model),
				...parts.sort().map((part) => deviceChoice(part, join(root, disk, part), `part of ${disk}`)),
			].flat();
		});
}

function deviceChoice(name: string, folder: string, about: string): Choice[] {
	const bytes = (readNumber(join(folder, 'size')) ?? 0) * sectorBytes;
	// The kernel keeps loop and RAM disks ready that nobody has given anything to hold.
	if (bytes === 0) return [];
	return [{ value: name, text: printable(`${name.padEnd(12)}  ${scaled(bytes, 'B').padEnd(7)}  ${about}`).trimEnd() }];
}
