import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Catalog } from './load-catalog.ts';
import type { Tool } from './tool.ts';

/** Where the build, whose pieces lie in a folder of their own, puts the catalog, validated, with its folders relative to it. */
const compiled = join(import.meta.dirname, '../catalog.json');

/** The tools that came with the program and the user's own. Only the latter need a YAML reader. */
export async function installedCatalog(): Promise<Catalog> {
	const shipped = readCompiled();
	const own = join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'bpftools', 'tools');
	if (shipped && !existsSync(own)) return shipped;
	const { loadCatalog, mergeCatalogs } = await import('./load-catalog.ts');
	return mergeCatalogs(shipped ?? loadCatalog(join(import.meta.dirname, '../../tools-catalog')), loadCatalog(own));
}

function readCompiled(): Catalog | undefined {
	if (!existsSync(compiled)) return undefined;
	const tools = JSON.parse(readFileSync(compiled, 'utf8')) as Tool[];
	return { tools: tools.map((tool) => ({ ...tool, folder: resolve(dirname(compiled), tool.folder) })), bad: [] };
}

export function findTool(catalog: Catalog, name: string): Tool | undefined {
	return catalog.tools.find((tool) => tool.name === name) ?? catalog.tools.find((tool) => tool.aliases.includes(name));
}
