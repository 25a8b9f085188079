import { toolsOfCell } from '../../src/catalog/cells.ts';
import type { Playbook, Step } from '../../src/catalog/playbook.ts';
import type { Tool } from '../../src/catalog/tool.ts';
import {
	type Check,
	type Kind,
	kinds,
	type ResourceChecks,
	type ResourceName,
	resources,
} from '../../src/checks/check.ts';
import type { checklists } from '../../src/checks/checklist.ts';
import { choices } from '../../src/checks/choices.ts';
import { ruleOf } from '../../src/checks/thresholds.ts';
import { columnsOf } from '../../src/output/reader-for.ts';
import { bindings, keyLabel } from '../../src/tui/keys.ts';
import type { Fault } from '../faults/fault.ts';
import type { Result } from '../faults/results.ts';

const generated = '<!-- Made by `npm run generate`; edit what it is made from instead. -->';

export function keysPage(): string {
	const rows = bindings.map(({ keys, help, ...rest }) => [
		keys.map((key) => `\`${keyLabel(key)}\``).join(' '),
		'places' in rest ? rest.places.join(', ') : 'everywhere',
		help,
	]);
	return page('Keys', table(['keys', 'where', 'what it does'], rows));
}

export function toolsPage(tools: Tool[]): string {
	const rows = sorted(tools).map(({ name, resource, output, question, providers }) => [
		`[${name}](${name}.md)`,
		resource,
		output.class,
		providers.map(({ via }) => via).join(', '),
		question,
	]);
	const cells = Object.entries(toolsOfCell).map(([resource, { errors, utilization, saturation }]) => [
		resource,
		...[errors, utilization, saturation].map((names) => names.map((name) => `[${name}](${name}.md)`).join(', ')),
	]);
	return page(
		'Tools',
		[
			`${tools.length} tools answer the questions of the checklist. A page each tells what is normal, what is not and what the tool costs the host.`,
			'## Where to begin',
			'Cheapest and most telling first; the console offers them in this order, those that run on the host before the others.',
			table(['resource', 'errors', 'utilization', 'saturation'], cells),
			'## All of them',
			table(['tool', 'resource', 'output', 'providers', 'question'], rows),
		].join('\n\n'),
	);
}

export function toolPage(tool: Tool): string {
	const params = Object.entries(tool.params).map(([name, { type, help, default: usual }]) => [
		`\`--${name}\``,
		type,
		usual === undefined ? '' : String(usual),
		help,
	]);
	const columns = columnsOf(tool).map(({ name, type, help }) => [name, type, help ?? '']);
	const providers = tool.providers.map(({ via, run, script, args = [], package: name, needs }) => [
		via,
		`\`${(run ?? ['bpftrace', script ?? '', ...args]).join(' ').replaceAll('|', '\\|')}\``,
		name,
		needsText(needs).replaceAll('|', ' or '),
	]);
	return page(
		`${tool.name}: ${tool.title}`,
		[
			`**${tool.question}**`,
			`Resource: ${[tool.resource, ...tool.also].join(', ')}. Answers: ${tool.answers.join(', ')}. Output: ${tool.output.class}.`,
			`**How to read it.** ${tool.reading}`,
			`**What it costs.** ${tool.overhead}`,
			...(params.length ? ['## Parameters', table(['parameter', 'type', 'unless given', 'meaning'], params)] : []),
			...(tool.output.class === 'terminal'
				? ['It takes the whole terminal; the console lends it its own, and comes back when it ends.']
				: ['## Columns', table(['column', 'type', 'meaning'], columns)]),
			'## Providers',
			'The first one that this kernel can run and that is installed is used.',
			table(['via', 'command', 'Debian package', 'needs'], providers),
			...(tool.next.length
				? ['## Next', tool.next.map(({ tool, why }) => `- [${tool}](${tool}.md): ${why}`).join('\n')]
				: []),
		].join('\n\n'),
	);
}

