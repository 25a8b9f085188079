import { execFileSync, spawnSync } from 'node:child_process';
import { type Host, openHost } from '../../../src/host/host.ts';
import { whenFinished } from '../../support/when-finished.ts';
import { madeName } from './made-name.ts';
import { type Running, start } from './processes.ts';

/** A network of its own, gone after the test. */
export interface NetworkNamespace {
	name: string;
	/** As if it were a host's own: seen through a process that lives in it. */
	host: Host;
	/** Runs a command in it; must succeed. */
	run: (...argv: string[]) => void;
	/** Starts a program of Node in it, and waits until it says that it is ready. */
	start: (script: string, env?: Record<string, string>) => Promise<Running>;
}

export async function makeNetworkNamespace(): Promise<NetworkNamespace> {
	const name = madeName();
	whenFinished(() => {
		spawnSync('ip', ['netns', 'del', name]);
	});
	execFileSync('ip', ['netns', 'add', name]);
	const within = (argv: readonly string[]) => ['ip', 'netns', 'exec', name, ...argv];
	const run = (...argv: string[]) => {
		const [program = '', ...args] = within(argv);
		execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
	};
	run('ip', 'link', 'set', 'lo', 'up');
	const startNode = (script: string, env: Record<string, string> = {}) =>
		start(within([process.execPath, '-e', `${block}${script}`]), { ready: true, env });
	const { pid } = await startNode(idle);
	return { name, host: openHost({ pid }), run, start: startNode };
}

/** A pair of interfaces, 10.77.0.1 on near's end and 10.77.0.2 on far's. */
export function cable(near: NetworkNamespace, far: NetworkNamespace): void {
	const ends = ['name', 'bt-near', 'netns', near.name, 'type', 'veth', 'peer', 'name', 'bt-far', 'netns', far.name];
	execFileSync('ip', ['link', 'add', ...ends]);
	near.run('ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'bt-near');
	far.run('ip', 'addr', 'add', '10.77.0.2/24', 'dev', 'bt-far');
	near.run('ip', 'link', 'set', 'bt-near', 'up');
	far.run('ip', 'link', 'set', 'bt-far', 'up');
}

/** Why none can be made here, or no such thing in it. */
export function noNamespace(...commands: string[]): string | undefined {
	const name = `${madeName()}-probe`;
	if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'no network namespace can be made here';
	const works = (command: string) =>
		spawnSync('ip', ['netns', 'exec', name, ...command.split(' ')], { stdio: 'ignore' }).status === 0;
	const failing = commands.find((command) => !works(command));
	spawnSync('ip', ['netns', 'del', name]);
	return failing === undefined ? undefined : `this kernel refuses “${failing}”`;
}

/** For programs that never read what they are sent: they stand still from then on. */
const block = 'const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
const idle = 'setInterval(() => {}, 1e9); console.log("ready")';
