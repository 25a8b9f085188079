import type { Check } from './check.ts';
import type { Limits } from './measuring.ts';

/** What a value is measured against; warn or bad is left out where no value is that much. */
export interface Threshold {
	/** Which of several things it is about, where a check measures more than one. */
	of?: string;
	unit: string;
	warn?: number;
	bad?: number;
	/** On whose word; "our own" where no authority gives a number. */
	why: string;
}

const shipped = {
	'cpu.busy': { unit: '%', warn: 85, bad: 95, why: 'netdata; node-mixin, pmie and atop have 90, PCP 85' },
	'cpu.hot': {
		of: 'one CPU alone',
		unit: '%',
		warn: 95,
		why: 'our own: a thread that can get no more than its CPU',
	},
	'cpu.hot-others': {
		of: 'the others, which it then stands out from no more',
		unit: '%',
		warn: 50,
		why: 'our own: above it the others are busy too, and no CPU stands out',
	},
	'cpu.kernel-busy': { of: 'CPUs with mostly the kernel’s work', unit: '%', warn: 70, why: 'pmie’s cpu.system' },
	'cpu.kernel-share': { of: 'the kernel’s share of it', unit: '%', warn: 75, why: 'pmie’s cpu.system' },
	'cpu.interrupts': {
		unit: '%',
		warn: 30,
		bad: 80,
		why: 'our own: a CPU that handles interrupts runs no thread meanwhile; near all of it, packets get lost',
	},
	'cpu.run-delay': {
		unit: 'threads',
		warn: 1,
		bad: 4,
		why: 'our own: with one in the queue all the time each thread gets half a CPU, with four a fifth',
	},
	'cpu.run-delay-others': {
		of: 'for each of the other CPUs, which then are as short of time',
		unit: 'threads',
		warn: 0.2,
		why: 'our own: below it there is room elsewhere',
	},
	'cpu.interrupt-pressure': { unit: '%', warn: 5, bad: 25, why: 'our own' },
	'cpu.pressure': { unit: '%', warn: 20, bad: 50, why: 'our own' },
	'cpu.steal': { unit: '%', warn: 5, bad: 10, why: 'netdata raises it at 10 and clears it at 5' },
	'cpu.throttled': {
		unit: '%',
		warn: 10,
		bad: 25,
		why: 'kubernetes-mixin’s CPUThrottlingHigh for bad; warn is our own',
	},
	'memory.used': { unit: '%', warn: 90, bad: 95, why: 'node-mixin, PCP and netdata warn there; bad is our own' },
	'memory.least': { of: 'what is left available', unit: 'MiB', bad: 100, why: 'kubelet evicts under it' },
	'memory.swap': { unit: '%', warn: 80, bad: 90, why: 'netdata and atop; systemd-oomd kills at 90' },
	'memory.pressure-some': { of: 'some task', unit: '%', warn: 5, why: 'GLib’s memory monitor' },
	'memory.pressure-full': {
		of: 'all at once',
		unit: '%',
		warn: 1,
		bad: 5,
		why: 'GLib’s memory monitor for bad; warn is our own',
	},
	'memory.commit': { unit: '%', warn: 90, bad: 98, why: 'our own' },
	'memory.huge-pages': {
		unit: '%',
		warn: 100,
		why: 'our own: a pool sized for one program is full by design up to the last page, and may be set higher here',
	},
	'memory.slab': { unit: '%', warn: 15, bad: 30, why: 'our own: a few percent are the rule' },
	'memory.slab-growth': {
		of: 'growth since this console started, of all memory',
		unit: '%',
		warn: 5,
		why: 'our own: a leak in the kernel, or a flood of sockets',
	},
	'memory.swap-out': { of: 'out to swap', unit: 'pages/s', warn: 1, bad: 10, why: 'atop; pmie has 5' },
	'memory.swap-in': {
		of: 'back from it',
		unit: 'pages/s',
		warn: 10,
		why: 'our own: at 10 ms each, ten are a tenth of the time',
	},
	'memory.stalls': {
		of: 'allocations that stalled',
		unit: '/s',
		bad: 100,
		why: 'our own: each is some milliseconds that a program stands still',
	},
	'memory.scan-wasted': {
		of: 'share of the pages that could not be taken',
		unit: '%',
		warn: 50,
		bad: 90,
		why: 'PCP’s vmeff below 50 %; bad is our own',
	},
	'memory.scan-rate': { of: 'pages looked at', unit: '/s', warn: 1000, why: 'our own' },
	'memory.host-major-faults': { unit: '/s', warn: 500, why: 'node-mixin' },
	'memory.dirty': {
		unit: '%',
		warn: 75,
		bad: 95,
		why: 'the kernel slows writers down from midway between its two limits, 75 % with the usual 10 and 20 % of memory; bad is our own: near all of it they stand still',
	},
	'memory.numa-rate': { of: 'pages from a far node', unit: '/s', warn: 1000, why: 'our own' },
	'memory.numa-lacked': { of: 'share of those wanted', unit: '%', warn: 5, bad: 25, why: 'our own' },
	'memory.major-faults': { unit: '/s', warn: 10, bad: 100, why: 'our own: at 10 ms each, ten are a tenth of the time' },
	'disk.busy': { unit: '%', warn: 85, bad: 98, why: 'PCP’s checklist; netdata' },
	'disk.queue-hdd': {
		of: 'spinning disks',
		unit: 'requests',
		warn: 2,
		bad: 5,
		why: 'netdata’s backlog of 5 s a second',
	},
	'disk.queue': { of: 'other disks', unit: 'requests', warn: 10, why: 'node-mixin' },
	'disk.queue-full': {
		of: 'other disks, of nr_requests',
		unit: '%',
		bad: 80,
		why: 'our own: soon programs wait for a place in it',
	},
	'disk.latency-hdd': { of: 'spinning disks', unit: 'ms', warn: 20, bad: 50, why: 'glances' },
	'disk.latency-ssd': { of: 'SSD', unit: 'ms', warn: 10, bad: 50, why: 'glances' },
	'disk.latency-nvme': { of: 'NVMe', unit: 'ms', warn: 2, bad: 20, why: 'our own' },
	'disk.latency-past': {
		of: 'of what was usual',
		unit: 'times',
		warn: 5,
		why: 'our own: a disk of its kind may be fast enough, and this one has got slow',
	},
	'disk.latency-past-floor': {
		of: 'of the limit of its kind, under which nothing is slow',
		unit: '%',
		warn: 50,
		why: 'our own',
	},
	'disk.space': { unit: '%', warn: 90, bad: 97, why: 'netdata and kubelet; node-mixin’s critical' },
	'disk.inodes': { unit: '%', warn: 90, bad: 97, why: 'netdata; node-mixin’s critical' },
	'disk.filling': {
		of: 'time left, less is worse',
		unit: 'h',
		warn: 8,
		bad: 2,
		why: 'netdata’s out_of_disk_space_time',
	},
	'disk.pressure-some': { of: 'some task', unit: '%', warn: 10, bad: 40, why: 'our own' },
	'disk.pressure-full': { of: 'all at once', unit: '%', bad: 10, why: 'our own; psi.rst’s example of a trigger has 5' },
	'network.busy': { unit: '%', warn: 85, bad: 90, why: 'PCP, pmie, netdata and atop agree' },
	'network.drops': {
		unit: 'packets/s',
		warn: 2,
		bad: 10,
		why: 'our own: a packet that nobody here wants counts as well, and switches send one each two seconds (spanning tree); PCP warns above 0',
	},
	'network.share': { of: 'share of the packets', unit: '%', bad: 1, why: 'node-mixin’s ratio of errors to packets' },
	'network.squeezed': { of: 'times out of time', unit: '/s', warn: 10, why: 'netdata' },
	'network.backlog': {
		of: 'the longest queue, of the packets that may wait in it',
		unit: '%',
		warn: 50,
		why: 'our own: the next burst is dropped',
	},
	'network.queueing': { unit: 'packets/s', warn: 1, bad: 100, why: 'our own: a shaped link drops some by design' },
	'network.conntrack': { unit: '%', warn: 75, bad: 90, why: 'node-mixin warns there; netdata has 90' },
	'network.neighbours': { unit: '%', warn: 80, bad: 95, why: 'our own: past all of them no more hosts can be reached' },
	'network.socket-memory': { unit: '%', bad: 90, why: 'netdata' },
	'network.orphans': { unit: '%', warn: 25, bad: 50, why: 'netdata' },
	'network.tcp-buffers': { unit: 'segments/s', warn: 1, why: 'our own: each is sent again' },
	'network.out-of-window': {
		unit: 'segments/s',
		warn: 10,
		why: 'our own: single ones come with every restart of a peer',
	},
	'network.ip-discards': { unit: 'packets/s', warn: 1, why: 'our own' },
	'network.syn-queue': {
		unit: 'SYN/s',
		warn: 1,
		bad: 100,
		why: 'our own; netdata counts dropped ones with full listen queues',
	},
	'network.retransmits': { unit: '%', warn: 1, bad: 5, why: 'our own; Gregg lists retransmits under saturation' },
	'network.listen': { unit: '/s', warn: 1, bad: 5, why: 'netdata' },
	'virt.vcpus': { unit: '%', warn: 90, why: 'our own: the guest has hardly any CPU left, whatever the host has' },
	'virt.overcommit': { unit: 'CPUs', warn: 2, bad: 4, why: 'our own: past it guests wait when many of them work' },
	'virt.vhost': { unit: '%', warn: 75, bad: 90, why: 'our own: one thread, which can get no more than its CPU' },
	'virt.halt-polling': { unit: '%', warn: 10, bad: 30, why: 'our own' },
	'virt.run-delay': { unit: '%', warn: 5, bad: 10, why: 'as of steal, which is what the guest sees of it' },
	'virt.exits': { unit: 'exits/s', warn: 20_000, bad: 100_000, why: 'our own: at 2 µs each, 4 and 20 % of its time' },
	'virt.balloon': {
		of: 'share of the memory',
		unit: '%',
		warn: 25,
		bad: 50,
		why: 'our own: it was given back because the host ran short, or somebody set it so',
	},
	'virt.ovs-flows': { unit: '%', warn: 80, bad: 95, why: 'our own: past the limit, flows are thrown out' },
	'virt.ovs-masks': { unit: 'masks', warn: 10, bad: 30, why: 'our own: each is one more lookup for every packet' },
	'virt.ovs-miss-rate': {
		of: 'packets that were missed, with fewer of which the share says nothing',
		unit: '/s',
		warn: 100,
		why: 'our own',
	},
	'virt.ovs-misses': { of: 'their share', unit: '%', warn: 5, bad: 20, why: 'our own' },
	'virt.ovs-dump': {
		unit: 'ms',
		warn: 1000,
		bad: 1300,
		why: 'Open vSwitch: from there its limit of flows stops to grow, and shrinks',
	},
	'virt.ovs-threads': { unit: '%', warn: 75, bad: 90, why: 'our own: one thread, which can get no more than its CPU' },
	'software.tasks': { unit: '%', warn: 90, bad: 95, why: 'netdata’s active_processes' },
	'software.task-creation': { unit: '/s', warn: 1000, why: 'our own: at a millisecond each, a CPU does nothing else' },
	'software.group-tasks': { unit: '%', warn: 80, bad: 95, why: 'our own' },
	'software.files': { unit: '%', warn: 70, bad: 90, why: 'node-mixin; pmie and netdata have 90 for bad' },
	'software.process-files': { unit: '%', warn: 80, bad: 95, why: 'netdata for bad; warn is our own' },
	'software.inotify': { unit: '%', warn: 80, bad: 95, why: 'our own' },
	'software.maps': { unit: '%', warn: 80, bad: 95, why: 'our own' },
	'software.aio': { unit: '%', warn: 80, bad: 95, why: 'our own' },
	'software.zombies': { unit: 'processes', warn: 50, why: 'our own: a few are the rule' },
	'software.stuck': { unit: 's', warn: 5, bad: 30, why: 'our own; the kernel warns after 120' },
	'software.clock-sync': { unit: 's', warn: 7200, why: 'our own: timesyncd asks at least every 34 minutes' },
	'interconnect.pci-traffic': { unit: '%', warn: 80, bad: 95, why: 'our own: past it a card waits for its link' },
	'interconnect.looks': {
		of: 'sampled accesses, with fewer of which the share says nothing',
		unit: '/s',
		warn: 100,
		why: 'our own',
	},
	'interconnect.remote-memory': {
		of: 'their share',
		unit: '%',
		warn: 30,
		bad: 60,
		why: 'our own: each takes half as long again, or twice as long',
	},
} as const satisfies Record<string, Threshold>;

