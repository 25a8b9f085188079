import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { inUserNamespace } from '../../host/kernel-features.ts';
import { printable } from '../../host/printable.ts';
import { type Finding, missing, type Remedies, unknown, works } from './finding.ts';

/** What keeps a process from using the capabilities that it holds. */
export function confinementFindings(host: Host, probes: Finding[], remedy: Remedies): Finding[] {
	return [
		userFinding(inUserNamespace(host), remedy),
		seccompFinding(readText(join(host.proc, 'self/status')) ?? '', probes, remedy),
		moduleFinding(readText(join(host.proc, 'self/attr/current')), remedy),
	];
}

function userFinding(ofItsOwn: boolean, remedy: Remedies): Finding {
	if (!ofItsOwn) return works('user namespace', "the host's");
	const detail = 'its own: its root is an ordinary user of the host, for whom no BPF program loads';
	return missing('user namespace', detail, remedy('Leave it, and run as root of the host.', '--userns=host'));
}

/** What a filter refuses can't be read; but a probe that was tried shows whether it lets BPF through. */
export function seccompFinding(status: string, probes: Finding[], remedy: Remedies): Finding {
	const mode = /^Seccomp:\s*(\d)/m.exec(status)?.[1];
	if (mode === undefined) return unknown('seccomp', 'this kernel does not tell');
	if (mode === '0') return works('seccomp', 'no filter');
	if (probes.some(({ status }) => status === 'works')) return works('seccomp', 'a filter that lets tracing through');
	if (!probes.some(({ status }) => status === 'missing')) {
		return unknown('seccomp', 'a filter, of which nobody can tell what it refuses');
	}
	const detail = 'a filter, and no probe of any kind could be attached under it';
	return missing('seccomp', detail, remedy('Start it without a filter.', '--security-opt seccomp=unconfined'));
}

/** The profile of AppArmor or the label of SELinux that confines this process. */
export function moduleFinding(text: string | undefined, remedy: Remedies): Finding {
	// Ends in a zero byte under SELinux.
	const label = printable((text ?? '').replace(/[\0\n]+$/, ''));
	if (label === '' || label.startsWith('unconfined') || label === 'kernel') {
		return works('security module', 'no security module confines this process');
	}
	if (/:container_t:/.test(label)) {
		const detail = `${label}: the host's files and processes are closed, and BPF is refused`;
		return missing(
			'security module',
			detail,
			remedy('Run it outside this SELinux type.', '--security-opt label=disable'),
		);
	}
	if (/\((enforce|kill)\)$/.test(label)) {
		const detail = `${label}: mounts are refused, and other processes are closed`;
		const flag = '--security-opt apparmor=unconfined';
		return missing('security module', detail, remedy('Run it outside this AppArmor profile.', flag));
	}
	return works('security module', label);
}
