import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alteredTree } from '../../../test/fixtures/proc-trees/altered.ts';
import { kernelLogCheck } from './check.ts';
import { type LogCounters, readKernelLog } from './events.ts';
import { type LogCheckName, patterns } from './patterns.ts';

const record = (text: string, at = 1) => `6,${at},${at}000000,-;${text}\n`;

function judge(check: LogCheckName, first: LogCounters, now: LogCounters) {
	const counters = { before: { log: first }, now: { log: now }, first: { log: first }, seconds: 1 };
	return kernelLogCheck(check, '').judge(counters)[0];
}

/** What the log tells of after these messages, on a host that has booted with one OOM kill. */
function after(...messages: string[]) {
	const host = alteredTree({ 'dev/kmsg': record('Killed process 12 (old) total-vm:1kB') });
	const first = readKernelLog(host);
	appendFileSync(join(host.proc, '../dev/kmsg'), messages.map((text) => record(text)).join(''));
	return { first, now: readKernelLog(host) };
}

/** As kernels have written them. */
const messages: [LogCheckName, string, string][] = [
	['cpu.kernel-log', 'soft lockup', 'watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [stress ng:123]'],
	['cpu.kernel-log', 'hard lockup', 'NMI watchdog: Watchdog detected hard LOCKUP on cpu 3'],
	['cpu.kernel-log', 'RCU stall', 'rcu: INFO: rcu_preempt self-detected stall on CPU'],
	['cpu.kernel-log', 'RCU stall', 'rcu: INFO: rcu_sched detected stalls on CPUs/tasks:'],
	['cpu.kernel-log', 'RCU stall', 'rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... }'],
	['cpu.kernel-log', 'hardware error', 'mce: [Hardware Error]: Machine check events logged'],
	['cpu.kernel-log', 'hardware error', '{1}[Hardware Error]: event severity: fatal'],
	['cpu.kernel-log', 'corrected hardware error', '{1}[Hardware Error]: event severity: corrected'],
	[
		'memory.oom',
		'OOM kill',
		'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=tail,pid=5274,uid=0',
	],
	['memory.oom', 'OOM kill', 'Killed process 5274 (tail) total-vm:64764kB, anon-rss:61824kB'],
	['memory.kernel-log', 'failed allocation', 'kworker/0:1: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL)'],
	['memory.kernel-log', 'corrected memory error', 'EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1'],
	['memory.kernel-log', 'memory error', 'EDAC MC1: 1 UE multi-bit error on DIMM_A1'],
	['memory.kernel-log', 'memory error', 'Memory failure: 0x12345: recovery action for dirty LRU page: Recovered'],
	['disk.kernel-log', 'I/O error', 'I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x0'],
	['disk.kernel-log', 'I/O error', 'blk_update_request: I/O error, dev sdb, sector 0'],
	[
		'disk.kernel-log',
		'I/O error',
		'critical medium error, dev sda, sector 8192 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2',
	],
	['disk.kernel-log', 'I/O error', 'Buffer I/O error on dev dm-0, logical block 0, async page read'],
	['disk.kernel-log', 'drive reset', 'nvme nvme0: I/O 12 QID 3 timeout, aborting'],
	['disk.kernel-log', 'drive reset', 'ata1.00: failed command: READ FPDMA QUEUED'],
	['disk.kernel-log', 'file system error', 'EXT4-fs error (device vda1): ext4_lookup:1785: inode #2: comm ls'],
	['disk.kernel-log', 'file system error', 'EXT4-fs (vda1): Remounting filesystem read-only'],
	[
		'disk.kernel-log',
		'file system error',
		'XFS (sdb1): Corruption of in-memory data detected.  Shutting down filesystem',
	],
	['disk.kernel-log', 'file system error', 'BTRFS error (device sdc): bdev /dev/sdc errs: wr 1, rd 0'],
	['disk.kernel-log', 'array failure', 'md/raid1:md0: Disk failure on sdb1, disabling device.'],
	['network.kernel-log', 'network card stall', 'NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out'],
	['network.kernel-log', 'connection table overflow', 'nf_conntrack: nf_conntrack: table full, dropping packet'],
	['network.kernel-log', 'neighbour table overflow', 'neighbour: arp_cache: neighbor table overflow!'],
	['network.kernel-log', 'SYN flood', 'TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.'],
	['network.kernel-log', 'lost link', 'e1000e 0000:00:1f.6 eth0: NIC Link is Down'],
	['network.kernel-log', 'socket memory shortage', 'TCP: out of memory -- consider tuning tcp_mem'],
	['software.kernel-log', 'hung task', 'INFO: task jbd2/sda1-8:341 blocked for more than 120 seconds.'],
	['software.kernel-log', 'kernel bug', 'BUG: unable to handle page fault for address: ffffb1e0c0a8d000'],
	['software.kernel-log', 'kernel bug', 'Oops: 0000 [#1] PREEMPT SMP NOPTI'],
	['software.kernel-log', 'lock misuse', 'WARNING: possible circular locking dependency detected'],
	['software.kernel-log', 'workqueue hog', 'workqueue: drain_vmap_area_work hogged CPU for >10000us 4 times'],
	[
		'software.kernel-log',
		'workqueue hog',
		'BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 31s!',
	],
	['software.kernel-log', 'refused fork', 'cgroup: fork rejected by pids controller in /docker/abc'],
	['software.kernel-log', 'refused file', 'VFS: file-max limit 1024 reached'],
	[
		'software.kernel-log',
		'unstable clock',
		"clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable",
	],
	['software.kernel-log', 'unstable clock', 'tsc: Marking TSC unstable due to clocksource watchdog'],
	['software.kernel-log', 'crashed program', 'python3[4321]: segfault at 0 ip 00007f sp 00007ffd error 4 in libc.so.6'],
	['software.kernel-log', 'crashed program', 'traps: node[99] general protection fault ip:1 sp:2 error:0'],
];

