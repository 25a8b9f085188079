import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openHost } from '../host/host.ts';
import { aged, answersOf, perHost, polled } from './kept.ts';

const host = openHost({ root: '/one' });
const other = openHost({ root: '/other' });

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
});

afterEach(() => {
	vi.useRealTimers();
});

test('what is kept is kept for each host, and for each process that stands for one', () => {
	const countOf = perHost(() => ({ count: 0 }));
	countOf(host).count += 1;
	expect(countOf(openHost({ root: '/one' }))).toEqual({ count: 1 });
	expect(countOf(other)).toEqual({ count: 0 });
	expect(countOf({ ...host, pid: 7 })).toEqual({ count: 0 });
});

test('what changes slowly is read again when it is old', () => {
	const read = vi.fn(() => performance.now());
	const value = aged(10, read);
	const first = value(host);
	vi.advanceTimersByTime(9000);
	expect(value(host)).toBe(first);
	vi.advanceTimersByTime(1000);
	expect(value(host)).toBe(first + 10_000);
	expect(read).toHaveBeenCalledTimes(2);
});

test('what could not be read is tried again', () => {
	const read = vi.fn(() => 1);
	read.mockImplementationOnce(() => {
		throw new Error('closed');
	});
	const value = aged(10, read);
	expect(() => value(host)).toThrow('closed');
	expect(value(host)).toBe(1);
});

test('a question is asked in the background, again when its answer is old, and never twice at once', async () => {
	const answers: ((value: number) => void)[] = [];
	const ask = vi.fn((_host, _earlier: number | undefined) => new Promise<number>((answer) => answers.push(answer)));
	const latest = polled(10, ask);
	expect(latest(host)).toEqual({ answer: undefined, failure: undefined });
	vi.advanceTimersByTime(20_000);
	expect(latest(host).answer).toBeUndefined();
	expect(ask).toHaveBeenCalledTimes(1);

	answers[0]?.(5);
	await vi.waitFor(() => expect(latest(host).answer).toBe(5));
	expect(ask).toHaveBeenCalledTimes(2);
	expect(ask).toHaveBeenLastCalledWith(host, 5);
});

test('a question that fails says why', async () => {
	const latest = polled(10, () => Promise.reject(new Error('nobody is there')));
	latest(host);
	await vi.waitFor(() => expect(latest(host)).toEqual({ answer: undefined, failure: 'nobody is there' }));
});

test('who can wait asks again what has been asked of this host, and has the answer', async () => {
	let count = 0;
	const latest = polled(10, async () => ++count);
	const here = openHost({ root: '/here' });
	await answersOf(here);
	expect(count).toBe(0);
	latest(here);
	await answersOf(here);
	expect(latest(here).answer).toBe(1);
	await answersOf(here);
	expect(latest(here).answer).toBe(2);
	await answersOf(other);
	expect(count).toBe(2);
});

test('nobody waits for ever', async () => {
	const host = openHost({ root: '/silent' });
	polled(10, () => new Promise(() => {}))(host);
	const waiting = answersOf(host);
	await vi.advanceTimersByTimeAsync(3000);
	await waiting;
});
