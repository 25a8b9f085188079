import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BadFile, readYaml } from './read-yaml.ts';
import { type Tool, toolSchema } from './tool.ts';

export interface Catalog {
	tools: Tool[];
	bad: BadFile[];
}

/** Every folder ROOT/TOOL or ROOT/RESOURCE/TOOL with a tool.yaml is a tool. A bad file is named and leaves the others working. */
export function loadCatalog(root: string): Catalog {
	const catalog: Catalog = { tools: [], bad: [] };
	for (const folder of toolFolders(root)) {
		const tool = loadTool(folder, catalog.bad);
		if (tool) catalog.tools.push(tool);
	}
	return catalog;
}

/** Tools of `own` stand before those of `base` that have the same name; names and aliases stay unique. */
export function mergeCatalogs(base: Catalog, own: Catalog): Catalog {
	const named = new Set(own.tools.map((tool) => tool.name));
	return {
		tools: [...base.tools.filter((tool) => !named.has(tool.name)), ...own.tools],
		bad: [...base.bad, ...own.bad],
	};
}

function toolFolders(root: string): string[] {
	const folders = (path: string) =>
		existsSync(path)
			? readdirSync(path)
					.map((name) => join(path, name))
					.filter((entry) => statSync(entry, { throwIfNoEntry: false })?.isDirectory())
					.sort()
			: [];
	return folders(root)
		.flatMap((folder) => [folder, ...folders(folder)])
		.filter((folder) => existsSync(join(folder, 'tool.yaml')));
}

function loadTool(folder: string, bad: BadFile[]): Tool | undefined {
	const file = readYaml(join(folder, 'tool.yaml'), toolSchema, bad);
	if (!file) return;
	const tool: Tool = { ...file.content, name: basename(folder), folder };
	const wrong = inconsistencies(tool);
	for (const { path, reason } of wrong) file.blame(path, reason);
	return wrong.length === 0 ? tool : undefined;
}

type Path = PropertyKey[];

/** Placeholders that no user fills: the run's limit, and what is known of the target. */
const filledIn = new Set(['duration', 'cgroup', 'libc']);

/** What the schema alone cannot see: names in one part of the file that another part lacks. */
function inconsistencies(tool: Tool): { path: Path; reason: string }[] {
	const wrong: { path: Path; reason: string }[] = [];
	const columns = new Set(tool.output.columns.map((column) => column.name));
	if (tool.output.sort && columns.size > 0 && !columns.has(tool.output.sort)) {
		wrong.push({
			path: ['output', 'sort'],
			reason: `sort names the column ${tool.output.sort}, which output.columns lacks`,
		});
	}
	tool.providers.forEach((provider, index) => {
		const path = ['providers', index];
		if ((provider.run === undefined) === (provider.script === undefined)) {
			wrong.push({ path, reason: 'a provider has either run or script' });
		}
		if (tool.output.class === 'terminal' && (provider.run === undefined || provider.through)) {
			wrong.push({ path, reason: 'a provider of a tool that takes the terminal has run, and nothing that reads it' });
		}
		if (provider.kept && !provider.through) {
			wrong.push({ path: [...path, 'kept'], reason: 'only what run writes for through can be kept' });
		}
		if (provider.kept && !provider.kept.shownBy.includes('{kept}')) {
			wrong.push({ path: [...path, 'kept'], reason: 'shownBy has no place for {kept}' });
		}
		if (provider.script && !existsSync(join(tool.folder, provider.script))) {
			wrong.push({ path: [...path, 'script'], reason: `script ${provider.script} is not in this folder` });
		}
		for (const column of Object.values(provider.columns ?? {})) {
			if (!columns.has(column)) {
				wrong.push({ path: [...path, 'columns'], reason: `columns names ${column}, which output.columns lacks` });
			}
		}
		for (const word of [...(provider.run ?? []), ...(provider.args ?? []), ...(provider.through ?? [])]) {
			const placeholder = /^\{([a-z0-9-]+?)(?:[:|].*)?\}$/.exec(word)?.[1];
			if (placeholder && !filledIn.has(placeholder) && !tool.params[placeholder]) {
				wrong.push({ path, reason: `${word} names a parameter that params lacks` });
			}
		}
		for (const pattern of provider.noise) {
			if (!groupsOf(pattern))
				wrong.push({ path: [...path, 'noise'], reason: `${pattern} is not a regular expression` });
		}
		for (const pattern of provider.patterns ?? []) {
			const groups = groupsOf(pattern);
			if (!groups) wrong.push({ path: [...path, 'patterns'], reason: `${pattern} is not a regular expression` });
			for (const group of groups ?? []) {
				if (!columns.has(group)) {
					wrong.push({ path: [...path, 'patterns'], reason: `patterns names ${group}, which output.columns lacks` });
				}
			}
		}
	});
	return wrong;
}

/** The names of a regular expression's groups; undefined where it is none. */
function groupsOf(pattern: string): string[] | undefined {
	try {
		return Object.keys(new RegExp(`${pattern}|`).exec('')?.groups ?? {});
	} catch {
		return undefined;
	}
}
