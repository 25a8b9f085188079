import { expect, test } from 'vitest';
import { compareTexts } from './compare-texts.ts';

const text = (...first: string[]) => ({ first, last: [], total: first.length });

test('lines that differ in their numbers only are the same', () => {
	const a = text('[ 12.5] eth0: link is up 1000 Mbps', 'pid 77 at 0xffff8881', 'same');
	const b = text('same', '[99.1] eth0:  link is up 100 Mbps', 'pid 12 at 0xffff1234');
	expect(compareTexts(a, b)).toEqual({ onlyInA: [], onlyInB: [], isCut: false });
});

test('a line that only one has is told once, and that long texts were cut', () => {
	const a = text('same', 'EXT4-fs error (device vda1): 5', 'EXT4-fs error (device vda1): 6', '');
	const b = { first: ['same'], last: ['other'], total: 500 };
	expect(compareTexts(a, b)).toEqual({ onlyInA: ['EXT4-fs error (device vda1): 5'], onlyInB: ['other'], isCut: true });
});
