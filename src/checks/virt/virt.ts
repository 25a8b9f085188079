import type { Host } from '../../host/host.ts';
import { type Check, type Kind, kinds, type ResourceChecks } from '../check.ts';
import { unknown } from '../measuring.ts';
import { type GuestCounters, readGuests } from './guest-counters.ts';
import { guestChecks } from './guests.ts';
import { type OvsCounters, readOvs } from './open-vswitch/counters.ts';
import { ovsChecks } from './open-vswitch/open-vswitch.ts';
import { readTaps, type TapCounters, tapChecks } from './taps.ts';
import { type MachineCounters, machineChecks, readMachine } from './this-machine.ts';

/** Each undefined where there is nothing of the kind. */
export interface VirtCounters {
	/** Machines that run on this host. */
	guests: GuestCounters | undefined;
	taps: TapCounters | undefined;
	ovs: OvsCounters | undefined;
	/** This machine, as a guest of another. */
	machine: MachineCounters | undefined;
}

function readVirt(host: Host): VirtCounters {
	return { guests: readGuests(host), taps: readTaps(host), ovs: readOvs(host), machine: readMachine(host) };
}

/** What is missing has no readings; what has only just come needs a second sample. */
function of<Part extends keyof VirtCounters>(
	part: Part,
	checks: readonly Check<NonNullable<VirtCounters[Part]>>[],
): Check<VirtCounters>[] {
	return checks.map((check) => ({
		...check,
		judge({ before, now, first, seconds }) {
			const present = now[part];
			if (present === undefined) return [];
			const earlier = before[part];
			if (earlier === undefined) return [unknown(null, 'this needs a second sample')];
			return check.judge({ before: earlier, now: present, first: first[part] ?? earlier, seconds });
		},
	}));
}

/** So that no cell is blank: what is not there can't be measured. */
const nothing = (kind: Kind, answersFor: (counters: VirtCounters) => boolean): Check<VirtCounters> => ({
	name: `virt.${kind}`,
	kind,
	title: 'Whether there is anything virtual to ask about',
	unit: 'none',
	source: '/sys/kernel/debug/kvm and threads that run as CPUs of guests; /proc/1/root/run/openvswitch; /proc/cpuinfo',
	rule: 'Unknown where there is nothing; else the other checks tell.',
	judge: ({ now }) => (answersFor(now) ? [] : [unknown(null, whatIsHere(now))]),
});

function whatIsHere({ machine }: VirtCounters): string {
	const none = 'no machine runs on this host (no thread runs as the CPU of a guest), and there is no Open vSwitch';
	if (!machine) return `${none}; this host is no guest itself`;
	return `${none}; it is a guest itself (${machine.hypervisor}), and how busy its hypervisor is no guest can tell`;
}

const isHost = ({ guests, ovs }: VirtCounters) => guests !== undefined || ovs !== undefined;
const isAny = (counters: VirtCounters) => isHost(counters) || counters.machine !== undefined;

export const virt: ResourceChecks<VirtCounters> = {
	resource: 'virt',
	sample: readVirt,
	checks: [
		...of('guests', guestChecks),
		...of('taps', tapChecks),
		...of('machine', machineChecks),
		...of('ovs', ovsChecks),
		...kinds.map((kind) => nothing(kind, kind === 'utilization' ? isHost : isAny)),
	],
};
