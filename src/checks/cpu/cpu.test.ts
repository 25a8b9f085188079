import { expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { livingTree } from '../../../test/fixtures/proc-trees/processes.ts';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';
import { readCpu } from './counters.ts';

/** user nice system idle iowait irq softirq steal */
const stat = (cpus: Record<string, string>, running = 2) =>
	[...Object.entries(cpus).map(([name, times]) => `${name} ${times} 0 0`), `procs_running ${running}`, ''].join('\n');

const idle: Changes = {
	'proc/stat': stat({ 'cpu ': '0 0 0 0 0 0 0 0', cpu0: '0 0 0 0 0 0 0 0', cpu1: '0 0 0 0 0 0 0 0' }),
};

const after = (cpus: Record<string, string>, running?: number) =>
	readingsAfter({ 'proc/stat': stat(cpus, running) }, { from: idle });

test('the captured machine is busy by what its counters grew', () => {
	const readings = readingsAfter({
		'proc/stat': (captured) => captured.replace('cpu  138700 0 12598 510878', 'cpu  138860 0 12628 510883'),
	});
	expect(reading(readings, 'cpu.utilization')).toMatchObject({
		verdict: 'bad',
		why: 'CPUs are 97 % busy (user 82, system 15)',
	});
});

test('steal and iowait are not counted as busy', () => {
	const readings = after({ 'cpu ': '20 0 0 20 40 0 0 20', cpu0: '10 0 0 10 20 0 0 10', cpu1: '10 0 0 10 20 0 0 10' });
	expect(reading(readings, 'cpu.utilization')).toMatchObject({ value: 20, verdict: 'ok' });
	expect(reading(readings, 'cpu.steal')).toMatchObject({ value: 20, verdict: 'bad' });
});

test('one CPU that is full while the others are idle is a warning of its own', () => {
	const readings = after({ 'cpu ': '99 0 1 100 0 0 0 0', cpu0: '99 0 1 0 0 0 0 0', cpu1: '0 0 0 100 0 0 0 0' });
	expect(reading(readings, 'cpu.utilization').verdict).toBe('ok');
	expect(reading(readings, 'cpu.utilization', 'cpu0')).toMatchObject({
		verdict: 'warn',
		why: 'cpu0 is 100 % busy (user 99, system 1) while the others are 0 % busy: a single hot CPU',
	});
	expect(reading(readings, 'cpu.utilization', 'cpu1').verdict).toBe('ok');
});

test('CPUs that spend their time in the kernel are a warning below the limit already', () => {
	const readings = after({ 'cpu ': '10 0 65 25 0 0 0 0', cpu0: '10 0 65 25 0 0 0 0' });
	expect(reading(readings, 'cpu.utilization')).toMatchObject({ value: 75, verdict: 'warn' });
});

test('iowait that steps backwards is not a reset', () => {
	const readings = readingsAfter(
		{ 'proc/stat': stat({ 'cpu ': '50 0 0 50 90 0 0 0', cpu0: '50 0 0 50 90 0 0 0' }) },
		{ from: { 'proc/stat': stat({ 'cpu ': '0 0 0 0 100 0 0 0', cpu0: '0 0 0 0 100 0 0 0' }) } },
	);
	expect(reading(readings, 'cpu.utilization')).toMatchObject({ value: 50, verdict: 'ok' });
});

test('a counter that was reset makes the sample unknown', () => {
	const readings = readingsAfter({ 'proc/stat': stat({ 'cpu ': '1 0 1 1 1 0 0 0', cpu0: '1 0 1 1 1 0 0 0' }) });
	expect(reading(readings, 'cpu.utilization')).toMatchObject({
		value: null,
		verdict: 'unknown',
		why: 'user CPU time: the counter was reset',
	});
});

test('CPUs come and go', () => {
	const readings = after({ 'cpu ': '10 0 0 90 0 0 0 0', cpu0: '10 0 0 90 0 0 0 0', cpu7: '0 0 0 10 0 0 0 0' });
	expect(reading(readings, 'cpu.utilization').value).toBe(10);
	expect(reading(readings, 'cpu.utilization', 'cpu7')).toMatchObject({
		verdict: 'unknown',
		why: 'cpu7 came online just now',
	});
	expect(readings.some(({ device }) => device === 'cpu1')).toBe(false);
});

test.each([
	[3, 0, 'ok'],
	[4, 1, 'warn'],
	[5, 2, 'bad'],
])('%i runnable tasks, this one included, leave %i waiting on 2 CPUs: %s', (running, waiting, verdict) => {
	const times = '1 0 0 9 0 0 0 0';
	const readings = after({ 'cpu ': times, cpu0: times, cpu1: times }, running);
	expect(reading(readings, 'cpu.run-queue')).toMatchObject({ value: waiting, verdict });
});

test('pressure is the growth of the total, not the average that trails behind', () => {
	const readings = readingsAfter({
		'proc/pressure/cpu': (captured) => captured.replace('total=26665622', 'total=27265622'),
	});
	expect(reading(readings, 'cpu.pressure')).toMatchObject({
		value: 60,
		verdict: 'bad',
		why: 'some task waited for a CPU 60 % of the time',
	});
});

test('a kernel without PSI leaves pressure unknown', () => {
	const readings = readingsAfter({}, { from: { 'proc/pressure': null } });
	for (const check of ['cpu.pressure', 'memory.pressure', 'disk.pressure']) {
		expect(reading(readings, check)).toMatchObject({ value: null, verdict: 'unknown' });
		expect(reading(readings, check).why).toMatch(/^this kernel gives no \/proc\/pressure\/(cpu|memory|io) \(PSI off/);
	}
});

test('machine checks are unknown where the kernel has no row for them, as on the captured machine', () => {
	expect(reading(readingsAfter({}), 'cpu.machine-checks')).toMatchObject({ value: null, verdict: 'unknown' });
});

const interrupts = (mce: number, thr: number) =>
	`           CPU0       CPU2\nTRM:  1  4   Thermal event interrupts\nTHR:  ${thr}  0   Threshold APIC interrupts\nMCE:  ${mce}  0   Machine check exceptions\n`;

test.each([
	[0, 0, 'ok', 'no hardware faults since this console started, 3 since boot'],
	[0, 2, 'warn', '2 THR interrupts since this console started, 2 since boot'],
	[1, 0, 'bad', '1 MCE interrupt since this console started, 4 since boot'],
])('%i machine checks and %i corrected errors are %s', (mce, thr, verdict, why) => {
	const from = { 'proc/interrupts': interrupts(3, 0) };
	const readings = readingsAfter({ 'proc/interrupts': interrupts(3 + mce, thr) }, { from });
	expect(reading(readings, 'cpu.machine-checks')).toMatchObject({ value: mce + thr, verdict });
	expect(reading(readings, 'cpu.machine-checks').why).toBe(why);
});

test('thermal events name the CPU, whose number is not its column', () => {
	const cpus = '1 0 0 9 0 0 0 0';
	const from = { 'proc/stat': stat({ 'cpu ': cpus, cpu0: cpus, cpu2: cpus }), 'proc/interrupts': interrupts(0, 0) };
	const hot = (captured: string) => captured.replace('1  4   Thermal', '1  9   Thermal');
	expect(
		reading(readingsAfter({ 'proc/interrupts': hot(interrupts(0, 0)) }, { from }), 'cpu.throttling'),
	).toMatchObject({
		value: 5,
		verdict: 'warn',
		suspects: ['cpu2'],
	});
});

test('thermal_throttle is preferred to interrupts', () => {
	const folder = 'sys/devices/system/cpu/cpu0/thermal_throttle';
	const from = { [`${folder}/core_throttle_count`]: '7\n', [`${folder}/package_throttle_count`]: '1\n' };
	const readings = readingsAfter({ [`${folder}/core_throttle_count`]: '9\n' }, { from });
	expect(reading(readings, 'cpu.throttling')).toMatchObject({ value: 2, verdict: 'warn', suspects: ['cpu0'] });
});

test('thermal_throttle is read again after a thermal interrupt', () => {
	const { host, write, wait } = livingTree();
	const counted = (events: number) =>
		write('../sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count', `${events}\n`);
	const now = () => {
		wait(20);
		return readCpu(host).throttled?.get('cpu0');
	};
	write('interrupts', interrupts(0, 0));
	counted(7);
	expect(now()).toBe(7);
	counted(9);
	write('interrupts', interrupts(0, 0).replace('1  4   Thermal', '2  4   Thermal'));
	expect(now()).toBe(9);
});
