import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Provider, Tool } from './tool.ts';

/** The word in a script of ours that stands for "the current task belongs to what is looked at". */
const filterWord = /\bTARGET\b/g;

/** The script of a provider as its author wrote it. */
export function scriptOf(tool: Tool, provider: Provider): string {
	return readFileSync(join(tool.folder, provider.script ?? ''), 'utf8');
}

export function filtersByTarget(script: string): boolean {
	return script.search(filterWord) >= 0;
}

/** The script as bpftrace gets it: with the condition in its place. */
export function renderScript(script: string, condition: string): string {
	return script.replace(filterWord, condition);
}

/** In bpftrace's own words; 1 where nothing narrows it. */
export function taskCondition(pid: number | undefined, mountNamespace: number | undefined): string {
	if (pid !== undefined) return `pid == ${pid}`;
	if (mountNamespace === undefined) return '1';
	return `((struct task_struct *)curtask)->nsproxy->mnt_ns->ns.inum == ${mountNamespace}`;
}
