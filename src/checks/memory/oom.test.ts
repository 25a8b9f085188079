import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alteredTree, type Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import type { Host } from '../../host/host.ts';
import { judge } from '../checklist.ts';

const version2: Changes = {
	'proc/self/cgroup': '0::/\n',
	'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n',
	'sys/fs/cgroup/cgroup.procs': '',
	'sys/fs/cgroup/shop/memory.max': '1000000\n',
	'sys/fs/cgroup/shop/memory.events': 'low 0\noom 0\noom_kill 1\n',
	'sys/fs/cgroup/shop/web/memory.max': '500000\n',
	'sys/fs/cgroup/shop/web/memory.events': 'low 0\noom 0\noom_kill 1\n',
	'sys/fs/cgroup/shop/free/memory.max': 'max\n',
	'sys/fs/cgroup/shop/free/memory.events': 'low 0\noom 0\noom_kill 0\n',
};

const version1: Changes = {
	'proc/self/cgroup': '1:memory:/\n',
	'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
	'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
	'sys/fs/cgroup/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n',
	'sys/fs/cgroup/memory/shop/memory.limit_in_bytes': '9223372036854771712\n',
	'sys/fs/cgroup/memory/shop/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n',
	'sys/fs/cgroup/memory/shop/web/memory.limit_in_bytes': '500000\n',
	'sys/fs/cgroup/memory/shop/web/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
};

/** The same host, before and after: what is kept between samples is kept by host. */
function after(from: Changes, happen: (host: Host, write: (file: string, text: string) => void) => void) {
	const vmstat = (kills: number) => `oom_kill ${kills}\n`;
	const host = alteredTree({ ...from, 'proc/vmstat': vmstat(4) });
	const root = join(host.proc, '..');
	const first = { ...sampleHost(host, ['memory']), at: 0 };
	writeFileSync(join(host.proc, 'vmstat'), vmstat(5));
	happen(host, (file, text) => writeFileSync(join(root, file), text));
	const now = { ...sampleHost(host, ['memory']), at: 1000 };
	return reading(judge({ before: first, now, first }, ['memory']), 'memory.oom');
}

test('version 2: the lowest group that counts a kill is the one it was in', () => {
	const found = after(version2, (_, write) => {
		for (const group of ['shop', 'shop/web']) write(`sys/fs/cgroup/${group}/memory.events`, 'oom 1\noom_kill 2\n');
	});
	expect(found).toMatchObject({ value: 1, verdict: 'bad', suspects: ['/shop/web: 1 killed in it'] });
});

test('version 1', () => {
	const found = after(version1, (_, write) => {
		write('sys/fs/cgroup/memory/shop/web/memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n');
	});
	expect(found).toMatchObject({ value: 1, verdict: 'bad', suspects: ['/shop/web: 1 killed in it'] });
});

test('a group that is gone with its process is told by the kernel’s log', () => {
	const message = (name: string, pid: number) =>
		`6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/shop,task_memcg=/shop/web,task=${name},pid=${pid},uid=0\n`;
	const found = after({ ...version2, 'dev/kmsg': message('old', 12) }, (host) => {
		rmSync(join(host.proc, '../sys/fs/cgroup/shop'), { recursive: true });
		appendFileSync(join(host.proc, '../dev/kmsg'), message('java', 812));
	});
	expect(found).toMatchObject({
		verdict: 'bad',
		why: '1 OOM kill since this console started, 5 since boot; the last was java (pid 812) of /shop/web',
		suspects: ['java (pid 812): OOM kill'],
	});
});

test('without control groups or a log there is still the count', () => {
	expect(after({}, () => {})).toMatchObject({
		verdict: 'bad',
		why: '1 OOM kill since this console started, 5 since boot',
		suspects: [],
	});
});
