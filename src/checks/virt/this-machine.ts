import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { kernelUnits } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { aged, perHost } from '../kept.ts';
import { finding, grade, growth, known } from '../measuring.ts';
import { parsePairs } from '../pairs.ts';
import { Scanner } from '../scanner.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';

/** What a machine that is virtual itself can tell of its hypervisor. */
export interface MachineCounters {
	hypervisor: string;
	/** Of all CPUs, in ticks. */
	cpuTime: { total: number; stolen: number } | undefined;
	clock: string | undefined;
	/** Virtio devices by what they say of themselves. */
	virtio: Map<string, number>;
	/** Undefined where there is no balloon. */
	balloon: { heldBytes: number; memoryBytes: number } | undefined;
}

/** Undefined on hardware. */
export function readMachine(host: Host): MachineCounters | undefined {
	const { name } = hypervisorOf(host);
	if (name === undefined) return undefined;
	return { hypervisor: name, cpuTime: readCpuTime(host), ...readDevices(host) };
}

const hypervisorOf = perHost((host) => ({ name: nameHypervisor(host) }));

const virtualHardware =
	/QEMU|KVM|VMware|VirtualBox|Xen|HVM|Virtual Machine|Amazon EC2|Google|OpenStack|Parallels|bhyve/;

/** An x86 processor says whether it is virtual; elsewhere only the hardware's name does. */
function nameHypervisor(host: Host): string | undefined {
	const dmi = ['sys_vendor', 'product_name'].map(
		(file) => readText(join(host.sys, 'class/dmi/id', file))?.trim() ?? '',
	);
	const hardware = printable(dmi.join(' ').trim());
	const flags = /^flags\s*:(.*)/m.exec(beginningOf(join(host.proc, 'cpuinfo')))?.[1];
	const virtual = flags === undefined ? virtualHardware.test(hardware) : / hypervisor\b/.test(flags);
	if (!virtual) return undefined;
	return hardware || readText(join(host.sys, 'hypervisor/type'))?.trim() || 'a hypervisor that tells no name';
}

/** It has an entry of a kilobyte or two for each CPU, and the first says it for all. */
function beginningOf(path: string): string {
	const buffer = Buffer.alloc(16_384);
	let file: number | undefined;
	try {
		file = openSync(path, 'r');
		return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
	} catch {
		return '';
	} finally {
		if (file !== undefined) closeSync(file);
	}
}

function readCpuTime(host: Host): MachineCounters['cpuTime'] {
	const line = new Scanner(readText(join(host.proc, 'stat')) ?? '');
	if (line.word() !== 'cpu') return undefined;
	const times = Array.from({ length: 8 }, () => line.number() || 0);
	return { total: times.reduce((a, b) => a + b), stolen: times[7] ?? 0 };
}

const readDevices = aged(5, (host): Pick<MachineCounters, 'clock' | 'virtio' | 'balloon'> => {
	const clock = join(host.sys, 'devices/system/clocksource/clocksource0/current_clocksource');
	const devices = join(host.sys, 'bus/virtio/devices');
	return {
		clock: readText(clock)?.trim(),
		virtio: new Map(
			listFolder(devices).flatMap((device) => {
				const status = readNumber(join(devices, device, 'status'));
				return status === undefined ? [] : [[describeDevice(join(devices, device)), status] as const];
			}),
		),
		balloon: readBalloon(host),
	};
});

/** "virtio1 (virtio_net)" */
function describeDevice(folder: string): string {
	try {
		return `${basename(folder)} (${basename(readlinkSync(join(folder, 'driver')))})`;
	} catch {
		return basename(folder);
	}
}

function readBalloon(host: Host): MachineCounters['balloon'] {
	const hasDevice = listFolder(join(host.sys, 'bus/virtio/drivers/virtio_balloon')).some((name) =>
		/^virtio\d/.test(name),
	);
	if (!hasDevice) return undefined;
	const counts = parsePairs(readText(join(host.proc, 'vmstat')) ?? '');
	const [inflated, deflated] = [counts.get('balloon_inflate'), counts.get('balloon_deflate')];
	const memory = parsePairs(readText(join(host.proc, 'meminfo')) ?? '').get('MemTotal');
	if (inflated === undefined || deflated === undefined || memory === undefined) return undefined;
	return { heldBytes: (inflated - deflated) * kernelUnits(host).pageSize, memoryBytes: memory * 1024 };
}

