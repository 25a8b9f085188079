import { expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

/** Of 24684096 kB. */
const held = (kilobytes: number) => (captured: string) => `${captured}SUnreclaim: ${kilobytes} kB\n`;

const slabinfo: Changes = {
	'proc/slabinfo': [
		'slabinfo - version: 2.1',
		'# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables',
		'dentry            20000000 20000000    192   21    1 : tunables    0    0    0 : slabdata 1 1 0',
		'kmalloc-64         1000000 50000000     64   64    1 : tunables    0    0    0 : slabdata 1 1 0',
		'sock_inode_cache   1000000  1000000    832   19    4 : tunables    0    0    0 : slabdata 1 1 0',
		'small                    1        1     64   64    1 : tunables    0    0    0 : slabdata 1 1 0',
		'',
	].join('\n'),
	'sys/kernel/slab/dentry/reclaim_account': '1\n',
	'sys/kernel/slab/kmalloc-64/reclaim_account': '0\n',
};

test('a little is ok, and nobody asks what it is for', () => {
	const readings = readingsAfter({ ...slabinfo, 'proc/meminfo': held(2_000_000) });
	expect(reading(readings, 'memory.slab')).toMatchObject({
		verdict: 'ok',
		why: 'the kernel holds 2.0 GB that it can’t give back, 8.1 % of memory',
		suspects: [],
	});
});

test('much names the largest caches of those that can’t be given back', () => {
	const from = { ...slabinfo, 'proc/meminfo': held(4_000_000) };
	expect(reading(readingsAfter({}, { from }), 'memory.slab')).toMatchObject({
		verdict: 'warn',
		suspects: ['kmalloc-64: 3.2 GB', 'sock_inode_cache: 832 MB', 'small: 64 B'],
	});
});

test('what grows is a warning before it is much', () => {
	const from = { 'proc/meminfo': held(1_000_000) };
	expect(reading(readingsAfter({ 'proc/meminfo': held(2_300_000) }, { from }), 'memory.slab')).toMatchObject({
		verdict: 'warn',
		why: 'the kernel holds 2.4 GB that it can’t give back, 9.3 % of memory, 1.3 GB more than when this console started',
	});
});

test('a kernel that does not tell leaves it unknown', () => {
	expect(reading(readingsAfter({}), 'memory.slab').verdict).toBe('unknown');
});
