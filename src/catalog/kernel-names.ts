import type { KernelFeatures } from '../host/kernel-features.ts';
import type { KernelFunction } from '../host/kernel-functions.ts';
import { probesOf, withNames } from './probes.ts';
import { scriptOf } from './script.ts';
import type { Provider, Tool } from './tool.ts';

/** Under which names this kernel has what a provider probes, by what stands in its needs; or what can't be probed. */
export type NamesHere = { names: Map<string, string[]>; lack?: undefined } | ({ names?: undefined } & Lack);

/** Idle: what lacks comes with a module that this kernel has not loaded, or does not have. */
interface Lack {
	lack: string;
	idle?: boolean;
}

type Found = { names: string[] } | Lack;

/** "a|b" is the first of these that can be probed. */
export function namesHere(tool: Tool, provider: Provider, kernel: KernelFeatures): NamesHere {
	const { tracepoints = [], kprobes = [], optional = [] } = provider.needs;
	const functions = kernel.functions(functionsIn(provider));
	const needsArguments = argumentReaders(tool, provider);
	const find = (entry: string): Found => {
		const hindrances: string[] = [];
		for (const name of alternatives(entry)) {
			if (isTracepoint(name) && kernel.hasTracepoint(name)) return { names: [name] };
			const found = functions.get(name);
			const hindrance = found && hindranceOf(name, found, provider, needsArguments.has(entry));
			if (found && !hindrance) return { names: found.names };
			if (hindrance) hindrances.push(hindrance);
		}
		return hindrances[0] === undefined ? lackOf(entry, kernel, provider) : { lack: hindrances[0] };
	};
	const names = new Map<string, string[]>();
	for (const entry of [...tracepoints, ...kprobes, ...optional]) {
		const found = find(entry);
		if ('names' in found) names.set(entry, found.names);
		else if (optional.includes(entry)) names.set(entry, []);
		else return found;
	}
	return { names };
}

/** A script of ours, with the probes that this kernel has. */
export function scriptHere(tool: Tool, provider: Provider, kernel: KernelFeatures): string {
	return withNames(scriptOf(tool, provider), namesHere(tool, provider, kernel).names ?? new Map());
}

/** Every kernel function that a provider asks about. */
export function functionsIn({
	needs: { tracepoints = [], kprobes = [], optional = [], without = [] },
}: Provider): string[] {
	const names = [...tracepoints, ...kprobes, ...optional, ...without].flatMap(alternatives);
	return names.filter((name) => !isTracepoint(name));
}

const isTracepoint = (name: string) => name.includes('/');
const alternatives = (entry: string) => entry.split('|');

function lackOf(entry: string, kernel: KernelFeatures, { needs: { module } }: Provider): Lack {
	const names = alternatives(entry);
	const tracepoints = names.filter(isTracepoint).length;
	if (tracepoints < names.length && !kernel.kprobes)
		return { lack: 'the kernel has no kprobes (CONFIG_KPROBE_EVENTS)' };
	const what = tracepoints === names.length ? 'tracepoint' : tracepoints > 0 ? 'tracepoint or function' : 'function';
	const lack = `the kernel has no ${what} ${names.join(' or ')}`;
	return module === undefined ? { lack } : { lack: `${lack}, which comes with the module ${module}`, idle: true };
}

/** The functions whose arguments a script reads by their place. */
function argumentReaders(tool: Tool, provider: Provider): Set<string> {
	const probes = provider.script && provider.needs.kprobes ? probesOf(scriptOf(tool, provider)) : [];
	return new Set(probes.filter(({ readsArguments }) => readsArguments).map(({ entry }) => entry));
}

/** What a compiler calls a function whose arguments it has changed; one that it only moved ends in .llvm. */
const changedArguments = /\.(isra|constprop)\./;

function hindranceOf(
	name: string,
	{ names, hindrance }: KernelFunction,
	{ script }: Provider,
	readsArguments: boolean,
): string | undefined {
	if (hindrance === 'untraceable') return `the kernel does not let ${name} be traced`;
	if (hindrance === 'ambiguous') return `the kernel has several functions named ${name}, and takes no probe on them`;
	const other = names.find((found) => found !== name);
	if (other === undefined) return undefined;
	// A compiled program looks for the name in the source.
	if (!script) return `the kernel has no function ${name}, only ${other}`;
	if (!readsArguments || !changedArguments.test(other)) return undefined;
	return `the compiler changed the arguments of ${name} (it is ${other} here), and the script reads them`;
}
