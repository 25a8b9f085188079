import { expect, test } from 'vitest';
import type { Kind, Reading, Verdict } from './check.ts';
import { type Settlement, settle } from './settle.ts';

function shownFor(raw: Verdict[], kind: Kind = 'saturation'): Verdict[] {
	let settlement: Settlement = new Map();
	return raw.map((verdict) => {
		const step = settle(settlement, [{ check: 'c', device: 'd', kind, verdict } as Reading]);
		settlement = step.settlement;
		return step.shown[0]?.verdict as Verdict;
	});
}

test.each<[string, Verdict[], Verdict[]]>([
	['three bad samples rise', ['bad', 'bad', 'bad'], ['ok', 'ok', 'bad']],
	['one odd sample does nothing', ['ok', 'bad', 'ok', 'ok'], ['ok', 'ok', 'ok', 'ok']],
	['three of five are enough', ['bad', 'ok', 'bad', 'ok', 'bad'], ['ok', 'ok', 'ok', 'ok', 'bad']],
	['warn and bad together are at least warn', ['warn', 'bad', 'bad'], ['ok', 'ok', 'warn']],
	[
		'it falls when three of five are better',
		['bad', 'bad', 'bad', 'bad', 'bad', 'ok', 'warn', 'ok'],
		['ok', 'ok', 'bad', 'bad', 'bad', 'bad', 'bad', 'warn'],
	],
	[
		'unknown shows at once and does not count',
		['bad', 'bad', 'bad', 'unknown', 'bad'],
		['ok', 'ok', 'bad', 'unknown', 'bad'],
	],
])('%s', (_name, raw, shown) => {
	expect(shownFor(raw)).toEqual(shown);
});

test('a verdict that outlives its sample comes with the sentence of the last one that gave it', () => {
	let settlement: Settlement = new Map();
	const whys = (['bad', 'bad', 'bad', 'ok', 'warn', 'ok'] as const).map((verdict, index) => {
		const reading = { check: 'c', device: null, kind: 'saturation', verdict, why: `sample ${index}`, suspects: [] };
		const step = settle(settlement, [reading as unknown as Reading]);
		settlement = step.settlement;
		return `${step.shown[0]?.verdict}: ${step.shown[0]?.why}`;
	});
	expect(whys).toEqual([
		'ok: sample 0',
		'ok: sample 1',
		'bad: sample 2',
		'bad: sample 2 (1 s ago)',
		'bad: sample 2 (2 s ago)',
		'warn: sample 4 (1 s ago)',
	]);
});

test('errors show at once and stay', () => {
	expect(shownFor(['ok', 'warn', 'ok', 'bad', 'unknown', 'ok'], 'errors')).toEqual([
		'ok',
		'warn',
		'warn',
		'bad',
		'bad',
		'bad',
	]);
	expect(shownFor(['unknown', 'ok'], 'errors')).toEqual(['unknown', 'ok']);
});

test('devices have a past of their own, which goes with them', () => {
	const bad = { check: 'c', device: 'sda', kind: 'saturation', verdict: 'bad' } as Reading;
	let settlement: Settlement = new Map();
	for (const readings of [[bad], [bad], [{ ...bad, device: 'sdb' }]])
		settlement = settle(settlement, readings).settlement;
	expect([...settlement.keys()]).toEqual(['c sdb']);
	expect(settle(settlement, [bad]).shown[0]?.verdict).toBe('ok');
});
