import type { KernelFeatures } from '../host/kernel-features.ts';
import type { Scope } from '../host/target.ts';
import { fill, type ParamValues } from './argv.ts';
import { scriptHere } from './kernel-names.ts';
import type { Narrowing } from './resolve.ts';
import { renderScript, taskCondition } from './script.ts';
import { withSymbols } from './symbols.ts';
import type { Provider, Tool } from './tool.ts';

/** What a run starts, and what the started program reads from its standard input. */
export interface Launch {
	argv: string[];
	input: string | undefined;
}

/** bpftrace reads a script of ours from its input, since the script is filled in for this kernel and this target. */
export function launchOf(
	tool: Tool,
	provider: Provider,
	program: string,
	values: ParamValues,
	narrowing: Narrowing,
	scope: Scope,
	kernel: KernelFeatures,
): Launch {
	const filled = { ...targetValues(narrowing, scope), ...values };
	const own = provider.script
		? ['-f', 'json', '-', ...fill(provider.args ?? [], filled)]
		: fill(provider.run ?? [], filled).slice(1);
	const argv = [...entrance(provider, scope), ...surroundings(provider, scope), program, ...own];
	if (!provider.script) return { argv, input: undefined };
	const mountNamespace = narrowing === 'tasks' ? scope.mountNamespace : undefined;
	const pid = filled.pid === undefined ? undefined : Number(filled.pid);
	const words = { TARGET: taskCondition(pid, mountNamespace), LIBC: scope.libc ?? '' };
	const script = withSymbols(scriptHere(tool, provider, kernel), kernel);
	return { argv, input: renderScript(script, words) };
}

function targetValues(narrowing: Narrowing, { target, cgroup, libc }: Scope): ParamValues {
	const values: ParamValues = libc ? { libc } : {};
	if (narrowing === 'pid') values.pid = target.pid;
	if (narrowing === 'cgroup' && cgroup) values.cgroup = cgroup;
	return values;
}

/** The program stays our own; only the network that it sees is the target's. */
function entrance({ enters }: Provider, { target, network }: Scope): string[] {
	return enters && network.way === 'enter' ? ['nsenter', '-t', String(target.pid), '-n', '--'] : [];
}

/** Servers on the host, as Open vSwitch's, listen on sockets among the host's files. */
function surroundings({ environment = {} }: Provider, { hostFiles }: Scope): string[] {
	const variables = Object.entries(environment).map(
		([name, value]) => `${name}=${value.replace(/\bHOST\b/, () => hostFiles)}`,
	);
	return variables.length > 0 ? ['env', ...variables] : [];
}
