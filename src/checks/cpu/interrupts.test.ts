import { expect, test } from 'vitest';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

/** user nice system idle iowait irq softirq steal */
const stat = (cpus: Record<string, string>) => ({
	'proc/stat': Object.entries(cpus)
		.map(([name, times]) => `${name} ${times} 0 0\n`)
		.join(''),
});

const idle = stat({ 'cpu ': '0 0 0 0 0 0 0 0', cpu0: '0 0 0 0 0 0 0 0', cpu1: '0 0 0 0 0 0 0 0' });

const after = (cpu0: string, cpu1: string) =>
	reading(readingsAfter(stat({ 'cpu ': '9 0 9 9 0 0 0 0', cpu0, cpu1 }), { from: idle }), 'cpu.interrupts');

test.each([
	['10 0 0 61 0 4 25 0', 29, 'ok'],
	['10 0 0 60 0 5 25 0', 30, 'warn'],
	['10 0 0 10 0 0 80 0', 80, 'bad'],
])('%s is %i %% in interrupts: %s', (times, value, verdict) => {
	expect(after('9 0 0 91 0 0 0 0', times)).toMatchObject({ value, verdict });
});

test('the CPU with most is the one that is told of, though the average is low', () => {
	expect(after('0 0 0 100 0 0 0 0', '10 0 0 20 0 10 60 0')).toMatchObject({
		verdict: 'warn',
		why: 'cpu1 spends most on interrupts, 70 % of its time: 60 % in soft interrupts, mostly packets and timers, 10 % in those of devices',
		suspects: ['cpu1'],
	});
	expect(after('0 0 0 100 0 0 0 0', '0 0 0 100 0 0 0 0').suspects).toEqual([]);
});

test('a CPU that came online just now is left out', () => {
	const now = stat({ 'cpu ': '9 0 9 9 0 0 0 0', cpu0: '0 0 0 90 0 0 10 0', cpu7: '0 0 0 1 0 0 99 0' });
	expect(reading(readingsAfter(now, { from: idle }), 'cpu.interrupts')).toMatchObject({ value: 10, verdict: 'ok' });
});

const pressure = (total: number) => ({
	'proc/pressure/irq': `full avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\n`,
});

test.each([
	[49_999, 'ok'],
	[50_000, 'warn'],
	[250_000, 'bad'],
])('%i µs in which interrupts kept tasks waiting are %s', (microseconds, verdict) => {
	const readings = readingsAfter(pressure(7 + microseconds), { from: pressure(7) });
	expect(reading(readings, 'cpu.interrupt-pressure').verdict).toBe(verdict);
});

test('a kernel that does not count it has no reading', () => {
	expect(readingsAfter({}).some(({ check }) => check === 'cpu.interrupt-pressure')).toBe(false);
	expect(reading(readingsAfter(pressure(3), { from: pressure(7) }), 'cpu.interrupt-pressure').verdict).toBe('unknown');
});
