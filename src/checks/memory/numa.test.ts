import { expect, test } from 'vitest';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

const node = (number: number, hits: number, foreign: number) => ({
	[`sys/devices/system/node/node${number}/numastat`]: `numa_hit ${hits}\nnuma_miss 0\nnuma_foreign ${foreign}\n`,
});

const from = { ...node(0, 1000, 10), ...node(1, 1000, 0), ...node(10, 1000, 0) };

test('a host with one memory node has no reading', () => {
	expect(readingsAfter(node(0, 1, 0)).some(({ check }) => check === 'memory.numa')).toBe(false);
});

test('nodes that have room are ok', () => {
	expect(reading(readingsAfter(node(1, 9000, 0), { from }), 'memory.numa')).toMatchObject({
		value: 0,
		verdict: 'ok',
		why: 'none of the 3 memory nodes ran short',
	});
});

test.each([
	[99_000, 1000, 'ok'],
	[19_000, 1000, 'warn'],
	[3000, 1000, 'bad'],
	[0, 999, 'ok'],
])('%i pages found and %i not are %s', (found, lacked, verdict) => {
	const changes = { ...node(0, 2000, 10), ...node(1, 1000 + found, lacked) };
	expect(reading(readingsAfter(changes, { from }), 'memory.numa').verdict).toBe(verdict);
});

test('the node that ran short is named', () => {
	const changes = { ...node(0, 2000, 15), ...node(1, 4000, 1000) };
	expect(reading(readingsAfter(changes, { from }), 'memory.numa')).toMatchObject({
		why: 'node1 had no room for 1000 pages a second, 25 % of those wanted from it: they came from a far node',
		suspects: ['node1'],
	});
});
