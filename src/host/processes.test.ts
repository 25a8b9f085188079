import { expect, test } from 'vitest';
import { alteredTree, type Changes } from '../../test/fixtures/proc-trees/altered.ts';
import { openHost } from './host.ts';
import { type ProcessSample, sampleProcesses, scaled, topBy } from './processes.ts';

const stat = (name: string, { ticks = 0, start = 50, pages = 0 } = {}) =>
	`812 (${name}) S 1 812 812 0 -1 4194304 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${start} 1000 ${pages} 0 0\n`;

const io = (read: number, written: number) => `rchar: 1\nwchar: 2\nread_bytes: ${read}\nwrite_bytes: ${written}\n`;

function sampleAt(seconds: number, changes: Changes): ProcessSample {
	return { ...sampleProcesses(alteredTree(changes), { io: true }), at: seconds * 1000 };
}

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

test('CPU time is a share of one CPU', () => {
	const before = sampleAt(0, { 'proc/812/stat': stat('yes', { ticks: 100 }) });
	const now = sampleAt(2, { 'proc/812/stat': stat('yes', { ticks: 296 }) });
	expect(topBy(before, now, 'cpu', 3)).toEqual(['yes (pid 812) uses 98 % of a CPU']);
});

test('a pid that was used again is another process', () => {
	const before = sampleAt(0, { 'proc/812/stat': stat('old', { ticks: 900, start: 50 }) });
	const now = sampleAt(1, { 'proc/812/stat': stat('new', { ticks: 30, start: 5000 }) });
	expect(topBy(before, now, 'cpu', 3)).toEqual(['new (pid 812) uses 30 % of a CPU']);
});

test('memory needs no time to pass, and the idle are left out', () => {
	const now = sampleAt(0, { 'proc/812/stat': stat('big', { pages: 250_000 }) });
	expect(topBy(now, now, 'memory', 3)).toEqual(['big (pid 812) holds 1.0 GB']);
	expect(topBy(now, now, 'cpu', 3)).toEqual([]);
});

test('I/O names the larger direction first', () => {
	const before = sampleAt(0, { 'proc/812/stat': stat('cp'), 'proc/812/io': io(1e6, 1e6) });
	const now = sampleAt(1, { 'proc/812/stat': stat('cp'), 'proc/812/io': io(3e6, 62e6) });
	expect(topBy(before, now, 'io', 3)).toEqual(['cp (pid 812) writes 61 MB/s, reads 2.0 MB/s']);
});

test('the worst come first, and only as many as asked for', () => {
	const tree = (ticks: number[]) =>
		Object.fromEntries(ticks.map((each, i) => [`proc/${i + 1}/stat`, stat(`p${i + 1}`, { ticks: each })]));
	const top = topBy(sampleAt(0, tree([0, 0, 0])), sampleAt(1, tree([10, 30, 20])), 'cpu', 2);
	expect(top).toEqual(['p2 (pid 2) uses 30 % of a CPU', 'p3 (pid 3) uses 20 % of a CPU']);
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
