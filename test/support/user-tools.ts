import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ToolDraft } from '../fixtures/tools.ts';

export const fixturePrograms = join(import.meta.dirname, '../fixtures/bin');

/** Writes tools of the user's own, as they would, and answers with the environment that finds them. */
export function userTools(folder: string, tools: Record<string, ToolDraft>): Record<string, string> {
	for (const [name, draft] of Object.entries(tools)) writeTool(folder, name, JSON.stringify(toolFile(draft), null, 2));
	return { XDG_CONFIG_HOME: folder, PATH: [fixturePrograms, process.env.PATH].join(delimiter) };
}

/** Any text as a tool.yaml (which JSON is, too); answers with its path. */
export function writeTool(folder: string, name: string, text: string): string {
	const home = join(folder, 'bpftools/tools', name);
	mkdirSync(home, { recursive: true });
	const file = join(home, 'tool.yaml');
	writeFileSync(file, text);
	return file;
}

function toolFile(draft: ToolDraft): ToolDraft {
	return {
		title: 'A tool of my own',
		question: 'What does it print?',
		resource: 'software',
		answers: ['errors'],
		reading: 'Nothing of it matters.',
		overhead: 'None.',
		output: { class: 'text' },
		...draft,
	};
}

/** A provider that runs one of the programs in test/fixtures/bin. */
export function fixture(...run: string[]): ToolDraft {
	return { providers: [{ via: 'classic', run, package: 'none' }] };
}
