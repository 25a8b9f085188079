import type { KernelFeatures } from '../host/kernel-features.ts';
import { findProgram, isCompiled } from '../host/programs.ts';
import type { Scope } from '../host/target.ts';
import { type ParamValues, paramsOf } from './argv.ts';
import { functionsIn, namesHere } from './kernel-names.ts';
import type { KnownFailures } from './known-failures.ts';
import { hasWord, scriptOf } from './script.ts';
import type { Provider, Tool } from './tool.ts';

/** How a provider is kept to the target: by a filter on its process, control group or tasks, by its network, or not at all. */
export type Narrowing = 'host' | 'pid' | 'cgroup' | 'tasks' | 'network' | 'not';

/** Which provider of a tool serves on this machine, and why the ones before it don't. */
export interface Resolution {
	provider: Provider | undefined;
	/** The program to start, as an absolute path. */
	program: string | undefined;
	narrowing: Narrowing;
	refusals: { via: Provider['via']; reason: string }[];
}

/**
 * The first provider that this kernel can run and that is installed; with values, it must have a place for each.
 * One that can be narrowed to the target goes before one that can't.
 */
export function resolve(
	tool: Tool,
	kernel: KernelFeatures,
	scope: Scope,
	given: ParamValues = {},
	failures?: KnownFailures,
): Resolution {
	kernel.functions(functionsAskedFor([tool]));
	const refusals: Resolution['refusals'] = [];
	let wide: Omit<Resolution, 'refusals'> | undefined;
	for (const provider of tool.providers) {
		const { program, reason } = examine(tool, provider, kernel, scope, given);
		const refusal = reason ?? failures?.reasonAgainst(tool, provider, program);
		if (refusal !== undefined) {
			refusals.push({ via: provider.via, reason: refusal });
			continue;
		}
		const narrowing = narrowingOf(tool, provider, kernel, scope);
		if (narrowing !== 'not') return { provider, program, narrowing, refusals };
		wide ??= { provider, program, narrowing };
	}
	return { provider: undefined, program: undefined, narrowing: 'not', ...wide, refusals };
}

/** Every provider that could serve, whatever is known of it. */
export function candidates(
	tool: Tool,
	kernel: KernelFeatures,
	scope: Scope,
): { provider: Provider; program: string }[] {
	return tool.providers.flatMap((provider) => {
		const { program } = examine(tool, provider, kernel, scope, {});
		return program === undefined ? [] : [{ provider, program }];
	});
}

type Examined = { program: string; reason?: undefined } | { program?: undefined; reason: string };

function examine(tool: Tool, provider: Provider, kernel: KernelFeatures, scope: Scope, given: ParamValues): Examined {
	const program = programOf(provider);
	const reason =
		unmetNeed(tool, provider, kernel) ??
		outOfReach(tool, provider, scope) ??
		unplacedParam(tool, provider, given) ??
		strangeNumber(provider, scope, given);
	if (reason !== undefined) return { reason };
	return program === undefined ? { reason: notInstalled(provider) } : { program };
}

function narrowingOf(tool: Tool, provider: Provider, kernel: KernelFeatures, scope: Scope): Narrowing {
	const { target, cgroup, mountNamespace, ownNetwork } = scope;
	if (target.kind === 'host') return 'host';
	const places = placesOf(tool, provider);
	if (target.kind === 'process' && places.has('pid') && knowsPids(provider, scope)) return 'pid';
	if (cgroup !== undefined && places.has('cgroup')) return 'cgroup';
	if (mountNamespace !== undefined && kernel.btf && places.has('task')) return 'tasks';
	return provider.enters && ownNetwork ? 'network' : 'not';
}

function outOfReach(tool: Tool, provider: Provider, { network, libc, target }: Scope): string | undefined {
	if (provider.enters && network.way === 'closed') return network.reason;
	if (libc || !placesOf(tool, provider).has('libc')) return undefined;
	return `process ${target.pid}, which stands for ${target.name}, shows no C library to probe`;
}

