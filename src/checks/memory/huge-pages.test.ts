import { expect, test } from 'vitest';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

const pool = (numbers: Record<string, number>, size = 2048) =>
	Object.fromEntries(
		Object.entries(numbers).map(([name, count]) => [
			`sys/kernel/mm/hugepages/hugepages-${size}kB/${name}`,
			`${count}\n`,
		]),
	);

const device = 'pages of 2 MiB';

test.each([
	[100, 40, 20, 0, 80, 'ok'],
	[100, 20, 20, 0, 100, 'warn'],
	[100, 0, 0, 0, 100, 'warn'],
	[100, 0, 0, 50, 100, 'ok'],
])(
	'of %i pages %i free, %i of them promised, %i more allowed: %i %% is %s',
	(total, free, reserved, more, value, verdict) => {
		const changes = pool({
			nr_hugepages: total,
			free_hugepages: free,
			resv_hugepages: reserved,
			nr_overcommit_hugepages: more,
			surplus_hugepages: 0,
		});
		expect(reading(readingsAfter(changes), 'memory.huge-pages', device)).toMatchObject({ value, verdict });
	},
);

test('the sentence tells what is in use and what is promised', () => {
	const changes = pool({ nr_hugepages: 100, free_hugepages: 20, resv_hugepages: 20 });
	expect(reading(readingsAfter(changes), 'memory.huge-pages', device).why).toBe(
		'80 of 100 huge pages of 2 MiB are in use, 20 more are promised, 100 % in all: who asks for another gets none (nr_hugepages sets how many there are)',
	);
});

test('a pool of none has no reading, each size has its own', () => {
	const devices = (changes: Record<string, string>) =>
		readingsAfter(changes).flatMap(({ check, device }) => (check === 'memory.huge-pages' ? [device] : []));
	expect(devices({})).toEqual([]);
	expect(devices(pool({ nr_hugepages: 0, free_hugepages: 0 }))).toEqual([]);
	const both = { ...pool({ nr_hugepages: 1, free_hugepages: 1 }), ...pool({ nr_hugepages: 1 }, 1048576) };
	expect(devices(both).sort()).toEqual(['pages of 1 GiB', 'pages of 2 MiB']);
});
