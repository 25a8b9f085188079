#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { UsageError } from './catalog/argv.ts';
import { type Command, exitCodes, nearest } from './commands/arguments.ts';

/** Each command is loaded when it is asked for: most of them need no screen, and none needs the others. */
const commands: Record<string, () => Promise<Command>> = {
	tui: async () => (await import('./tui/tui-command.ts')).tuiCommand,
	check: async () => (await import('./commands/check.ts')).checkCommand,
	list: async () => (await import('./commands/list.ts')).listCommand,
	run: async () => (await import('./commands/run.ts')).runCommand,
	read: async () => (await import('./commands/read.ts')).readCommand,
	playbook: async () => (await import('./commands/playbook.ts')).playbookCommand,
	doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
	session: async () => {
		const { replayCommand } = await import('./tui/replay/replay-command.ts');
		return (await import('./commands/session.ts')).sessionCommand(replayCommand);
	},
	image: async () => (await import('./commands/image.ts')).imageCommand,
};

async function main([name, ...args]: string[]): Promise<number> {
	if (name === undefined && process.stdin.isTTY && process.stdout.isTTY) return main(['tui']);
	if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
		process.stdout.write(await help());
		return exitCodes.ok;
	}
	const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (!load) {
		const near = nearest(name, Object.keys(commands));
		throw new UsageError(`There is no command "${name}"; ${near ? `did you mean ${near}?` : 'see bpftools --help.'}`);
	}
	const command = await load();
	// "run TOOL --help" is about the tool.
	if (args[0] === '--help' || args[0] === '-h') {
		process.stdout.write(`Usage: ${command.usage}\n\n${command.help}\n`);
		return exitCodes.ok;
	}
	return command.run(args);
}

async function help(): Promise<string> {
	const lines = await Promise.all(
		Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(8)} ${(await load()).summary}`),
	);
	return `bpftools finds the resource that is the bottleneck on a Linux host, and who causes it.

Usage: bpftools [COMMAND] [--help]

${lines.join('\n')}

Without a command it opens the console (tui) when it runs on a terminal.
`;
}

/** Under an older Node than the screen and the tools' launcher need, the one that npm installed beside us takes over. */
async function handOver(args: string[]): Promise<number> {
	const node = join(import.meta.dirname, '../node_modules/node/bin/node');
	if (!existsSync(node)) throw new UsageError(`It needs Node ${leastNode} or newer; this is ${process.version}.`);
	const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', node, import.meta.filename, ...args], {
		stdio: 'inherit',
	});
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (code) => resolve(code ?? exitCodes.bad));
	});
}

const leastNode = 22;

// What shows up in process lists, this console's own among them.
process.title = 'bpftools';

// Left alone, V8 lets the space for new objects grow to 32 MB before it looks for garbage in it.
setFlagsFromString('--semi-space-growth-factor=1');

// A command that has something to end hears of it itself.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
	// Whoever reads its output has had enough (| head).
	if (error.code === 'EPIPE' || process.stdout.listenerCount('error') > 1) return;
	process.stderr.write(`bpftools: What it prints can't be written: ${error.message}.\n`);
	process.exit(exitCodes.usage);
});

try {
	const old = Number.parseInt(process.versions.node, 10) < leastNode;
	process.exitCode = await (old ? handOver : main)(process.argv.slice(2));
} catch (error) {
	if (!(error instanceof UsageError)) throw error;
	process.stderr.write(`bpftools: ${error.message}\n`);
	process.exitCode = exitCodes.usage;
}
