import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { readingWith } from '../../test/support/made-session.ts';
import type { Verdict } from '../checks/check.ts';
import { compareVerdicts } from './compare-verdicts.ts';
import { type ReadingDigest, ReadingsDigest } from './readings-digest.ts';

/** What becomes of a check that gives these verdicts, one a second. */
function digest(of: Record<string, Verdict[]>): Map<string, ReadingDigest> {
	const digested = new ReadingsDigest();
	for (const [name, verdicts] of Object.entries(of)) {
		const [check = '', device = null] = name.split(' ');
		let before: Verdict | undefined;
		verdicts.forEach((verdict, second) => {
			const suspects = verdict === 'bad' ? ['hog (pid 7)'] : [];
			const reading = readingWith({ check, device, verdict, why: `it is ${verdict}`, suspects, value: 1 });
			if (verdict !== before) digested.turned('host', 1000 * second, reading);
			digested.sampled('host', 1000 * second, [reading]);
			before = verdict;
		});
	}
	return new Map(digested.all().map((reading) => [`${reading.check} ${reading.device ?? ''}`, reading]));
}

const each = (verdict: Verdict, seconds = 10): Verdict[] => Array.from({ length: seconds }, () => verdict);

test('the same verdicts do not differ, and which side comes first changes only who is worse', () => {
	const random = new Random(7);
	const side = () =>
		digest({
			'cpu.pressure': random.many(20, () => random.pick(['ok', 'warn', 'bad', 'unknown'])),
			'disk.latency vda': random.many(20, () => random.pick(['ok', 'warn', 'bad', 'unknown'])),
		});
	for (let round = 0; round < 300; round++) {
		const [a, b] = [side(), side()];
		expect(compareVerdicts(a, a)).toMatchObject({ changes: [], oneSided: [] });
		const there = compareVerdicts(a, b);
		const back = compareVerdicts(b, a);
		const turned = back.changes.map(({ check, turned, a: one, b: other }) => ({
			check,
			turned: turned === 'worse' ? 'better' : 'worse',
			a: other,
			b: one,
		}));
		const byCheck = (one: { check: string }, other: { check: string }) => (one.check < other.check ? -1 : 1);
		expect(turned.sort(byCheck), `round ${round}`).toEqual(
			there.changes.map(({ check, turned, a: one, b: other }) => ({ check, turned, a: one, b: other })).sort(byCheck),
		);
		expect(back.oneSided).toHaveLength(there.oneSided.length);
	}
});

test('what got worse comes before what got better, bad before warn, and what lasted before what did not', () => {
	const a = digest({ one: each('ok'), two: each('bad'), three: each('ok'), four: each('ok'), five: each('warn') });
	const b = digest({
		one: each('warn'),
		two: each('ok'),
		three: [...each('ok', 9), 'bad'],
		four: [...each('ok', 1), ...each('bad', 9)],
		five: each('warn'),
	});
	expect(compareVerdicts(a, b).changes.map(({ check, turned }) => [check, turned])).toEqual([
		['four', 'worse'],
		['three', 'worse'],
		['one', 'worse'],
		['two', 'better'],
	]);
});

test('both sentences are told, with suspects and for how much of the time', () => {
	const a = digest({ 'cpu.pressure': ['unknown', ...each('ok')] });
	const { changes } = compareVerdicts(a, digest({ 'cpu.pressure': ['ok', 'bad', 'bad', 'bad'] }));
	expect(changes).toMatchObject([
		{
			a: { verdict: 'ok', why: 'it is ok', suspects: [] },
			b: { verdict: 'bad', why: 'it is bad', suspects: ['hog (pid 7)'], share: 0.75 },
		},
	]);
});

test('what is bad now and then in one and nearly always in the other differs', () => {
	const rarely = digest({ 'cpu.pressure': ['bad', ...each('ok', 9)] });
	expect(compareVerdicts(rarely, digest({ 'cpu.pressure': each('bad') })).changes).toMatchObject([{ turned: 'worse' }]);
	const seldom = digest({ 'cpu.pressure': ['bad', 'bad', ...each('ok', 8)] });
	expect(compareVerdicts(rarely, seldom).changes).toEqual([]);
});

test('what only one could measure is told apart, unless it is wrong there', () => {
	const a = digest({ 'cpu.pressure': each('unknown'), 'disk.latency vda': each('ok'), 'disk.filling': each('ok') });
	const b = digest({ 'cpu.pressure': each('ok'), 'disk.latency vdb': each('bad'), 'disk.filling /': each('ok') });
	const { changes, oneSided } = compareVerdicts(a, b);
	expect(changes).toMatchObject([{ device: 'vdb', a: null, b: { verdict: 'bad' }, turned: 'worse' }]);
	expect(oneSided.map(({ check, device, measuredIn, why }) => [check, device, measuredIn, why])).toEqual([
		['cpu.pressure', null, 'b', 'it is unknown'],
		['disk.filling', '/', 'b', 'it is not there'],
		['disk.latency', 'vda', 'a', 'it is not there'],
	]);
});