/** Why no provider works here, in one line. */
export function refusalText(resolution: Resolution): string {
	return resolution.refusals.map(({ via, reason }) => `${via}: ${reason}`).join('; ');
}

function notInstalled(provider: Provider): string {
	return `${provider.run?.[0] ?? 'bpftrace'} is not installed (package ${provider.package})`;
}

function unmetNeed(tool: Tool, provider: Provider, kernel: KernelFeatures): string | undefined {
	const { needs, via } = provider;
	const loadsPrograms = via === 'libbpf' || via === 'bpftrace' || via === 'bcc';
	if (loadsPrograms && !kernel.mayTrace) return 'needs root, or CAP_BPF and CAP_PERFMON';
	if ((needs.root || via === 'perf') && !kernel.root && !kernel.mayTrace) return 'needs root';
	if (needs.btf && !kernel.btf) return 'the kernel has no BTF (/sys/kernel/btf/vmlinux)';
	if ((needs.headers || via === 'bcc') && !kernel.headers) return `no headers for kernel ${kernel.release}`;
	if (needs.tracepoints?.length && !kernel.tracefs) return 'tracefs is not mounted on /sys/kernel/tracing';
	const [replaced] = kernel.functions(needs.without ?? []).keys();
	if (replaced) return `it would count nothing: this kernel uses ${replaced} instead of what it probes`;
	return namesHere(tool, provider, kernel).lack;
}

/** Nothing is wrong with a host that has not loaded the module whose work a tool shows: it does none. */
export function isIdleHere(tool: Tool, kernel: KernelFeatures): boolean {
	return tool.providers.every((provider) => {
		const names = namesHere(tool, provider, kernel);
		return names.lack !== undefined && names.idle === true;
	});
}

/** Every kernel function that a catalog asks about, to be looked up in one go. */
export function functionsAskedFor(tools: Tool[]): string[] {
	return tools.flatMap(({ providers }) => providers.flatMap(functionsIn));
}

/** A value that a provider has no place for would be dropped silently. */
function unplacedParam(tool: Tool, provider: Provider, given: ParamValues): string | undefined {
	const chosen = Object.keys(given).filter((name) => given[name] !== tool.params[name]?.default);
	const places = chosen.length ? placesOf(tool, provider) : undefined;
	const unplaced = chosen.find((name) => !places?.has(name));
	return unplaced && `can't take --${unplaced}`;
}

/** It would wait for another process, or for one that there is not. */
function strangeNumber(provider: Provider, scope: Scope, given: ParamValues): string | undefined {
	if (given.pid === undefined || knowsPids(provider, scope)) return undefined;
	return "compares pids with the host's, and this pid namespace has others";
}

/** bpftrace asks the kernel for the numbers of its own namespace, and others than these two ask it for nothing else. */
function knowsPids({ via }: Provider, { ownPids }: Scope): boolean {
	return !ownPids || (via !== 'libbpf' && via !== 'bcc');
}

/** What a provider can be told; a script that asks for the target can be told a process and, as "task", any set of tasks. */
function placesOf(tool: Tool, provider: Provider): Set<string> {
	const script = provider.script === undefined ? '' : scriptOf(tool, provider);
	return new Set([
		...paramsOf(provider),
		...(hasWord(script, 'TARGET') ? ['pid', 'task'] : []),
		...(hasWord(script, 'LIBC') ? ['libc'] : []),
	]);
}

/**
 * Distributions tell the families apart by suffix, or not at all: Debian 13 has
 * runqlat-libbpf, Debian 12 the same program as runqlat, others BCC's script under that name.
 */
function programOf(provider: Provider): string | undefined {
	const name = provider.script ? 'bpftrace' : (provider.run?.[0] ?? '');
	if (provider.via !== 'libbpf' && provider.via !== 'bcc') return findProgram(name);
	const exact = findProgram(name);
	if (exact) return exact;
	const plain = findProgram(name.replace(/-(libbpf|bpfcc)$/, ''), ['/usr/share/bcc/tools']);
	return plain && isCompiled(plain) === (provider.via === 'libbpf') ? plain : undefined;
}
