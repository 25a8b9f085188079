import type { WriteStream } from 'node:tty';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StepResult } from '../playbook/conduct.ts';
import { progressOn } from './progress.ts';

beforeEach(() => {
	vi.useFakeTimers();
});

afterEach(() => {
	vi.useRealTimers();
});

function written(isTTY: boolean): string[] {
	const texts: string[] = [];
	const stream = { isTTY, columns: 40, write: (text: string) => texts.push(text) } as unknown as WriteStream;
	const progress = progressOn(stream, 12);
	progress.started({ number: 1, name: 'checks' }, 10, undefined);
	progress.started({ number: 2, name: 'a-tool-with-a-long-name-indeed' }, 20, undefined);
	vi.advanceTimersByTime(3000);
	progress.ended({
		number: 2,
		name: 'a-tool-with-a-long-name-indeed',
		fate: 'done',
		seconds: 3,
		mark: 'look',
	} as StepResult);
	progress.close();
	return texts;
}

test('In a file there is a line for each step as it starts and ends, and nothing else', () => {
	expect(written(false)).toEqual([
		' 1/12 checks runs, for 10s at most\n',
		' 2/12 a-tool-with-a-long-name-indeed runs, for 20s at most\n',
		' 2/12 a-tool-with-a-long-name-indeed ended after 3s: look\n',
	]);
});

test('On a terminal what runs is counted down in a line that never wraps and is gone in the end', () => {
	const texts = written(true);
	const lines = texts.filter((text) => text.startsWith('\r\x1b[KRunning: ')).map((text) => text.slice(4));
	expect(lines.at(0)).toBe('Running: checks 10s');
	expect(lines).toContain('Running: checks 7s, a-tool-with-a-long-');
	for (const line of lines) expect(line.length).toBeLessThan(40);
	expect(texts.at(-1)).toBe('\r\x1b[K');
});
