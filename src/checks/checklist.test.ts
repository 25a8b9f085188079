import { expect, test } from 'vitest';
import { alteredTree } from '../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter, sampleHost } from '../../test/fixtures/proc-trees/readings.ts';
import { kinds, type Reading } from './check.ts';
import { cells, checklists, judge, worst } from './checklist.ts';
import { ruleOf } from './thresholds.ts';

test('readings come by resource, and in each errors first', () => {
	const order = readingsAfter({}).map(({ resource, kind }) => `${resource} ${kind}`);
	const once = order.filter((each, i) => each !== order[i - 1]);
	expect(once).toEqual(
		checklists.host.flatMap(({ resource: name }) => [`${name} errors`, `${name} utilization`, `${name} saturation`]),
	);
});

test.each(Object.entries(checklists))(
	'each check of a %s has a name of its own and tells where its numbers come from',
	(kind, list) => {
		const checks = list.flatMap(({ resource, checks }) => checks.map((check) => ({ resource, ...check })));
		expect(checks.length).toBeGreaterThan(0);
		expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
		for (const { resource, name, source, ...check } of checks) {
			expect(name.startsWith(`${resource}.`), name).toBe(true);
			// What is counted for the host alone says so instead.
			if (kind === 'host') expect(source, name).toMatch(/\/(proc|sys|dev)\/|^none: |cpu\.stat|pids\.|ovs-\w+|\/run\//);
			expect(source, name).toMatch(
				/\/(proc|sys)\/|^none: |(cpu|memory|io|pids)\.(stat|current|events|pressure)|\/(dev\/kmsg|run)|ovs-\w+/,
			);
			expect(ruleOf(check), name).toMatch(/\.$/);
		}
	},
);

test.each(Object.entries(checklists))(
	'every cell of a %s has a check: what can’t be known is unknown, not blank',
	(_, list) => {
		for (const { resource, checks } of list) {
			expect(new Set(checks.map(({ kind }) => kind)), resource).toEqual(new Set(kinds));
		}
	},
);

test('the first sample alone leaves rates unknown, and tells no reading ok without a reason', () => {
	const first = sampleHost(alteredTree());
	const readings = judge({ before: first, now: first, first });
	expect(reading(readings, 'memory.utilization').verdict).toBe('ok');
	for (const check of [
		'cpu.utilization',
		'cpu.pressure',
		'memory.swapping',
		'network.retransmits',
		'network.softnet',
	]) {
		expect(reading(readings, check), check).toMatchObject({ value: null, verdict: 'unknown' });
	}
	expect(reading(readings, 'disk.latency', 'vda')).toMatchObject({ value: null, verdict: 'unknown' });
});

test('a resource that can’t be read is unknown with the reason, and the others go on', () => {
	const readings = readingsAfter({ 'proc/diskstats': null });
	const disk = readings.filter(({ resource }) => resource === 'disk');
	expect(disk.length).toBeGreaterThan(0);
	for (const { verdict, value, why } of disk) {
		expect({ verdict, value }).toEqual({ verdict: 'unknown', value: null });
		expect(why).toMatch(/^can't read .*\/proc\/diskstats$/);
	}
	expect(reading(readings, 'memory.utilization').verdict).toBe('ok');
});

test('a resource that could be read only later needs a second sample, and then counts from there', () => {
	const first = { ...sampleHost(alteredTree({ 'proc/vmstat': null, 'proc/meminfo': null })), at: 0 };
	const second = { ...sampleHost(alteredTree()), at: 1000 };
	const third = { ...sampleHost(alteredTree({ 'proc/vmstat': 'oom_kill 1\n' })), at: 2000 };
	expect(reading(judge({ before: first, now: second, first }), 'memory.oom').verdict).toBe('unknown');
	expect(reading(judge({ before: second, now: third, first }), 'memory.oom')).toMatchObject({
		value: 1,
		verdict: 'bad',
	});
});

test('an error stays in sight after the sample that saw it', () => {
	const first = { ...sampleHost(alteredTree()), at: 0 };
	const later = alteredTree({ 'proc/vmstat': 'oom_kill 1\n' });
	const readings = judge({
		before: { ...sampleHost(later), at: 5000 },
		now: { ...sampleHost(later), at: 6000 },
		first,
	});
	expect(reading(readings, 'memory.oom')).toMatchObject({ value: 1, verdict: 'bad' });
});

test('only the resources asked for are read and judged', () => {
	const sample = sampleHost(alteredTree(), ['disk']);
	expect([...sample.resources.keys()]).toEqual(['disk']);
	const readings = judge({ before: sample, now: sample, first: sample });
	expect(new Set(readings.map(({ resource }) => resource))).toEqual(new Set(['disk']));
	expect(judge({ before: sample, now: sample, first: sample }, ['cpu'])).toEqual([]);
});

const made = (resource: Reading['resource'], verdict: Reading['verdict'], why = '') =>
	({ resource, kind: 'errors', verdict, why }) as Reading;

test('the worst verdict, and unknown is worse than ok', () => {
	expect(worst([made('cpu', 'ok'), made('cpu', 'bad'), made('cpu', 'warn')])).toBe('bad');
	expect(worst([made('cpu', 'ok'), made('cpu', 'unknown')])).toBe('unknown');
	expect(worst([])).toBe('unknown');
});

test('a cell shows its worst reading, of equal ones the first', () => {
	const readings = [made('cpu', 'ok'), made('cpu', 'warn', 'first'), made('cpu', 'warn', 'second'), made('disk', 'ok')];
	const grid = cells(readings);
	expect(grid.cpu?.errors?.why).toBe('first');
	expect(grid.disk?.errors?.verdict).toBe('ok');
	expect(grid.disk?.saturation).toBeUndefined();
});
