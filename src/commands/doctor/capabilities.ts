import type { Host } from '../../host/host.ts';
import { boundingCapabilities, type Capability, effectiveCapabilities, holds } from '../../host/kernel-features.ts';
import { type Finding, missing, type Remedies, type Remedy, works } from './finding.ts';

export function capabilityFindings(host: Host, release: string, remedy: Remedies): Finding[] {
	return judgeCapabilities(effectiveCapabilities(host), boundingCapabilities(host), release, remedy);
}

const without: Record<Capability, string> = {
	BPF: 'no BPF program loads',
	PERFMON: 'no tracing program attaches, and perf sees only its own processes',
	SYS_ADMIN: 'nothing can be mounted, no namespace entered, and before Linux 5.8 no BPF program loads',
	NET_ADMIN: 'conntrack entries, tc and XDP programs are not shown',
	NET_RAW: 'no packet is captured, and ping does not run',
	SYS_PTRACE: "other processes' files, namespaces, I/O and stacks under /proc/PID are closed",
	SYSLOG: "the kernel's messages and the addresses of its functions are hidden",
	SYS_RESOURCE: 'BPF maps can hit the limit of locked memory',
};
/** What CAP_SYS_ADMIN once stood for, and still includes. */
const splitOff: Capability[] = ['BPF', 'PERFMON', 'SYSLOG'];

/** Held are those that count now; what is in the bounding set only, another user of this container may have. */
export function judgeCapabilities(held: bigint, bounding: bigint, release: string, remedy: Remedies): Finding[] {
	return (Object.keys(without) as Capability[]).map((capability) => {
		const name = `CAP_${capability}`;
		if (holds(held, capability)) return works(name, 'held');
		if (splitOff.includes(capability) && holds(held, 'SYS_ADMIN')) {
			return works(name, 'not held, but CAP_SYS_ADMIN includes it');
		}
		if (capability === 'SYS_RESOURCE' && isAtLeast(release, 5, 11)) {
			return works(name, 'not held, which is harmless since Linux 5.11 (tools still warn of RLIMIT_MEMLOCK)');
		}
		if (holds(bounding, capability)) return missing(name, without[capability], remedy('Run as root.', '--user 0'));
		return missing(name, without[capability], grantOf(capability, release, remedy));
	});
}

/** They came with Linux 5.8, and engines learned of them later. */
const young: Capability[] = ['BPF', 'PERFMON'];

function grantOf(capability: Capability, release: string, remedy: Remedies): Remedy {
	if (!young.includes(capability)) return remedy('Run as root.', `--cap-add ${capability}`);
	if (!isAtLeast(release, 5, 8)) return remedy('Run as root.', '--cap-add SYS_ADMIN');
	const { fix, flags } = remedy('Run as root.', `--cap-add ${capability}`);
	return { fix: flags.length > 0 ? `${fix} (SYS_ADMIN, where the engine does not know it)` : fix, flags };
}

/** Since Linux 5.11 the limit of locked memory no longer counts BPF maps. */
function isAtLeast(release: string, wantedMajor: number, wantedMinor: number): boolean {
	const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
	return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
