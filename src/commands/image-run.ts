import { existsSync, mkdirSync } from 'node:fs';
import { release } from 'node:os';
import { UsageError } from '../catalog/argv.ts';
import { printable } from '../host/printable.ts';
import { shellLine } from '../host/shell-line.ts';
import { sessionsFolder } from '../session/recorder.ts';
import { type Command, exitCodes, readArguments } from './arguments.ts';
import { findEngine, handTerminalTo } from './image-engine.ts';
import { findHeaders } from './image-headers.ts';

export const imageRunCommand: Command = {
	summary: 'runs an image with the rights, mounts and flags that it needs',
	usage: 'bpftools image run [--engine NAME] [--print] IMAGE host|container:ID [COMMAND…]',
	help: `Runs COMMAND (tui unless given) in a container of IMAGE, about the host or about one
of its containers; ID is a container's id or name.

  --engine NAME  docker, podman or nerdctl; the first that is installed unless given
  --print        prints the command line, ready to be pasted into a shell, and runs nothing

Sessions are kept in ${sessionsFolder()}.
docs/container.md tells what each flag is for. Exit code: the command's.`,
	async run(args) {
		// From the image on, words are about what runs in it, its own options among them.
		const first = args.findIndex((word, index) => !word.startsWith('-') && args[index - 1] !== '--engine');
		const own = first < 0 ? args : args.slice(0, first);
		const { values } = readArguments(own, { engine: { type: 'string' }, print: { type: 'boolean' } });
		const [image, target, ...command] = first < 0 ? [] : args.slice(first);
		if (image === undefined || target === undefined) {
			throw new UsageError('It takes an image and a target, for example "bpftools image run bpftools host".');
		}
		const engine = findEngine(values.engine);
		const words = runArguments({ image, target: readTarget(target), command, ...surroundings() });
		if (values.print) {
			process.stdout.write(`${shellLine([engine.name, ...words])}\n`);
			return exitCodes.ok;
		}
		makeSessionsFolder();
		return handTerminalTo(engine.program, words);
	},
};

/** An engine would make it as root's, or refuse to start. */
function makeSessionsFolder(): void {
	try {
		mkdirSync(sessionsFolder(), { recursive: true });
	} catch (error) {
		throw new UsageError(`${sessionsFolder()} can't be made (${(error as NodeJS.ErrnoException).code}).`);
	}
}

export interface Surroundings {
	/** Both ends of the command are on a terminal. */
	terminal: boolean;
	/** Something may be piped into it. */
	input: boolean;
	/** Folders and sockets of this machine, and where they are in the container. */
	mounts: { from: string; to: string; readOnly: boolean }[];
}

export interface Wish extends Surroundings {
	image: string;
	target: 'host' | `container:${string}`;
	command: string[];
}

/** Commands of bpftools that narrow themselves to a target. */
const narrowing = ['tui', 'check', 'list', 'run'];

/** The words after the engine's name. */
export function runArguments({ image, target, command, terminal, input, mounts }: Wish): string[] {
	const [name = 'tui'] = command;
	// Other programs know nothing of targets: they are put into the container's namespaces.
	const inside = target !== 'host' && !narrowing.includes(name);
	const namespace = inside ? target : 'host';
	const narrowed = target !== 'host' && !inside ? ['--target', target] : [];
	return [
		'run',
		'--rm',
		...(terminal ? ['--interactive', '--tty', '--env', 'TERM', '--env', 'COLORTERM'] : input ? ['--interactive'] : []),
		'--privileged',
		`--pid=${namespace}`,
		`--network=${namespace}`,
		...mounts.flatMap(({ from, to, readOnly }) => ['--volume', `${from}:${to}${readOnly ? ':ro' : ''}`]),
		image,
		...(command.length || narrowed.length ? [name, ...command.slice(1), ...narrowed] : []),
	];
}

function readTarget(text: string): Wish['target'] {
	if (text === 'host' || /^container:[\w][\w.-]*$/.test(text)) return text as Wish['target'];
	throw new UsageError(`The target is host or container:ID, not "${printable(text)}".`);
}

/** By which the names of containers are found out. */
const sockets = ['/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock'];

function surroundings(): Surroundings {
	// Mounted where there are none, these folders would hide the headers that an image was built with.
	const headers = findHeaders('/', release()) ? ['/lib/modules', '/usr/src'] : [];
	const shown = [...headers, ...sockets].filter((path) => existsSync(path));
	return {
		terminal: Boolean(process.stdin.isTTY && process.stdout.isTTY),
		input: !process.stdin.isTTY,
		mounts: [
			{ from: sessionsFolder(), to: '/var/lib/bpftools/sessions', readOnly: false },
			...shown.map((path) => ({ from: path, to: path, readOnly: true })),
		],
	};
}
