import { accessSync, constants, existsSync, lstatSync, readlinkSync } from 'node:fs';
import { machine } from 'node:os';
import { join, resolve } from 'node:path';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { effectiveCapabilities, holds, type KernelFeatures } from '../../host/kernel-features.ts';
import { symbolsAreVisible } from '../../host/kernel-functions.ts';
import { advice, type Finding, missing, type Remedies, type Remedy, unknown, works } from './finding.ts';

export function kernelFindings(host: Host, kernel: KernelFeatures, remedy: Remedies): Finding[] {
	const security = join(host.sys, 'kernel/security');
	return [
		works('release', kernel.release),
		works('architecture', machine()),
		kernel.btf
			? works('BTF', join(host.sys, 'kernel/btf/vmlinux'))
			: missing(
					'BTF',
					'libbpf tools do not load, and fentry does not attach',
					advice('Boot a kernel built with CONFIG_DEBUG_INFO_BTF.'),
				),
		headersFinding(kernel, hostsHeaders(host, kernel.release), remedy),
		lockdownFinding(readText(join(security, 'lockdown')), existsSync(join(security, 'lsm')), remedy),
		...settings.map((setting) => settingFinding(setting, host, kernel, remedy)),
		statisticsFinding(host, remedy),
	];
}

/** Headers on the host that this console's own tools may not see: the link to them leads to the host's /usr/src. */
function hostsHeaders(host: Host, release: string): string | undefined {
	const root = join(host.proc, String(host.pid), 'root');
	const folder = join('/lib/modules', release, 'build');
	try {
		const isLink = lstatSync(join(root, folder)).isSymbolicLink();
		const target = isLink ? resolve('/lib/modules', release, readlinkSync(join(root, folder))) : folder;
		return existsSync(join(root, target, 'include')) ? target : undefined;
	} catch {
		return undefined;
	}
}

export function headersFinding(
	{ headers, release }: Pick<KernelFeatures, 'headers' | 'release'>,
	onHost: string | undefined,
	remedy: Remedies,
): Finding {
	if (headers) return works('headers', headers);
	const install = `apt-get install linux-headers-${release}`;
	const mounts = remedy(install, '-v /lib/modules:/lib/modules:ro', '-v /usr/src:/usr/src:ro');
	if (onHost) return missing('headers', `the host has them in ${onHost}, and they are not shown here`, mounts);
	const fix = mounts.flags.length > 0 ? `On the host: ${install}; then ${mounts.fix}` : mounts.fix;
	return missing('headers', 'BCC tools do not compile; others need none', { ...mounts, fix });
}

/** The file names all modes, the one in force in brackets: "none [integrity] confidentiality". */
export function lockdownFinding(text: string | undefined, securityfs: boolean, remedy: Remedies): Finding {
	const mode = /\[(\w+)\]/.exec(text ?? '')?.[1] ?? (securityfs ? 'none' : undefined);
	if (mode === undefined) {
		const mount = 'mount -t securityfs securityfs /sys/kernel/security';
		const show = remedy(mount, '-v /sys/kernel/security:/sys/kernel/security:ro');
		return unknown('lockdown', 'securityfs is not mounted, so nobody here can tell', show);
	}
	if (mode !== 'confidentiality') return works('lockdown', `${mode}, which does not hinder tracing`);
	const detail = 'confidentiality: BPF may not read kernel memory, and kprobes are refused';
	return missing('lockdown', detail, advice('Boot with lockdown=integrity, or without secure boot.'));
}

interface Setting {
	name: string;
	hinders(value: number, host: Host, kernel: KernelFeatures): boolean;
	takesAway: string;
	remedy(remedy: Remedies, value: number): Remedy;
}

const settings: Setting[] = [
	{
		name: 'perf_event_paranoid',
		hinders: (value, host) => value > 0 && !maySeeAll(effectiveCapabilities(host)),
		takesAway: 'perf does not see the whole host',
		remedy: (remedy) => remedy('Run as root, or with CAP_PERFMON.', '--cap-add PERFMON'),
	},
	{
		name: 'kptr_restrict',
		// CAP_SYSLOG, perf_event_paranoid and this one together decide.
		hinders: (_, host) => !symbolsAreVisible(host),
		takesAway: 'kernel functions have no names in stacks',
		remedy: (remedy, value) =>
			value === 2
				? advice('On the host: sysctl kernel.kptr_restrict=1')
				: remedy('Run as root, or with CAP_SYSLOG.', '--cap-add SYSLOG'),
	},
	{
		name: 'unprivileged_bpf_disabled',
		hinders: (value, _, { mayTrace }) => value > 0 && !mayTrace,
		takesAway: 'no BPF program loads for this user',
		remedy: (remedy) => remedy('Run as root, or with CAP_BPF and CAP_PERFMON.', '--cap-add BPF', '--cap-add PERFMON'),
	},
];

function maySeeAll(held: bigint): boolean {
	return holds(held, 'PERFMON') || holds(held, 'SYS_ADMIN');
}

function settingFinding(setting: Setting, host: Host, kernel: KernelFeatures, remedy: Remedies): Finding {
	const { name, hinders, takesAway } = setting;
	const value = readNumber(join(host.proc, 'sys/kernel', name));
	if (value === undefined) return unknown(name, 'this kernel does not tell');
	if (!hinders(value, host, kernel)) return works(name, `${value}, which does not hinder this user`);
	return missing(name, `${value}: ${takesAway}`, setting.remedy(remedy, value));
}

/** It is set while a tool runs, so that its cost can be told. */
function statisticsFinding(host: Host, remedy: Remedies): Finding {
	const [name, file] = ['bpf_stats_enabled', join(host.proc, 'sys/kernel/bpf_stats_enabled')];
	const value = readNumber(file);
	if (value === undefined) return unknown(name, 'this kernel does not measure BPF programs (Linux 5.1 and later do)');
	if (value === 1) return works(name, '1, so what BPF programs cost is measured');
	const flags = [
		...(mayWrite(file) ? [] : ['--security-opt systempaths=unconfined']),
		...(holds(effectiveCapabilities(host), 'SYS_ADMIN') ? [] : ['--cap-add SYS_ADMIN']),
	];
	if (flags.length === 0) return works(name, `${value}, and it may be set while a tool runs`);
	const detail = `${value}, and it may not be set: what BPF programs cost the host is not told`;
	return missing(name, detail, remedy('Run as root.', ...flags));
}

function mayWrite(file: string): boolean {
	try {
		accessSync(file, constants.W_OK);
		return true;
	} catch {
		return false;
	}
}
