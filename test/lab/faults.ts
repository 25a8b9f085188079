import type { ResourceName } from '../../src/checks/check.ts';
import type { Fault, Stage } from '../faults/fault.ts';
import { isRecording } from '../faults/results.ts';
import { whenFinished } from '../support/when-finished.ts';
import { noLab } from './image.ts';
import { sharedLab } from './shared-lab.ts';
import { LabConsoles } from './watcher.ts';

/** Lines of a shell in the lab. What the cause prints is the pid of the culprit, where that is a process. */
interface Scripts {
	prepare?: string;
	cause: string;
	undo: string;
	/** Takes down what was prepared. */
	remove?: string;
	device?: string;
	culprit: (pid: string) => RegExp;
}

/** On a busy machine the emulated one loses seconds; what is written down took ten at most. */
const patience = isRecording ? {} : { patience: 20 };

function inLab(name: string, check: string, verdict: Fault['verdict'], scripts: Scripts): Fault {
	const stage = () => staged(check, scripts);
	return { name, where: 'the lab VM', check, verdict, alone: true, ...patience, whyNot: () => noLab, stage };
}

let consoles: Promise<LabConsoles> | undefined;

export async function endConsoles(): Promise<void> {
	await (await consoles)?.[Symbol.asyncDispose]();
	consoles = undefined;
}

async function staged(check: string, { prepare, cause, undo, remove = '', device, culprit }: Scripts): Promise<Stage> {
	const lab = await sharedLab();
	consoles ??= LabConsoles.open(lab);
	whenFinished(async () => {
		await lab.run(`${undo}\n${remove}`);
	});
	if (prepare) await lab.output(prepare);
	return {
		watcher: (await consoles).of(check.slice(0, check.indexOf('.')) as ResourceName),
		device: device ?? null,
		cause: async () => {
			const pid = (await lab.output(cause)).trim();
			return { culprit: culprit(pid), undo: () => lab.output(undo) };
		},
	};
}

/** It goes on when the shell that starts it has ended; its pid is printed. */
const start = (command: string) => `setsid ${command} </dev/null >/dev/null 2>&1 & echo $! | tee /run/fault.pid`;
/** As it starts, it stops itself. */
const goOn = 'kill -CONT $(cat /run/fault.pid)';
const end = '[ ! -e /run/fault.pid ] || kill -KILL "$(cat /run/fault.pid)" || true; rm -f /run/fault.pid';

const guest = '/bpftools/test/lab/guest';
const floods = (kind: string) => `${start(`ip netns exec a ${guest}/floods eth0 ${kind}`)}
	until grep -q '^State:.*T' /proc/$(cat /run/fault.pid)/status; do sleep 0.1; done`;

const vswitchd = '/run/openvswitch/ovs-vswitchd.pid';
/** Its threads are started before all others, at -10, and a quiet machine then keeps up with whatever comes. */
const nice = (value: number) => `renice -n ${value} -p $(ls /proc/$(cat ${vswitchd})/task) >/dev/null`;
const daemon = (pid: string) => new RegExp(`^ovs-vswitchd .*pid ${pid}\\b`);

/** Each of these rules looks at one bit more of an address than the one before. */
const manyMasks = `for bits in $(seq 2 32); do
	echo "table=0,priority=$bits,ip,nw_dst=$((255 - bits)).1.1.1/$bits,actions=drop"
done | ovs-ofctl add-flows br0 -`;

const openVSwitch: readonly Fault[] = [
	inLab('more new flows than ovs-vswitchd can take', 'virt.ovs-lost', 'bad', {
		device: 'system@ovs-system',
		prepare: `${nice(10)}
${floods('flows')}`,
		cause: goOn,
		undo: `${end}; ${nice(-10)}`,
		culprit: () => /^port a: \d+ packets a second without a flow$/,
	}),
	inLab('flows that take many masks', 'virt.ovs-masks', 'warn', {
		device: 'system@ovs-system',
		prepare: `${manyMasks}
${floods('addresses')}`,
		cause: goOn,
		undo: `${end}; ovs-ofctl --strict del-flows br0 ip || true; ovs-ofctl del-flows br0 ip`,
		culprit: () => /^system@ovs-system compares a packet with \d+ masks/,
	}),
	inLab('ovs-vswitchd stopped by a signal', 'virt.ovs-daemons', 'bad', {
		device: 'ovs-vswitchd',
		cause: `kill -STOP $(cat ${vswitchd}); cat ${vswitchd}`,
		undo: `kill -CONT $(cat ${vswitchd})`,
		culprit: daemon,
	}),
	inLab('ovs-vswitchd killed', 'virt.ovs-daemons', 'bad', {
		device: 'ovs-vswitchd',
		cause: `kill -KILL $(cat ${vswitchd}); cat ${vswitchd}`,
		undo: '/usr/share/openvswitch/scripts/ovs-ctl start --system-id=lab --no-monitor',
		culprit: daemon,
	}),
];