export function playbooksPage(playbooks: Playbook[]): string {
	const sections = playbooks.map(({ name, title, about, steps }) =>
		[
			`## ${name}: ${title}`,
			about,
			table(
				['step', 'at most', 'what to look for', 'worth a look when'],
				steps.map((step) => [stepName(step), `${step.seconds} s`, step.look, limitsText(step)]),
			),
		].join('\n\n'),
	);
	return page(
		'Playbooks',
		[
			'`bpftools playbook NAME` runs a list of checks and tools and says in one sentence what each result means; with `--record` it writes a session of it all, to be handed over. `bpftools playbook` lists those that there are.',
			playbookRules,
			...sections,
		].join('\n\n'),
	);
}

const playbookRules = `## What runs beside what

Steps start in their order; one that would disturb what runs lets those after it go ahead.

| a tool | goes beside |
| --- | --- |
| of classic commands, which read counters that the kernel keeps anyway | others of its kind, four to a CPU. It waits for tracers, whose work it would count |
| that traces (libbpf, bpftrace, BCC, and perf on tracepoints) | other tracers, one to two CPUs, but never one whose probes lie on the same path of the kernel: the same subsystem of tracepoints, system call or function |
| that samples what CPUs do (profile) | nothing |

This is derived from the provider that serves here and from its needs (\`src/playbook/footprint.ts\`). Checks read what a
console reads each second anyway, so they go beside everything.

## What a result is called

- \`ok\`: nothing stands out. \`look\`: it is worth a look. \`unknown\`: nobody can tell.
- What was not seen is never ok: a run that was blind is unknown, and so is one that lost events or probes, unless what it did see is worth a look.
- A tool that can't run on this kernel is told with the reason and is no failure of the playbook. A provider that fails gives way to the next, as in the console.

## A playbook of your own

\`~/.config/bpftools/playbooks/NAME.yaml\`; [linux-60s](../tools-catalog/playbooks/linux-60s.yaml) is one to copy. A step has a
\`tool\` with its parameters (\`with\`) or the \`checks\` of some resources, a time limit (\`seconds\`) and what to \`look\` for.

Its \`values\` are made of the rows: of those that \`where\` lets through (a filter as in a pane), grouped \`by\` columns, the group
that has the \`most\` or \`least\` of something. A group has its columns, \`count\`, \`share\` (of all groups, in percent, where they add up), \`groups\` (how many
there are), and of each number X \`X_sum\`, \`X_avg\`, \`X_max\`, \`X_p99\`. \`newest\` is the last row itself, \`percentile\` a point of a
histogram (\`value\`, \`highest\`, \`count\`), and \`after\` leaves out what a tool prints first as the average since boot.

Of its sentences (\`say\`) the first one is said whose \`when\` holds: \`top.latency_max > 10ms\`, \`host.run_avg > cpus\`,
\`memory.available < 0.1*memory.total\`. \`notable\` makes it a \`look\`. \`nothing\` is said when no row came.

    values:
      slowest: { by: [command, disk], most: latency_max }
    say:
      - { when: "slowest.latency_max > 100ms", notable: true, text: "{slowest.command} waited {slowest.latency_max} for {slowest.disk}." }
      - { text: "No request took more than {slowest.latency_max}." }`;

function stepName({ tool, checks = [], with: given }: Step): string {
	if (!tool) return `checks of ${checks.join(', ')}`;
	const params = Object.entries(given).map(([name, value]) => ` --${name} ${value}`);
	return `[${tool}](tools/${tool}.md)${params.join('')}`;
}

function limitsText({ say, checks }: Step): string {
	if (checks) return 'a check warns';
	const limits = say.filter(({ notable }) => notable).map(({ when = [] }) => [when].flat().join(' and '));
	return limits.length > 0 ? limits.map((limit) => `\`${limit}\``).join('<br>') : 'only you can tell';
}

const targetNames = { host: 'the host', container: 'a container', process: 'a process' } as const;

