import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { hasBeenGuest, type Thread, threadsOf } from '../../host/threads.ts';
import { hostProcesses } from '../host-processes.ts';
import { aged } from '../kept.ts';
import { readTimes, type ThreadTimes } from './thread-times.ts';

/** What KVM counts of one machine. */
export interface KvmCounts {
	exits: number | undefined;
	failedEmulations: number | undefined;
	/** Nanoseconds that a CPU was kept for a halted guest in vain. */
	polledInVain: number | undefined;
}

export interface Guest {
	/** Without it, QEMU carries out a guest's instructions itself, ten times slower. */
	kvm: boolean;
	vcpus: ThreadTimes;
	vhosts: ThreadTimes;
	/** Undefined where debugfs can't be read. */
	counts: KvmCounts | undefined;
}

export interface GuestCounters {
	/** "web1 (pid 812)" */
	guests: Map<string, Guest>;
	onlineCpus: number;
	/** Exits of all guests by what they were for. */
	exits: Map<string, number>;
}

export interface FoundGuest {
	name: string;
	pid: number;
	kvm: boolean;
	vcpus: Thread[];
	vhosts: Thread[];
	/** Its folders in debugfs. */
	folders: string[];
}

const secondsBetweenSearches = 10;

/** The machines that run on this host; undefined where none does. */
export function readGuests(host: Host): GuestCounters | undefined {
	const found = findGuests(host).filter(({ pid }) => existsSync(join(host.proc, String(pid))));
	if (found.length === 0) return undefined;
	return {
		guests: new Map(found.map((guest) => [guest.name, readGuest(host, guest)])),
		onlineCpus: onlineCpus(host),
		exits: readExits(host),
	};
}

function readGuest(host: Host, { kvm, vcpus, vhosts, folders }: FoundGuest): Guest {
	return {
		kvm,
		vcpus: readTimes(host, vcpus),
		vhosts: readTimes(host, vhosts),
		counts: folders.length ? readCounts(folders) : undefined,
	};
}

function readCounts(folders: string[]): KvmCounts {
	const sum = (file: string) => {
		const counts = folders.flatMap((folder) => readNumber(join(folder, file)) ?? []);
		return counts.length ? counts.reduce((a, b) => a + b) : undefined;
	};
	return {
		exits: sum('exits'),
		failedEmulations: sum('insn_emulation_fail'),
		polledInVain: sum('halt_poll_fail_ns'),
	};
}

const kvmFolder = (host: Host) => join(host.sys, 'kernel/debug/kvm');

/** Names that every processor's KVM has, and what they are called here. */
const exitKinds = {
	halt_exits: 'halts',
	io_exits: 'I/O ports',
	mmio_exits: 'device memory',
	irq_exits: 'the host’s interrupts',
	irq_window_exits: 'interrupts to deliver',
	signal_exits: 'signals',
} as const;

function readExits(host: Host): Map<string, number> {
	return new Map(
		Object.entries(exitKinds).flatMap(([file, kind]) => {
			const count = readNumber(join(kvmFolder(host), file));
			return count === undefined ? [] : [[kind, count] as const];
		}),
	);
}

const onlineCpus = aged(secondsBetweenSearches, (host) => {
	const ranges = readText(join(host.sys, 'devices/system/cpu/online'))?.trim().split(',') ?? [];
	return ranges.reduce((sum, range) => {
		const [first = 0, last = first] = range.split('-').map(Number);
		return sum + last - first + 1;
	}, 0);
});

export const findGuests = aged(secondsBetweenSearches, (host): FoundGuest[] => {
	const folders = foldersByPid(host);
	const users = new Set(folders ? folders.keys() : pidsOfGuests(host));
	const others = pidsOfQemu(host).filter((pid) => !users.has(pid));
	return [...users, ...others].flatMap((pid) => {
		const threads = threadsOf(host, pid);
		if (threads.length === 0) return [];
		const own = threads.filter(isVhost);
		return {
			name: `${nameOf(host, pid)} (pid ${pid})`,
			pid,
			kvm: users.has(pid),
			vcpus: threads.filter(isVcpu),
			vhosts: own.length ? own : (vhostsOfKernel(host).get(pid) ?? []),
			folders: folders?.get(pid) ?? [],
		};
	});
});

/** Each hypervisor names them in its own way, QEMU only when it is told to; that they ran as one tells in any case. */
const isVcpu = ({ name, wasGuest }: Thread) => wasGuest || /^CPU \d+\/(KVM|TCG)$|vcpu[ _]?\d+$/.test(name);
const isVhost = ({ name }: Thread) => name.startsWith('vhost-');

/** debugfs has a folder for each machine, "PID-FD", whose pid is that of the thread that made it. */
function foldersByPid(host: Host): Map<number, string[]> | undefined {
	const entries = listFolder(kvmFolder(host));
	if (entries.length === 0) return undefined;
	const folders = new Map<number, string[]>();
	for (const entry of entries) {
		const thread = /^(\d+)-\d+$/.exec(entry)?.[1];
		const pid = thread && /^Tgid:\t(\d+)$/m.exec(readText(join(host.proc, thread, 'status')) ?? '')?.[1];
		if (!pid) continue;
		folders.set(Number(pid), [...(folders.get(Number(pid)) ?? []), join(kvmFolder(host), entry)]);
	}
	return folders;
}

/** Where debugfs can't be read every process is looked at; but not where KVM is loaded only because the processor has it. */
function pidsOfGuests(host: Host): number[] {
	if (!existsSync(join(host.sys, 'class/misc/kvm'))) return [];
	const users = ['kvm_intel', 'kvm_amd'].map((module) => readNumber(join(host.sys, 'module', module, 'refcnt')));
	if (users.includes(0)) return [];
	return listFolder(host.proc)
		.map(Number)
		.filter((pid) => Number.isInteger(pid) && hasBeenGuest(host, pid));
}

/** Machines without KVM have nothing that tells them from other processes but their program's name, of which 15 bytes are kept. */
function pidsOfQemu(host: Host): number[] {
	const table = hostProcesses(host);
	table.look();
	return [...table.processes.values()]
		.filter(({ now }) => /^qemu-system-/.test(now.counters.name))
		.map(({ pid }) => pid);
}

/** Before Linux 6.4 vhost's threads were the kernel's, and named after the process that they work for. */
const vhostsOfKernel = aged(secondsBetweenSearches, (host) => {
	const vhosts = new Map<number, Thread[]>();
	const modules = ['vhost_net', 'vhost_vsock', 'vhost_scsi'];
	if (!modules.some((module) => existsSync(join(host.sys, 'module', module)))) return vhosts;
	for (const thread of readText(join(host.proc, '2/task/2/children'))?.trim().split(' ') ?? []) {
		const name = readText(join(host.proc, thread, 'comm'))?.trim();
		const pid = Number(/^vhost-(\d+)$/.exec(name ?? '')?.[1]);
		if (name && pid) vhosts.set(pid, [...(vhosts.get(pid) ?? []), { tid: Number(thread), name, wasGuest: false }]);
	}
	return vhosts;
});

/** As its owner called it, else as its program is called. */
function nameOf(host: Host, pid: number): string {
	const argv = (readText(join(host.proc, String(pid), 'cmdline')) ?? '').split('\0');
	const after = (option: string) => (argv.includes(option) ? argv[argv.indexOf(option) + 1] : undefined);
	const given = /^(?:guest=)?([^,]+)/.exec(after('-name') ?? '')?.[1] ?? after('--id');
	return printable(given ?? readText(join(host.proc, String(pid), 'comm'))?.trim() ?? 'a machine');
}
