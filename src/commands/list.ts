import { installedCatalog } from '../catalog/installed-catalog.ts';
import { KnownFailures } from '../catalog/known-failures.ts';
import { functionsAskedFor, refusalText, resolve } from '../catalog/resolve.ts';
import type { Column } from '../catalog/tool.ts';
import { kernelFeatures } from '../host/kernel-features.ts';
import { scopeOf } from '../host/target.ts';
import { rowOf } from '../output/reader.ts';
import { type Command, exitCodes, noWords, readArguments } from './arguments.ts';
import { alignedLines } from './print-rows.ts';
import { readTarget, targetUsage } from './target.ts';
import { thisHost } from './this-host.ts';

export const listCommand: Command = {
	summary: 'the catalog: every tool, and the provider that works here',
	usage: `bpftools list [--json] ${targetUsage}`,
	help: `Names every tool with the provider that serves on this kernel, or why none does;
with --target, the provider that can be narrowed to it goes first.
Your own tools are read from $XDG_CONFIG_HOME/bpftools/tools (~/.config unless set).`,
	async run(args) {
		const { values, positionals } = readArguments(args, { json: { type: 'boolean' }, target: { type: 'string' } });
		noWords(positionals);
		const { tools, bad } = await installedCatalog();
		const host = thisHost();
		const kernel = kernelFeatures(host);
		const scope = scopeOf(host, await readTarget(host, values.target));
		const failures = new KnownFailures(host, kernel);
		kernel.functions(functionsAskedFor(tools));
		const entries = tools
			.toSorted((a, b) => a.resource.localeCompare(b.resource) || a.name.localeCompare(b.name))
			.map((tool) => {
				const resolution = resolve(tool, kernel, scope, {}, failures);
				return {
					name: tool.name,
					aliases: tool.aliases,
					resource: tool.resource,
					answers: tool.answers,
					class: tool.output.class,
					title: tool.title,
					question: tool.question,
					provider: resolution.provider?.via ?? null,
					program: resolution.program ?? null,
					narrowing: resolution.provider ? resolution.narrowing : null,
					reason: resolution.provider ? null : refusalText(resolution),
					refusals: resolution.refusals,
				};
			});
		for (const { file, line, reason } of bad) process.stderr.write(`${file}:${line}: ${reason}\n`);
		if (values.json) process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
		else {
			const rows = entries.map(({ name, resource, provider, reason, question }) =>
				rowOf([name, resource, provider, reason ?? question]),
			);
			process.stdout.write(`${alignedLines(columns, rows).join('\n')}\n`);
		}
		return exitCodes.ok;
	},
};

const columns: Column[] = [
	{ name: 'tool', type: 'text' },
	{ name: 'resource', type: 'text' },
	{ name: 'provider', type: 'text' },
	{ name: 'answers', type: 'text' },
];
