import type { Tool } from '../../src/catalog/tool.ts';
import type { ResourceChecks } from '../../src/checks/check.ts';
import type { checklists } from '../../src/checks/checklist.ts';
import { ruleOf } from '../../src/checks/thresholds.ts';
import { columnsOf } from '../../src/output/reader-for.ts';
import { bindings, keyLabel } from '../../src/tui/keys.ts';

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
	return page('Tools', table(['tool', 'resource', 'output', 'providers', 'question'], rows));
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
			'## Columns',
			table(['column', 'type', 'meaning'], columns),
			'## Providers',
			'The first one that this kernel can run and that is installed is used.',
			table(['via', 'command', 'Debian package', 'needs'], providers),
			...(tool.next.length
				? ['## Next', tool.next.map(({ tool, why }) => `- [${tool}](${tool}.md): ${why}`).join('\n')]
				: []),
		].join('\n\n'),
	);
}

export function checksPage({ host, container, process }: typeof checklists): string {
	return page(
		'Checks',
		[
			sections(host, '##'),
			'## Of a container',
			'With `--target container:ID` the same questions are asked of one container. Files without a path are those of its control group: of version 2, and those of version 1 where they differ.',
			sections(container, '###'),
			'## Of a process',
			'With `--target pid:N`, of one process.',
			sections(process, '###'),
		].join('\n\n'),
	);
}

function sections(list: readonly ResourceChecks<unknown>[], level: string): string {
	const text = list.map(({ resource, checks }) =>
		[
			`${level} ${resource}`,
			...checks.map(
				({ name, kind, title, unit, source, ...check }) =>
					`${level}# ${name}\n\n${title} (${kind}, ${unit}).\n\n- Source: ${source}\n- Verdict: ${ruleOf(check)}`,
			),
		].join('\n\n'),
	);
	return text.join('\n\n');
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
