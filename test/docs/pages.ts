import { toolsOfCell } from '../../src/catalog/cells.ts';
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
