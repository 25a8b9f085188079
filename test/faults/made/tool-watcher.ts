import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Reading } from '../../../src/checks/check.ts';
import { bpftools } from '../../support/program.ts';
import { type Watcher, watch } from '../watcher.ts';

interface Row {
	command: string;
	pid: number;
	waits: number;
}

const waitsThatAreMany = 5000;

/**
 * What the kernel doesn't count, the checklist names unknown, with the tool that tells; so
 * that tool is what turns: its program with most waits is bad news once they are many.
 */
export function watchLocks(): Watcher {
	return {
		start: async () => {
			const checklist = await watch().start();
			const unknown = (await checklist.next()).find(({ check }) => check === 'software.locks');
			expect(unknown).toMatchObject({ verdict: 'unknown', why: expect.stringContaining('futexctn') });
			const [node, ...cli] = bpftools;
			const tool = spawn(node, [...cli, 'run', 'futexctn', '--format', 'ndjson'], {
				stdio: ['ignore', 'pipe', 'ignore'],
			});
			const rows: Row[] = [];
			createInterface(tool.stdout).on('line', (line) => rows.push(JSON.parse(line) as Row));
			return {
				next: async () => {
					await sleep(1000);
					// None has come before the tool has begun, or in a second without an interval's end.
					const seen = rows.splice(0);
					return seen.length > 0 && unknown ? [judged(unknown, seen)] : [];
				},
				end: () => tool.kill('SIGINT'),
			};
		},
	};
}

function judged(unknown: Reading, rows: readonly Row[]): Reading {
	const many = rows.filter(({ waits }) => waits >= waitsThatAreMany).sort((a, b) => b.waits - a.waits);
	const suspects = many.map(({ command, pid, waits }) => `${command} (pid ${pid}) waits ${waits} times a second`);
	return { ...unknown, verdict: many.length > 0 ? 'warn' : 'ok', suspects };
}
