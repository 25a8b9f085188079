import { expect, test } from 'vitest';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';
import { cpusIn } from '../../host/cpu-list.ts';

const times = '9 0 9 9 0 0 0 0 0 0';
const online = (...cpus: number[]) => ({
	'proc/stat': [`cpu  ${times}`, ...cpus.map((cpu) => `cpu${cpu} ${times}`), ''].join('\n'),
});
const present = { 'sys/devices/system/cpu/present': '0-3\n' };

const after = (before: number[], now: number[]) =>
	reading(readingsAfter(online(...now), { from: { ...present, ...online(...before) } }), 'cpu.offline');

test('all there', () => {
	expect(after([0, 1, 2, 3], [0, 1, 2, 3])).toMatchObject({ value: 0, verdict: 'ok', why: '4 of 4 CPUs are online' });
});

test('those that were offline before are no error', () => {
	expect(after([0, 2], [0, 2])).toMatchObject({ value: 0, verdict: 'ok', why: '2 of 4 CPUs are online' });
	expect(after([0, 2], [0, 1, 2])).toMatchObject({ value: 0, verdict: 'ok', why: '3 of 4 CPUs are online' });
});

test('one that went', () => {
	expect(after([0, 1, 2], [0, 2])).toMatchObject({
		value: 1,
		verdict: 'warn',
		why: 'cpu1 went offline since this console started: 2 of 4 CPUs are online',
	});
});

test('a CPU that was taken out for good is no longer present', () => {
	const gone = { ...online(0, 1, 2), 'sys/devices/system/cpu/present': '0-2\n' };
	const readings = readingsAfter(gone, { from: { ...present, ...online(0, 1, 2, 3) } });
	expect(reading(readings, 'cpu.offline')).toMatchObject({ value: 0, verdict: 'ok', why: '3 of 3 CPUs are online' });
});

test('a system that does not tell', () => {
	expect(reading(readingsAfter({}), 'cpu.offline').verdict).toBe('unknown');
});

test.each([
	['0\n', [0]],
	['0-2,7', [0, 1, 2, 7]],
	['', []],
])('list %j', (list, cpus) => {
	expect(cpusIn(list)).toEqual(cpus);
});