const taps: readonly Fault[] = [
	inLab('a machine that takes no packets out of its tap', 'virt.tap-drops', 'bad', {
		device: 'v',
		prepare: floods('packets'),
		cause: `kill -STOP $(cat /run/topology/v.pid); ${goOn}; cat /run/topology/v.pid`,
		undo: `${end}; kill -CONT $(cat /run/topology/v.pid)`,
		culprit: (pid) => new RegExp(`^play-vm \\(pid ${pid}\\) holds v and does not take its packets in time$`),
	}),
];

const scsi = '/sys/bus/pseudo/drivers/scsi_debug';
const makeDisk = `modprobe -a sd_mod scsi_debug dev_size_mb=8
	until [ -b /dev/sda ]; do sleep 0.1; done`;
const removeDisk = `until ! [ -d ${scsi} ] || modprobe -r scsi_debug; do sleep 0.2; done`;
const read = (blocks: string) => `dd if=/dev/sda of=/dev/null iflag=direct bs=512 ${blocks}`;
const delay = (jiffies: number) => `echo ${jiffies} > ${scsi}/delay`;

const disks: readonly Fault[] = [
	inLab('a disk that can’t read a sector', 'disk.errors', 'warn', {
		device: 'sda',
		prepare: makeDisk,
		cause: `echo 2 > ${scsi}/opts; ${read('skip=4660 count=1')} || true`,
		undo: `echo 0 > ${scsi}/opts`,
		remove: removeDisk,
		culprit: () => /sda/,
	}),
	inLab('a disk that was taken offline', 'disk.state', 'bad', {
		device: 'sda',
		prepare: makeDisk,
		cause: 'echo offline > /sys/block/sda/device/state',
		undo: 'echo running > /sys/block/sda/device/state',
		remove: removeDisk,
		culprit: () => /sda/,
	}),
	inLab('a disk that answers slowly', 'disk.latency', 'bad', {
		device: 'sda',
		prepare: makeDisk,
		cause: `${delay(30)}; ${start(read('skip=9'))}`,
		// It takes no new delay while requests wait for the old one.
		undo: `${end}; until ${delay(1)}; do sleep 0.1; done 2>/dev/null`,
		remove: removeDisk,
		culprit: (pid) => new RegExp(`^dd \\(pid ${pid}\\) reads `),
	}),
];

const others: readonly Fault[] = [
	inLab('a clock that takes long to read', 'virt.clock', 'warn', {
		cause: 'echo acpi_pm > /sys/devices/system/clocksource/clocksource0/current_clocksource',
		undo: 'echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource',
		culprit: () => /^the clock is acpi_pm/,
	}),
	inLab('a link of a bond that goes down', 'network.bonding', 'warn', {
		device: 'bond0',
		prepare: `modprobe bonding max_bonds=0
			ip link add bond0 type bond mode active-backup miimon 100
			for link in one two; do
				ip link add $link type veth peer name $link-far
				ip link set $link-far up
				ip link set $link master bond0
			done
			ip link set bond0 up`,
		cause: 'ip link set two-far down',
		undo: 'ip link set two-far up',
		remove: 'for link in bond0 one two; do ip link delete $link 2>/dev/null || true; done; modprobe -r bonding',
		culprit: () => /\btwo\b/,
	}),
];

/** Those of the switch need a network; faults.test.ts makes it. */
export const labFaults: readonly Fault[] = [...openVSwitch, ...taps, ...disks, ...others];