const steal: Check<MachineCounters> = {
	name: 'virt.steal',
	kind: 'saturation',
	title: 'CPU time that the hypervisor of this machine gave to others',
	unit: '%',
	source:
		'/proc/stat: steal as a share of all CPU time, where this machine is a guest (the hypervisor flag in /proc/cpuinfo, /sys/class/dmi/id)',
	limits: ['cpu.steal'],
	judge: ({ before, now }) => [
		finding(null, () => {
			const none = '/proc/stat has no cpu line';
			const [from, to] = [known(before.cpuTime, none), known(now.cpuTime, none)];
			const total = growth('CPU time', from.total, to.total);
			const value = total > 0 ? (growth('steal', from.stolen, to.stolen) / total) * 100 : 0;
			const why = `this machine is a guest (${now.hypervisor}), whose hypervisor kept ${percent(value)} of the CPU time for others`;
			return { value, verdict: grade(value, limits('cpu.steal')), why };
		}),
	],
};

const mebibyte = 1024 ** 2;

const balloon: Check<MachineCounters> = {
	name: 'virt.balloon',
	kind: 'saturation',
	title: 'Memory that the hypervisor took back from this machine',
	unit: 'MiB',
	source:
		'/proc/vmstat: balloon_inflate less balloon_deflate, against MemTotal and what was taken, where there is a virtio balloon',
	limits: ['virt.balloon'],
	judge: ({ now: { balloon: held } }) => {
		if (!held) return [];
		const share = (held.heldBytes / (held.heldBytes + held.memoryBytes)) * 100;
		const value = held.heldBytes / mebibyte;
		const why = `the hypervisor has taken back ${short(value)} MiB, ${percent(share)} of this machine’s memory, through its balloon`;
		return [{ device: null, value, verdict: grade(share, limits('virt.balloon')), why }];
	},
};

/** As a virtio device's status tells: it needs a reset, or its driver gave it up. */
const brokenBits = 0x40 | 0x80;

const virtio: Check<MachineCounters> = {
	name: 'virt.virtio',
	kind: 'errors',
	title: 'Virtio devices that have failed',
	unit: 'devices',
	source: '/sys/bus/virtio/devices/*/status: DEVICE_NEEDS_RESET (0x40) or FAILED (0x80), of a guest',
	rule: 'Bad with any.',
	judge: ({ now }) => {
		if (now.virtio.size === 0) return [];
		const broken = [...now.virtio].filter(([, status]) => (status & brokenBits) !== 0).map(([device]) => device);
		const why = broken.length
			? `${broken.length} of ${now.virtio.size} virtio devices failed: ${broken.join(', ')}`
			: `none of ${now.virtio.size} virtio devices says that it failed`;
		return [{ device: null, value: broken.length, verdict: broken.length ? 'bad' : 'ok', why, suspects: broken }];
	},
};

/** A guest leaves its CPU for each look at one of these. */
const slowClocks = ['hpet', 'acpi_pm', 'pit', 'jiffies', 'refined-jiffies'];

const clock: Check<MachineCounters> = {
	name: 'virt.clock',
	kind: 'errors',
	title: 'Whether this guest reads its time from a slow clock',
	unit: 'slow clocks',
	source: '/sys/devices/system/clocksource/clocksource0/current_clocksource, of a guest',
	rule: `Warn with ${slowClocks.join(', ')}: each look at it leaves the guest. A kernel falls back to them when its tsc or kvm-clock ran unevenly.`,
	judge: ({ now }) => [
		finding(null, () => {
			const name = printable(known(now.clock, 'the kernel does not tell its clock source'));
			const slow = slowClocks.includes(name);
			const why = slow
				? `the clock is ${name}: each look at it leaves the guest and takes microseconds; the kernel log says why tsc or kvm-clock was given up`
				: `the clock is ${name}, which is read within the guest`;
			return { value: slow ? 1 : 0, verdict: slow ? 'warn' : 'ok', why };
		}),
	],
};

export const machineChecks = [virtio, clock, steal, balloon];
