import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Playbook, playbookSchema } from '../catalog/playbook.ts';
import { type BadFile, readYaml } from '../catalog/read-yaml.ts';
import type { Tool } from '../catalog/tool.ts';
import { problemsOf } from './problems.ts';

export interface Playbooks {
	playbooks: Playbook[];
	bad: BadFile[];
}

/** Every NAME.yaml of a folder is a playbook. A bad file is named and leaves the others working. */
export function loadPlaybooks(folder: string, tools: readonly Tool[]): Playbooks {
	const found: Playbooks = { playbooks: [], bad: [] };
	const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
	for (const name of files.sort()) {
		const file = readYaml(join(folder, name), playbookSchema, found.bad);
		if (!file) continue;
		const playbook = { ...file.content, name: basename(name, '.yaml') };
		const problems = problemsOf(playbook, tools);
		for (const { path, reason } of problems) file.blame(path, reason);
		if (problems.length === 0) found.playbooks.push(playbook);
	}
	return found;
}
