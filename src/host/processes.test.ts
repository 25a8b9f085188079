import { expect, test } from 'vitest';
import { alteredTree } from '../../test/fixtures/proc-trees/altered.ts';
import { statLine } from '../../test/fixtures/proc-trees/processes.ts';
import { openHost } from './host.ts';
import { sampleProcesses, scaled } from './processes.ts';

const stat = (name: string) => statLine(812, name);

const nameOf = (name: string) =>
	sampleProcesses(alteredTree({ 'proc/812/stat': stat(Buffer.from(name).toString('latin1')) })).processes.get(812)
		?.name;

test('a name may hold spaces and parentheses', () => {
	expect(nameOf('a) S 1 (b')).toBe('a) S 1 (b');
});

test('a name may not move the cursor, nor turn the text around', () => {
	expect(nameOf('x\x1b[2J\r')).toBe('x·[2J·');
	expect(nameOf('x\u202ey')).toBe('x·y');
});

test('a name is UTF-8, and what is not shows', () => {
	expect(nameOf('büro')).toBe('büro');
	const host = alteredTree({ 'proc/812/stat': stat('caf\xe9') });
	expect(sampleProcesses(host).processes.get(812)?.name).toBe('caf\ufffd');
});

test('its numbers are found, whatever its name', () => {
	const line = statLine(812, 'a b) 1 2 (3', {
		state: 'D',
		parent: 7,
		flags: 0x00200040,
		ticks: 98,
		faults: 5,
		threads: 4,
		start: 1234,
		address: 1e12,
		pages: 250_000,
	});
	expect(sampleProcesses(alteredTree({ 'proc/812/stat': line })).processes.get(812)).toEqual({
		name: 'a b) 1 2 (3',
		state: 'D',
		parent: 7,
		isKernel: true,
		threads: 4,
		cpuTicks: 98,
		majorFaults: 5,
		startTicks: 1234,
		addressBytes: 1e12,
		residentPages: 250_000,
	});
});

test('this process is among those of this machine', () => {
	const own = sampleProcesses(openHost(), { io: true }).processes.get(process.pid);
	expect(own?.cpuTicks).toBeGreaterThanOrEqual(0);
	expect(own?.residentPages).toBeGreaterThan(0);
	expect(own?.readBytes).toBeGreaterThanOrEqual(0);
});

test.each([
	[0, '0 B'],
	[999, '999 B'],
	[1500, '1.5 kB'],
	[61_400_000, '61 MB'],
	[6.1e9, '6.1 GB'],
])('%d is %s', (bytes, text) => {
	expect(scaled(bytes, 'B')).toBe(text);
});