export type ThresholdName = keyof typeof shipped;

export const thresholdNames = Object.keys(shipped) as ThresholdName[];

/** The user's own numbers, where there are some. */
const own = new Map<ThresholdName, Pick<Threshold, 'warn' | 'bad'>>();

export function setThreshold(name: ThresholdName, numbers: Pick<Threshold, 'warn' | 'bad'>): void {
	own.set(name, numbers);
	inForce.delete(name);
}

/** As it is in force, and whether the user has set it. */
export function thresholdOf(name: ThresholdName): Threshold & { set: boolean } {
	return { ...shipped[name], ...own.get(name), set: own.has(name) };
}

/** Asked for thousands of times a second on a host with many devices. */
const inForce = new Map<ThresholdName, Limits>();

/** What is left out is never reached. */
export function limits(name: ThresholdName): Limits {
	const found = inForce.get(name);
	if (found) return found;
	const { warn = Number.POSITIVE_INFINITY, bad = Number.POSITIVE_INFINITY } = thresholdOf(name);
	const made = { warn, bad };
	inForce.set(name, made);
	return made;
}

/** How a check comes to its verdict, in words. */
export function ruleOf({ limits = [], rule }: Pick<Check<never>, 'limits' | 'rule'>): string {
	return [...limits.map((name) => `${said(name)}.`), ...(rule ? [rule] : [])].join(' ');
}

/** "Warn from 85 %, bad from 95 % (netdata)" */
function said(name: ThresholdName): string {
	const { of, unit, warn, bad, why, set } = thresholdOf(name);
	const parts = [
		...(warn === undefined ? [] : [`warn from ${warn} ${unit}`]),
		...(bad === undefined ? [] : [`bad from ${bad} ${unit}`]),
	];
	const text = `${of ? `${of}: ` : ''}${parts.join(', ')}`;
	return `${text.charAt(0).toUpperCase()}${text.slice(1)} (${set ? `set by you; else ${why}` : why})`;
}
