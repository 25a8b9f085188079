import { expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

/** Nanoseconds that threads waited for each CPU, and how many turns they had. */
type Queues = Record<string, [number, number]>;

const schedstat = (queues: Queues, { version = 15, domain = 'domain0 3' } = {}) => ({
	'proc/schedstat': [
		`version ${version}`,
		'timestamp 4294937512',
		...Object.entries(queues).map(
			([cpu, [waited, turns]]) => `${cpu} 0 0 0 0 0 0 900000000 ${waited} ${turns}\n${domain} ${'7 '.repeat(36)}`,
		),
		'',
	].join('\n'),
});

const idle: Queues = { cpu0: [1e9, 100], cpu1: [5e9, 100] };

const after = (queues: Queues, seconds = 1) =>
	reading(readingsAfter(schedstat(queues), { from: schedstat(idle), seconds }), 'cpu.run-delay');

test('a kernel that does not count how long threads wait has no reading', () => {
	expect(readingsAfter({}).some(({ check }) => check === 'cpu.run-delay')).toBe(false);
});

test.each([
	[15, 'domain0 3'],
	[16, 'domain0 3'],
	[17, 'domain0 MC 3'],
])('version %i', (version, domain) => {
	const of = (queues: Queues) => schedstat(queues, { version, domain });
	const readings = readingsAfter(of({ cpu0: [1.2e9, 200], cpu1: [5e9, 100] }), { from: of(idle) });
	expect(reading(readings, 'cpu.run-delay')).toMatchObject({
		value: expect.closeTo(0.2),
		verdict: 'ok',
		why: '0.2 threads wait for cpu0 on average, 2 ms before each turn; for each of the others 0',
	});
});

test.each([
	[0.9e9, 'ok'],
	[1e9, 'warn'],
	[4e9, 'bad'],
])('%d ns of waiting in a second is %s', (waited, verdict) => {
	expect(after({ cpu0: [1e9 + waited, 200], cpu1: [5e9 + waited, 200] }).verdict).toBe(verdict);
	expect(after({ cpu0: [1e9 + 10 * waited, 200], cpu1: [5e9, 200] }, 10).verdict, 'in ten seconds').toBe(verdict);
});

test('one CPU that many wait for while the other is free is said to be so', () => {
	expect(after({ cpu0: [3e9, 200], cpu1: [5.1e9, 200] })).toMatchObject({
		verdict: 'warn',
		why: '2 threads wait for cpu0 on average, 20 ms before each turn; for each of the others 0.1: something keeps them on that CPU (taskset, a cpuset)',
		suspects: ['cpu0'],
	});
	expect(after({ cpu0: [3e9, 200], cpu1: [5.2e9, 200] })).toMatchObject({
		why: '2 threads wait for cpu0 on average, 20 ms before each turn; for each of the others 0.2',
		suspects: [],
	});
});

test('a single CPU has no others', () => {
	const from = schedstat({ cpu0: [1e9, 100] });
	expect(reading(readingsAfter(schedstat({ cpu0: [3e9, 200] }), { from }), 'cpu.run-delay')).toMatchObject({
		why: '2 threads wait for cpu0 on average, 20 ms before each turn',
		suspects: [],
	});
});

test('CPUs come and go: those of both samples count', () => {
	expect(after({ cpu1: [5.5e9, 200], cpu9: [90e9, 900] })).toMatchObject({ value: 0.5, verdict: 'ok' });
	expect(after({ cpu9: [90e9, 900] })).toMatchObject({ verdict: 'unknown' });
});

test('a counter that was reset makes the sample unknown', () => {
	expect(after({ cpu0: [1e9, 100], cpu1: [1e9, 100] })).toMatchObject({
		verdict: 'unknown',
		why: 'waiting for cpu1: the counter was reset',
	});
});

test('the run queue tells the load averages, where there are any', () => {
	const stat: Changes = { 'proc/stat': 'cpu  9 0 9 9 0 0 0 0 0 0\ncpu0 9 0 9 9 0 0 0 0 0 0\nprocs_running 4\n' };
	const why = (changes: Changes) => reading(readingsAfter(changes, { from: stat }), 'cpu.run-queue').why;
	expect(why({})).toBe('3 threads can run on 1 CPU, 2 waiting');
	expect(why({ 'proc/loadavg': '3.42 2.10 1.05 4/900 12345\n' })).toBe(
		'3 threads can run on 1 CPU, 2 waiting; load averages 3.42, 2.10, 1.05',
	);
});
