import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Host } from '../../host/host.ts';
import { type Whose, whoseNamespace } from '../../host/identity.ts';
import { type Capability, effectiveCapabilities, holds } from '../../host/kernel-features.ts';
import { printable } from '../../host/printable.ts';
import { findProgram } from '../../host/programs.ts';
import { type Finding, missing, type Remedies, unknown, works } from './finding.ts';

export async function namespaceFindings(host: Host, remedy: Remedies): Promise<Finding[]> {
	// Who does not even see the host's pid looks out of another pid namespace.
	const pids = existsSync(join(host.proc, String(host.pid))) ? whoseNamespace(host, 'pid') : 'own';
	const entered = await enter(host);
	return [
		ownOrNot(host, 'pid namespace', pids, "the host's processes are not seen", '--pid=host', remedy),
		networkFinding(host, whoseNamespace(host, 'net'), pids, entered === undefined, remedy),
		enteringFinding(host, pids, entered, remedy),
		rootFinding(host, pids, remedy),
	];
}

function ownOrNot(host: Host, name: string, whose: Whose, without: string, flag: string, remedy: Remedies): Finding {
	if (whose === 'host') return works(name, "the host's");
	const start = 'Start it in the namespaces of the host.';
	if (whose === 'own') return missing(name, `its own: ${without}`, remedy(start, flag));
	return unknown(name, 'not to be found out here', remedy(start, flag, ...lacking(host, 'SYS_PTRACE')));
}

export function networkFinding(host: Host, whose: Whose, pids: Whose, canEnter: boolean, remedy: Remedies): Finding {
	if (pids === 'own' && whose === 'unknown') {
		return unknown('network namespace', "not to be found out without the host's pids", remedy('', '--pid=host'));
	}
	if (whose === 'own' && canEnter) return works('network namespace', "its own; network tools enter the host's");
	const without = "ss, ip and nstat show the container's sockets and interfaces";
	return ownOrNot(host, 'network namespace', whose, without, '--network=host', remedy);
}

export function enteringFinding(host: Host, pids: Whose, refusal: string | undefined, remedy: Remedies): Finding {
	const name = 'entering namespaces';
	const attempt = `nsenter -t ${host.pid} -n`;
	if (pids === 'own') {
		const detail = 'the host has no pid here, so network tools can not enter its network namespace';
		return missing(name, detail, remedy('Start it in the pid namespace of the host.', '--pid=host'));
	}
	if (refusal === undefined) return works(name, attempt);
	return missing(
		name,
		`${attempt} fails: ${refusal}`,
		remedy(another(host), ...lacking(host, 'SYS_ADMIN', 'SYS_PTRACE')),
	);
}

const another = ({ pid }: Host) =>
	`Set BPFTOOLS_HOST_PID to a process of the host other than ${pid} that may be looked at.`;

function lacking(host: Host, ...capabilities: Capability[]): string[] {
	const held = effectiveCapabilities(host);
	return capabilities.filter((each) => !holds(held, each)).map((each) => `--cap-add ${each}`);
}

/** Why the host's network namespace can't be entered; undefined when it can. */
async function enter(host: Host): Promise<string | undefined> {
	const nsenter = findProgram('nsenter');
	if (!nsenter) return 'nsenter is not installed (package util-linux)';
	try {
		await promisify(execFile)(nsenter, ['-t', String(host.pid), '-n', '--', 'true'], { timeout: 5000 });
		return undefined;
	} catch (error) {
		const { stderr = '', message } = error as Error & { stderr?: string };
		return printable((stderr.trim() || message).split('\n')[0]?.replace(/^nsenter: /, '') ?? '');
	}
}

/** Paths of host programs, for uprobes and symbols, lead through it. */
function rootFinding(host: Host, pids: Whose, remedy: Remedies): Finding {
	const [name, root] = ["the host's files", join(host.proc, String(host.pid), 'root')];
	if (pids !== 'own' && existsSync(join(root, 'proc'))) return works(name, root);
	const detail = 'programs of the host and of other containers have no symbols here';
	const flags = [...(pids === 'own' ? ['--pid=host'] : []), ...lacking(host, 'SYS_PTRACE')];
	return missing(name, detail, remedy(another(host), ...flags));
}
