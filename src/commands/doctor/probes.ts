import type { Host } from '../../host/host.ts';
import { effectiveCapabilities, holds, type KernelFeatures } from '../../host/kernel-features.ts';
import { probeKinds, tryProbeKinds } from '../../host/probe-kinds.ts';
import { findProgram } from '../../host/programs.ts';
import { advice, type Finding, type Remedies, type Remedy, unknown } from './finding.ts';
import { showProgress } from './progress.ts';

export async function probeFindings(host: Host, kernel: KernelFeatures, remedy: Remedies): Promise<Finding[]> {
	const kinds = probeKinds(host, kernel.tracefs);
	const untried = (why: string, how: Remedy) => kinds.map(({ name }) => unknown(name, `not tried: ${why}`, how));
	const bpftrace = findProgram('bpftrace');
	if (!bpftrace) return untried('bpftrace is not installed', advice('apt-get install bpftrace'));
	if (!kernel.root) return untried('it needs root', remedy('Run as root.', '--user 0'));
	if (!kernel.mayTrace) {
		const flags = ['--cap-add BPF', '--cap-add PERFMON'];
		return untried('it needs CAP_BPF and CAP_PERFMON', remedy('Run as root, with all its capabilities.', ...flags));
	}
	let tried = 0;
	const trials = await tryProbeKinds(bpftrace, kinds, () => showProgress(`tried ${++tried} of ${kinds.length} probes`));
	showProgress('');
	return trials.map((trial) => {
		const flags = trial.status === 'missing' ? flagsFor(trial.name, host, kernel) : [];
		return { ...trial, ...(flags.length > 0 ? remedy(trial.fix ?? '', ...flags) : { flags }) };
	});
}

/** What a container may lack for one kind of probe, though BPF programs load. */
function flagsFor(name: string, host: Host, { tracefs }: KernelFeatures): string[] {
	if (name === 'tracepoint' && !tracefs) return ['-v /sys/kernel/tracing:/sys/kernel/tracing'];
	const inPrograms = name === 'uprobe' || name === 'USDT';
	return inPrograms && !holds(effectiveCapabilities(host), 'SYS_ADMIN') ? ['--cap-add SYS_ADMIN'] : [];
}