export function checksPage(lists: typeof checklists): string {
	const rows = resources.map((resource) => [
		`[${resource}](${resource}.md)`,
		...kinds.map((kind) => titlesOf(lists.host, resource, kind)),
	]);
	return page(
		'Checks',
		[
			'Each check asks one question of the USE method (utilization, saturation, errors) about one resource, and answers it from the kernel’s own counters: ok, warn, bad, or unknown with what is missing. `bpftools check --explain` prints these pages’ numbers as they are in force on a host, your own among them.',
			'**Order.** Errors come first, as they are quickest to interpret, then utilization, then saturation. In the console `n` leads to the worst cell that is not marked yet.',
			'**How a verdict settles.** The console samples once a second. Utilization and saturation are shown as bad as three of the last five samples were, so that a single odd second turns nothing. A verdict that the newest sample alone would not give comes with the sentence of the last one that did, and how long ago that was. Errors count from the first sample, at once, and stay: what happened once is in sight until somebody has looked. Unknown is shown at once, and never as ok. `bpftools check` takes two samples only, and judges what lies between them.',
			'**Limits** are data with their reason (`src/checks/thresholds.ts`). A file of yours, `~/.config/bpftools/thresholds.yaml`, sets others.',
			'**What it costs.** One sample of all checks reads a few dozen files; what changes slowly is read every ten seconds or so, and processes that rest are looked at in turn. [architecture.md](../architecture.md) has the figures.',
			table(['resource', ...kinds], rows),
		].join('\n\n'),
	);
}

function titlesOf(list: readonly ResourceChecks<unknown>[], resource: string, kind: Kind): string {
	const checks = list.find((each) => each.resource === resource)?.checks ?? [];
	return checks
		.filter((check) => check.kind === kind)
		.map(({ title }) => title)
		.join('<br>');
}

export function resourcePage(resource: ResourceName, lists: typeof checklists): string {
	const sections = Object.entries(lists).flatMap(([kind, list]) => {
		const checks = list.find((each) => each.resource === resource)?.checks;
		if (!checks) return [];
		return [`## Of ${targetNames[kind as keyof typeof targetNames]}`, ...checks.map(checkSection)];
	});
	return page(
		`Checks of ${resource}`,
		[choices[resource].map((choice) => `- ${choice}`).join('\n'), ...sections].join('\n\n'),
	);
}

function checkSection({ name, kind, title, unit, source, ...check }: Check<unknown>): string {
	return `### ${name}\n\n${title} (${kind}, ${unit}).\n\n- Source: ${source}\n- Verdict: ${ruleOf(check)}`;
}

export function faultsPage(faults: readonly Fault[], results: readonly Result[]): string {
	const rows = faults.flatMap(({ name }) => results.filter(({ fault }) => fault === name)).map(rowOfResult);
	return page(
		'Faults',
		[
			'Each of these was caused for real, seen by the checklist as the console runs it, and undone (`test/faults/`). Before, the check said ok. The seconds are those until it said otherwise and named the culprit: a verdict of utilization or saturation takes three samples, so that one odd second is no alarm. What an error check says stays, so that nobody misses it; a console that is started afterwards says ok.',
			'`npm run faults` causes them again and writes down what it sees.',
			table(['fault', 'where', 'check', 'verdict', 'after', 'what it says', 'who is named', 'ok again'], rows),
		].join('\n\n'),
	);
}

function rowOfResult({ fault, where, check, tool, verdict, secondsToTurn, why, culprits, again }: Result): string[] {
	const named = culprits.length > 0 ? culprits.join('; ') : 'the sentence does';
	const over = typeof again === 'number' ? `after ${again} s` : again;
	const turned = tool ? `unknown; ${tool} tells` : verdict;
	const cells = [fault, where, check, turned, `${secondsToTurn} s`, why, named, over];
	return cells.map((cell) => cell.replaceAll('|', '\\|'));
}

function page(title: string, body: string): string {
	return `${generated}\n\n# ${title}\n\n${body}\n`;
}

function table(header: string[], rows: string[][]): string {
	const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
	return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function needsText(needs: Tool['providers'][number]['needs']): string {
	return [
		needs.btf ? 'BTF' : '',
		needs.headers ? 'kernel headers' : '',
		needs.root ? 'root' : '',
		...(needs.tracepoints ?? []).map((name) => `tracepoint ${name}`),
		...(needs.kprobes ?? []).map((name) => `kprobe ${name}`),
		...(needs.optional ?? []).map((name) => `${name} if there is one`),
		...(needs.without ?? []).map((name) => `a kernel without ${name}`),
	]
		.filter(Boolean)
		.join(', ');
}

function sorted(tools: Tool[]): Tool[] {
	return tools.toSorted((a, b) => a.name.localeCompare(b.name));
}
