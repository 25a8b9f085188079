import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { Quantiles } from './quantiles.ts';

test('quantiles are exact for few values, and 2 % off at most for many', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const values = random.many(random.pick([3, 24, 30, 2000]), () => random.below(random.pick([5, 1000, 1e9])));
		const quantiles = new Quantiles();
		for (const value of values) quantiles.add(value);
		const sorted = values.toSorted((a, b) => a - b);
		for (const share of [0, 0.5, 0.9, 0.99, 1]) {
			const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? null;
			const got = quantiles.at(share);
			const what = `seed ${seed}, ${share} of ${values.length}: ${got} for ${exact}`;
			if (exact === null || values.length <= 24) expect(got, what).toBe(exact);
			else expect(Math.abs((got as number) - exact), what).toBeLessThanOrEqual(exact * 0.02 + 1e-9);
		}
	}
});
