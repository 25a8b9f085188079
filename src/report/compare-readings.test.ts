import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { compareReadings, spreadOf, type Values } from './compare-readings.ts';
import { Series } from './series.ts';

function valuesOf(check: string, device: string | null, unit: string, values: readonly (number | null)[]): Values {
	const series = new Series();
	values.forEach((value, second) => {
		series.add(1000 * second, value, value === null ? 'unknown' : 'ok');
	});
	return { check, device, unit, series };
}

const cpu = (...values: (number | null)[]) => valuesOf('cpu.utilization', null, '%', values);
const latency = (device: string, ...values: (number | null)[]) => valuesOf('disk.latency', device, 'ms', values);
const constant = (value: number) => Array.from({ length: 60 }, () => value);

test('the same values in any order and number do not differ', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = new Random(seed);
		const values = random.many(50, () => (random.below(5) === 0 ? null : random.below(100)));
		const turned = [...values, ...values].reverse();
		expect(compareReadings([cpu(...values)], [cpu(...turned)]), `seed ${seed}`).toEqual([]);
	}
});

test('which side comes first changes nothing about what differs', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const side = () => [
			cpu(...random.many(20, () => random.below(100))),
			latency('vda', ...random.many(20, () => random.below(60))),
		];
		const [a, b] = [side(), side()];
		const there = compareReadings(a, b).map(({ a, b, ...rest }) => ({
			...rest,
			a: b,
			b: a,
		}));
		expect(compareReadings(b, a), `seed ${seed}`).toEqual(there);
	}
});

test('a session ten times as long differs in its values only', () => {
	const long = Array.from({ length: 600 }, (_, n) => 20 + (n % 7));
	expect(compareReadings([cpu(...long)], [cpu(...long.slice(0, 60))])).toEqual([]);
});

test('a value that goes up and down as it did before does not differ, wherever its median falls', () => {
	const swings = (low: number, high: number) => [
		...Array.from({ length: low }, () => 5),
		...Array.from({ length: high }, () => 60),
	];
	expect(compareReadings([cpu(...swings(11, 9))], [cpu(...swings(9, 11))])).toEqual([]);
});

test('what moved farthest towards its limit comes first; devices are matched by name', () => {
	const a = [
		cpu(...constant(20)),
		latency('vda', ...constant(1)),
		latency('vdb', ...constant(1)),
		latency('vdc', ...constant(1)),
	];
	const b = [
		cpu(...constant(60)),
		latency('vdd', ...constant(90)),
		latency('vdb', ...constant(40)),
		latency('vda', ...constant(1)),
	];
	expect(compareReadings(a, b).map(({ check, device }) => [check, device])).toEqual([
		['disk.latency', 'vdb'],
		['cpu.utilization', null],
	]);
});

test('one value that stood out counts only if it came near the limit', () => {
	expect(compareReadings([cpu(...constant(5))], [cpu(...constant(5), 20)])).toEqual([]);
	expect(compareReadings([cpu(...constant(5))], [cpu(...constant(5), 99)])).toHaveLength(1);
});

test('without values, or with another unit, nothing is compared', () => {
	expect(compareReadings([cpu(null, null)], [cpu(...constant(99))])).toEqual([]);
	expect(compareReadings([{ ...cpu(...constant(1)), unit: 'CPUs' }], [cpu(...constant(99))])).toEqual([]);
});

test('of the time that is left the shortest is the worst', () => {
	expect(spreadOf(valuesOf('disk.filling', '/', 'h', [5, 9, 7, null]))).toMatchObject({ median: 7, worst: 5 });
	expect(spreadOf(cpu(5, 9, 7, null))).toMatchObject({ median: 7, worst: 9 });
});
