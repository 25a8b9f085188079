import { expect, test } from 'vitest';
import type { Reading, Verdict } from '../checks/check.ts';
import { concludeReadings, WorstReadings } from './verdicts.ts';

function reading(device: string, verdict: Verdict, why = `${device} is ${verdict}.`): Reading {
	return {
		check: 'disk.latency',
		resource: 'disk',
		kind: 'saturation',
		device,
		value: 1,
		unit: 'ms',
		verdict,
		why,
		suspects: [],
	};
}

function worstOf(...seconds: Reading[][]): Reading[] {
	const worst = new WorstReadings();
	for (const readings of seconds) worst.add(readings);
	return worst.of();
}

test('Of some seconds the worst verdict of each device stays, the newest of equal ones', () => {
	const readings = worstOf(
		[reading('a', 'bad', 'first'), reading('b', 'unknown')],
		[reading('a', 'bad', 'second'), reading('b', 'ok')],
		[reading('a', 'ok'), reading('b', 'ok')],
	);
	expect(readings.map(({ verdict, why }) => [verdict, why])).toEqual([
		['bad', 'second'],
		['ok', 'b is ok.'],
	]);
	expect(
		worstOf([reading('a', 'warn')], [reading('a', 'bad')], [reading('a', 'unknown')]).map(({ verdict }) => verdict),
	).toEqual(['bad']);
});

test('Readings are concluded by the worst of them, and what is unknown is told and not called ok', () => {
	expect(concludeReadings([reading('a', 'ok'), reading('b', 'warn'), reading('c', 'bad')])).toEqual({
		mark: 'look',
		text: 'disk saturation is bad: c is bad. (and 1 more)',
	});
	expect(concludeReadings([reading('a', 'ok'), reading('b', 'unknown')])).toEqual({
		mark: 'ok',
		text: '1 reading ok, 1 reading unknown.',
	});
	expect(concludeReadings([reading('a', 'unknown', 'not to be had\x1b')])).toEqual({
		mark: 'unknown',
		text: 'not to be had·',
	});
	expect(concludeReadings([]).mark).toBe('unknown');
});
