import { expect, test } from 'vitest';
import { Scanner } from './scanner.ts';

test('words and numbers of a line, until it has no more', () => {
	const line = new Scanner('   8       0 sda 10 20\n   8 1\tsdb\n');
	expect([line.number(), line.number(), line.word(), line.number(), line.number()]).toEqual([8, 0, 'sda', 10, 20]);
	expect([line.number(), line.word()]).toEqual([Number.NaN, '']);
	line.nextLine();
	expect([line.number(), line.number(), line.word()]).toEqual([8, 1, 'sdb']);
	line.nextLine();
	expect(line.atEnd).toBe(true);
});

test('a word may end at a character of its own, with or without a blank after it', () => {
	const line = new Scanner('  eth0:123 4\nlo: 5');
	expect([line.word(':'), line.number(), line.number()]).toEqual(['eth0', 123, 4]);
	line.nextLine();
	expect([line.word(':'), line.number()]).toEqual(['lo', 5]);
	line.nextLine();
	expect(line.atEnd).toBe(true);
});
