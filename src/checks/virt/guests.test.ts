import { expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { statLine } from '../../../test/fixtures/proc-trees/processes.ts';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

/** The threads of a process, and the machine's counts in debugfs. */
interface Machine {
	pid: number;
	threads: Record<number, { name: string; ran?: number; waited?: number; asGuest?: number }>;
	argv?: string[];
	counts?: Record<string, number>;
}

function machine({ pid, threads, argv = ['qemu-system-x86_64'], counts }: Machine): Changes {
	const stat = (tid: number, name: string, asGuest: number) => `${tid} (${name}) S ${'1 '.repeat(39)}${asGuest} 0\n`;
	const all = Object.entries(threads).map(([tid, thread]) => ({ tid: Number(tid), asGuest: 0, ...thread }));
	return {
		'sys/class/misc/kvm/dev': '10:232\n',
		'sys/devices/system/cpu/online': '0-1\n',
		[`proc/${pid}/comm`]: 'qemu-system-x86\n',
		[`proc/${pid}/cmdline`]: `${argv.join('\0')}\0`,
		[`proc/${pid}/status`]: `Name:\tqemu-system-x86\nTgid:\t${pid}\n`,
		[`proc/${pid}/stat`]: stat(
			pid,
			'qemu-system-x86',
			all.reduce((sum, { asGuest }) => sum + asGuest, 0),
		),
		...Object.fromEntries(
			all.flatMap(({ tid, name, ran = 0, waited = 0, asGuest }) => [
				[`proc/${pid}/task/${tid}/stat`, stat(tid, name, asGuest)],
				[`proc/${tid}/schedstat`, `${ran * 1e9} ${waited * 1e9} 1\n`],
			]),
		),
		...(counts ? { 'sys/kernel/debug/kvm/exits': '0\n' } : {}),
		...Object.fromEntries(
			Object.entries(counts ?? {}).map(([name, count]) => [`sys/kernel/debug/kvm/${pid}-12/${name}`, `${count}\n`]),
		),
	};
}

const named = { pid: 812, argv: ['qemu', '-name', 'guest=web1,debug-threads=on'] };
const web1 = 'web1 (pid 812)';

test.each(['CPU 0/KVM', 'vcpu0', 'fc_vcpu 0', 'vcpu_0'])('a thread named "%s" runs as a CPU of a guest', (name) => {
	const threads = (ran: number) => ({ 812: { name: 'main' }, 815: { name, ran } });
	const counts = { exits: 0 };
	const readings = readingsAfter(machine({ ...named, counts, threads: threads(0.5) }), {
		from: machine({ ...named, counts, threads: threads(0) }),
	});
	expect(reading(readings, 'virt.vcpus', web1)).toMatchObject({
		value: 50,
		verdict: 'ok',
		why: 'web1 (pid 812) uses 50 % of its 1 CPU',
	});
});

test('without names and without debugfs, the time that a thread ran as a guest tells', () => {
	const threads = (ran: number) => ({
		900: { name: 'qemu-system-x86', ran: 1 },
		903: { name: 'qemu-system-x86', ran, asGuest: 7 },
	});
	const readings = readingsAfter(machine({ pid: 900, threads: threads(1) }), {
		from: machine({ pid: 900, threads: threads(0) }),
	});
	expect(reading(readings, 'virt.vcpus', 'qemu-system-x86 (pid 900)')).toMatchObject({ value: 100, verdict: 'warn' });
	expect(reading(readings, 'virt.exits', 'qemu-system-x86 (pid 900)').verdict).toBe('unknown');
	expect(reading(readings, 'virt.exits', 'qemu-system-x86 (pid 900)').why).toMatch(/mount -t debugfs/);
});

test('where KVM is loaded and has no user, only machines without KVM are searched for', () => {
	const from = {
		...machine({ pid: 900, threads: { 903: { name: 'vcpu0', asGuest: 7 } } }),
		'proc/900/stat': statLine(900, 'firecracker'),
		'sys/module/kvm_intel/refcnt': '0\n',
	};
	expect(readingsAfter({}, { from }).some(({ check }) => check === 'virt.vcpus')).toBe(false);
});

test('a machine that QEMU runs without KVM is found by its program, and what the kernel can’t tell of it is said', () => {
	const from = {
		...machine({ pid: 900, threads: { 900: { name: 'qemu-system-x86' }, 903: { name: 'qemu-system-x86' } } }),
		'proc/900/stat': statLine(900, 'qemu-system-x86'),
	};
	const readings = readingsAfter({}, { from });
	for (const check of ['virt.emulation', 'virt.vcpus', 'virt.run-delay', 'virt.exits']) {
		const { verdict, why } = reading(readings, check, 'qemu-system-x86 (pid 900)');
		expect(verdict, check).toBe('unknown');
		expect(why, check).toMatch(/runs without KVM/);
	}
	expect(readings.some(({ check }) => check === 'virt.halt-polling')).toBe(false);
});

test('without KVM, threads that tell that they run as a CPU are measured as well', () => {
	const threads = (ran: number) => ({ 900: { name: 'main' }, 903: { name: 'CPU 0/TCG', ran } });
	const tree = (ran: number) => ({
		...machine({ pid: 900, argv: ['qemu', '-name', 'old,debug-threads=on'], threads: threads(ran) }),
		'proc/900/stat': statLine(900, 'qemu-system-x86'),
	});
	expect(reading(readingsAfter(tree(1), { from: tree(0) }), 'virt.vcpus', 'old (pid 900)').value).toBe(100);
});

test('debugfs names the thread that made a machine, not its process', () => {
	const from: Changes = {
		...machine({ ...named, threads: { 815: { name: 'vcpu0' } } }),
		'sys/kernel/debug/kvm/exits': '0\n',
		'sys/kernel/debug/kvm/814-9/exits': '100\n',
		'proc/814/status': 'Name:\tvmm\nTgid:\t812\n',
	};
	const readings = readingsAfter({ 'sys/kernel/debug/kvm/814-9/exits': '300\n' }, { from });
	expect(reading(readings, 'virt.exits', web1)).toMatchObject({ value: 200, verdict: 'ok' });
});

test.each([
	[0.02, 'ok'],
	[0.07, 'warn'],
	[0.6, 'bad'],
])('a guest’s CPU that waited %d s of a second is %s', (waited, verdict) => {
	const threads = (waited: number) => ({ 815: { name: 'CPU 0/KVM' }, 816: { name: 'CPU 1/KVM', waited } });
	const readings = readingsAfter(machine({ ...named, threads: threads(waited) }), {
		from: machine({ ...named, counts: { exits: 1 }, threads: threads(0) }),
	});
	expect(reading(readings, 'virt.run-delay', web1)).toMatchObject({ verdict });
	expect(reading(readings, 'virt.run-delay', web1).why).toContain(
		'of its 2 CPUs the one that waited most (thread 816)',
	);
});

test('a kernel that does not tell how long threads wait leaves that unknown', () => {
	const from = {
		...machine({ ...named, counts: { exits: 1 }, threads: { 815: { name: 'vcpu0' } } }),
		'proc/815/schedstat': '',
	};
	const readings = readingsAfter({}, { from });
	for (const check of ['virt.run-delay', 'virt.vcpus']) {
		expect(reading(readings, check, web1)).toMatchObject({ value: null, verdict: 'unknown' });
	}
});

test.each([
	[3, 'ok'],
	[4, 'warn'],
	[8, 'bad'],
])('%i CPUs promised on two are %s', (count, verdict) => {
	const threads = Object.fromEntries(Array.from({ length: count }, (_, i) => [900 + i, { name: `CPU ${i}/KVM` }]));
	const readings = readingsAfter({}, { from: machine({ ...named, counts: { exits: 1 }, threads }) });
	expect(reading(readings, 'virt.overcommit')).toMatchObject({ value: count / 2, verdict });
});

test.each([
	['of the machine itself', { 812: { name: 'main' }, 817: { name: 'vhost-812' } }, {}],
	[
		'of the kernel, as before Linux 6.4',
		{ 812: { name: 'main' } },
		{
			'sys/module/vhost_net/refcnt': '1\n',
			'proc/2/task/2/children': '3 817 ',
			'proc/3/comm': 'kthreadd-worker\n',
			'proc/817/comm': 'vhost-812\n',
		},
	],
])('a vhost thread %s that uses a whole CPU', (_, threads, more) => {
	const from = { ...machine({ ...named, counts: { exits: 1 }, threads }), 'proc/817/schedstat': '0 0 1\n', ...more };
	const readings = readingsAfter({ 'proc/817/schedstat': '950000000 0 1\n' }, { from });
	expect(reading(readings, 'virt.vhost', web1)).toMatchObject({ value: 95, verdict: 'bad' });
});

const vcpu = { 815: { name: 'vcpu0' } };
const counted = (counts: Record<string, number>) => machine({ ...named, threads: vcpu, counts });

test('exits a second for each CPU, and what for', () => {
	const from = { ...counted({ exits: 1000 }), 'sys/kernel/debug/kvm/io_exits': '100\n' };
	const changes = { ...counted({ exits: 31_000 }), 'sys/kernel/debug/kvm/io_exits': '25100\n' };
	expect(reading(readingsAfter(changes, { from }), 'virt.exits', web1)).toMatchObject({
		value: 30_000,
		verdict: 'warn',
		why: 'web1 (pid 812) is left 30000 times a second for each of its CPUs; all guests: I/O ports 25000 a second',
	});
});

test('halted guests that are waited for in vain', () => {
	const readings = readingsAfter(counted({ halt_poll_fail_ns: 4e8 }), { from: counted({ halt_poll_fail_ns: 0 }) });
	expect(reading(readings, 'virt.halt-polling')).toMatchObject({ value: 40, verdict: 'bad' });
	expect(reading(readings, 'virt.halt-polling').why).toContain('halt_poll_ns');
});

test('an instruction that KVM could not carry out', () => {
	const from = counted({ insn_emulation_fail: 3 });
	expect(reading(readingsAfter({}, { from }), 'virt.emulation', web1).verdict).toBe('ok');
	const readings = readingsAfter(counted({ insn_emulation_fail: 4 }), { from });
	expect(reading(readings, 'virt.emulation', web1)).toMatchObject({ value: 1, verdict: 'warn' });
});

test('a guest that has just come needs a second sample, and one that is gone says nothing', () => {
	const from = counted({ exits: 1 });
	expect(readingsAfter(from).find(({ why }) => why === 'this needs a second sample')?.verdict).toBe('unknown');
	expect(readingsAfter({ 'proc/812': null }, { from }).some(({ device }) => device === web1)).toBe(false);
});

test('what is not here is said once a cell', () => {
	const virt = readingsAfter({}).filter(({ resource }) => resource === 'virt');
	expect(virt.map(({ kind, verdict }) => ({ kind, verdict }))).toEqual(
		['errors', 'utilization', 'saturation'].map((kind) => ({ kind, verdict: 'unknown' })),
	);
	expect(virt[0]?.why).toBe(
		'no machine runs on this host (no thread runs as the CPU of a guest), and there is no Open vSwitch; this host is no guest itself',
	);
});