test.each(messages)('%s: %s: %s', (check, event, message) => {
	const { first, now } = after(message);
	const added = [...(now ?? [])].filter(([key, { count }]) => count > (first?.get(key)?.count ?? 0));
	expect(added).toMatchObject([[`${check} ${event}`, { pattern: { check, event } }]]);
});

test('every pattern has a message that it fits', () => {
	const fitted = new Set(messages.map(([check, event]) => `${check} ${event}`));
	expect(patterns.filter(({ check, event }) => !fitted.has(`${check} ${event}`))).toEqual([]);
});

test('messages of everyday life count for nothing', () => {
	const { first, now } = after(
		'docker0: port 3(vethe37aaa1) entered disabled state',
		'systemd[1]: Started Daily apt download activities.',
		'debugger: quoting "BUG: soft"',
		'eth0: NIC Link is Up 1000 Mbps Full Duplex',
		'EXT4-fs (vda1): mounted filesystem with ordered data mode',
		'nvme nvme0: 8/0/0 default/read/poll queues',
		'Memory cgroup out of memory: Killed process 5 (tail) total-vm:1kB',
	);
	expect(now).toBe(first);
});

test('the verdict is that of the worst since the first sample, and names whom the log names', () => {
	const { first, now } = after(
		'a.out[77]: segfault at 0 ip 0 sp 0 error 4',
		'INFO: task cp:341 blocked for more than 120 seconds.',
		'INFO: task cp:341 blocked for more than 241 seconds.',
	);
	expect(judge('software.kernel-log', first, now)).toEqual({
		device: null,
		value: 3,
		verdict: 'bad',
		why: '1 crashed program, 2 hung tasks in the kernel’s log since this console started, none before it: “INFO: task cp:341 blocked for more than 241 seconds.”',
		suspects: ['cp (pid 341): hung task', 'a.out (pid 77): crashed program'],
	});
	expect(judge('software.kernel-log', now, now)).toMatchObject({ value: 0, verdict: 'ok' });
	expect(judge('software.kernel-log', now, now)?.why).toContain('3 before it');
});

test('a message may not move the cursor', () => {
	const { first, now } = after('BUG: \\x1b[2J');
	expect(judge('software.kernel-log', first, now)?.why).toContain('“BUG: ·[2J”');
});

test('a log that can’t be read is unknown', () => {
	const log = readKernelLog(alteredTree());
	expect(judge('cpu.kernel-log', log, log)).toMatchObject({ value: null, verdict: 'unknown' });
});
