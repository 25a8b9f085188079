import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Provider, Tool } from './tool.ts';

/** The script of a provider as its author wrote it. */
export function scriptOf(tool: Tool, provider: Provider): string {
	return readFileSync(join(tool.folder, provider.script ?? ''), 'utf8');
}

/**
 * Words in a script of ours that are filled in when it starts: the condition that the current task belongs to
 * what is looked at, and the C library that the target's programs use.
 */
export type ScriptWord = 'TARGET' | 'LIBC';

export function hasWord(script: string, word: ScriptWord): boolean {
	return new RegExp(`\\b${word}\\b`).test(script);
}

/** The script as bpftrace gets it. */
export function renderScript(script: string, words: Record<ScriptWord, string>): string {
	return script.replace(/\b(TARGET|LIBC)\b/g, (word) => words[word as ScriptWord]);
}

/** In bpftrace's own words; 1 where nothing narrows it. */
export function taskCondition(pid: number | undefined, mountNamespace: number | undefined): string {
	if (pid !== undefined) return `pid == ${pid}`;
	if (mountNamespace === undefined) return '1';
	return `((struct task_struct *)curtask)->nsproxy->mnt_ns->ns.inum == ${mountNamespace}`;
}
