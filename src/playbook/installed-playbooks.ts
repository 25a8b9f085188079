import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Playbook } from '../catalog/playbook.ts';
import type { Tool } from '../catalog/tool.ts';
import type { Playbooks } from './load-playbooks.ts';

/** The build puts them beside the catalog. */
const compiled = join(import.meta.dirname, '../playbooks.json');

/** The playbooks that came with the program and the user's own, which stand before those of the same name. */
export async function installedPlaybooks(tools: readonly Tool[]): Promise<Playbooks> {
	const shipped = readCompiled();
	const own = join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'bpftools', 'playbooks');
	if (shipped && !existsSync(own)) return { playbooks: shipped, bad: [] };
	const { loadPlaybooks } = await import('./load-playbooks.ts');
	const base = shipped
		? { playbooks: shipped, bad: [] }
		: loadPlaybooks(join(import.meta.dirname, '../../tools-catalog/playbooks'), tools);
	const mine = loadPlaybooks(own, tools);
	const named = new Set(mine.playbooks.map(({ name }) => name));
	return {
		playbooks: [...base.playbooks.filter(({ name }) => !named.has(name)), ...mine.playbooks],
		bad: [...base.bad, ...mine.bad],
	};
}

function readCompiled(): Playbook[] | undefined {
	return existsSync(compiled) ? (JSON.parse(readFileSync(compiled, 'utf8')) as Playbook[]) : undefined;
}
