import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import type { ColumnType } from '../catalog/column-types.ts';
import type { Cell } from '../output/reader.ts';
import { alignsRight, formatBytes, formatCell, formatSeconds } from './format-cell.ts';

const cases: [Cell, ColumnType, string][] = [
	[null, 'int', '-'],
	[null, 'text', '-'],
	['', 'text', ''],
	['sh', 'text', 'sh'],
	['07:18:01', 'time', '07:18:01'],
	[0, 'int', '0'],
	[123456789, 'int', '123456789'],
	[12.345, 'percent', '12.3'],
	[100, 'percent', '100.0'],
	[2, 'float', '2'],
	[2.345, 'float', '2.35'],
	[0, 'bytes', '0'],
	[1023, 'bytes', '1023'],
	[1536, 'bytes', '1.5K'],
	[20 * 1024 ** 2, 'bytes', '20M'],
	[3 * 1024 ** 3, 'bytes', '3.0G'],
	[2048, 'kilobytes', '2.0M'],
	[0, 'seconds', '0'],
	[0.00084, 'seconds', '840us'],
	[12.4, 'milliseconds', '12.4ms'],
	[3_020_000, 'microseconds', '3.02s'],
	[310, 'seconds', '5m10s'],
	[7260, 'seconds', '2h01m'],
	[5, 'microseconds', '5us'],
];

test.each(cases)('%j as %s reads %s', (cell, type, text) => {
	expect(formatCell(cell, type)).toBe(text);
});

test('numbers stand right, words left', () => {
	expect((['int', 'percent', 'bytes', 'seconds'] as const).every(alignsRight)).toBe(true);
	expect((['text', 'time'] as const).some(alignsRight)).toBe(false);
});

describe('any size', () => {
	const units: Record<string, number> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
	const secondsOf = (text: string) =>
		[...text.matchAll(/([\d.]+)(us|ms|s|m|h)/g)].reduce(
			(sum, [, n, unit]) => sum + Number(n) * (units[unit as string] as number),
			0,
		);
	const bytesOf = (text: string) =>
		Number.parseFloat(text) * 1024 ** Math.max(0, 'BKMGTP'.indexOf(text.at(-1) as string));

	test('of time reads back as itself, but for what three figures leave out', () => {
		for (let seed = 1; seed <= 2000; seed++) {
			const random = new Random(seed);
			const seconds = random.below(100_000) * 10 ** (random.below(7) - 6);
			const text = formatSeconds(seconds);
			if (seconds < 1e-9) continue;
			expect(Math.abs(secondsOf(text) - seconds) / seconds, `${seconds} is ${text}`).toBeLessThan(0.017);
			expect(text.length, text).toBeLessThan(8);
		}
	});

	test('of bytes reads back as itself, but for a twentieth', () => {
		for (let seed = 1; seed <= 2000; seed++) {
			const random = new Random(seed);
			const bytes = random.below(4096) * 1024 ** random.below(5);
			const text = formatBytes(bytes);
			expect(Math.abs(bytesOf(text) - bytes), `${bytes} is ${text}`).toBeLessThanOrEqual(bytes / 19);
		}
	});

	test.each([
		[0.0009999, /^1(\.00)?ms$/],
		[0.99999, /^1(\.00)?s$/],
		[59.99, /^1m00s$/],
		[3599.7, /^1h00m$/],
	])('of time, %d s, rounds up into the next unit', (seconds, text) => {
		expect(formatSeconds(seconds)).toMatch(text);
	});

	test.each([[1024 * 1024 - 1, '1.0M']])('of bytes, %d, rounds up into the next unit', (bytes, text) => {
		expect(formatBytes(bytes)).toBe(text);
	});

	test.each([0.33, 0.07, 0.69, 0.1])('of kilobytes, %d, has no more figures than anybody reads', (kilobytes) => {
		expect(formatCell(kilobytes, 'kilobytes').length).toBeLessThan(7);
	});
});
