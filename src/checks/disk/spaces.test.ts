import type { StatsFs, statfs } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sizeOf } from './spaces.ts';

const size = { bsize: 4096, blocks: 10 } as StatsFs;

/** Calls of statfs, answered when the test says so. */
function asker() {
	const answers: ((error: NodeJS.ErrnoException | null) => void)[] = [];
	const ask = ((_path: string, answer: (error: NodeJS.ErrnoException | null, size: StatsFs) => void) => {
		answers.push((error) => answer(error, size));
	}) as typeof statfs;
	return { ask, answers };
}

beforeEach(() => {
	vi.useFakeTimers();
});

afterEach(() => {
	vi.useRealTimers();
});

test('what the file system says', async () => {
	const { ask, answers } = asker();
	const asked = sizeOf('/data', ask);
	answers[0]?.(null);
	expect(await asked).toBe(size);
});

test('why it can’t be reached', async () => {
	const { ask, answers } = asker();
	const asked = sizeOf('/data', ask);
	answers[0]?.(Object.assign(new Error('no such file'), { code: 'ENOENT' }));
	expect(await asked).toBe('it can’t be reached (ENOENT)');
});

test('one that doesn’t answer is waited for two seconds, and asked no more until it does', async () => {
	const { ask, answers } = asker();
	const asked = sizeOf('/dead', ask);
	vi.advanceTimersByTime(2000);
	expect(await asked).toBe('it does not answer');
	expect(await sizeOf('/dead', ask)).toBe('it does not answer');
	expect(answers).toHaveLength(1);

	answers[0]?.(null);
	const again = sizeOf('/dead', ask);
	answers[1]?.(null);
	expect(await again).toBe(size);
});

test('two that don’t answer hold half of the threads, and no third is risked', async () => {
	const { ask, answers } = asker();
	const asked = [sizeOf('/dead', ask), sizeOf('/gone', ask)];
	vi.advanceTimersByTime(2000);
	await Promise.all(asked);
	expect(await sizeOf('/data', ask)).toBe('it is not asked, as others do not answer');
	for (const answer of answers) answer(null);
	expect(answers).toHaveLength(2);
});
