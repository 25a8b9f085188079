import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { type Search, searchFor } from './search.ts';

const search = (text: string) => searchFor(text) as Search;

test('finds a text wherever it is, whatever its case', () => {
	expect(search('er').places('Error: no such ERRNO')).toEqual([
		[0, 2],
		[15, 17],
	]);
	expect(search('a.b').matches('aXb')).toBe(false);
	expect(search('[unknown]').matches('x [unknown]')).toBe(true);
});

test('what stands between slashes is an expression', () => {
	expect(search('/e.r/').places('Error')).toEqual([[0, 3]]);
	expect(search('/^oom').matches('OOM killed')).toBe(true);
	expect(searchFor('/(/')).toMatch(/regular expression/i);
	expect(search('/x*/').matches('abc')).toBe(false);
});

test('no text is no search', () => {
	expect([searchFor(''), searchFor('/')]).toEqual([undefined, undefined]);
});

test('any text finds itself', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const text = [1, ...random.many(6, () => 1)].map(() => random.pick([...'ab.*+?^$(){}[]|\\-é漢/'])).join('');
		if (text.startsWith('/')) continue;
		expect(search(text).matches(`x${text}y`), text).toBe(true);
	}
});
