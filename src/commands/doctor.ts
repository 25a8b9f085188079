import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { machine } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedCatalog } from '../catalog/installed-catalog.ts';
import { refusalText, resolve } from '../catalog/resolve.ts';
import { type Host, readNumber, readText } from '../host/host.ts';
import { whoseNamespace } from '../host/identity.ts';
import { type KernelConfig, optionsForTracing, readKernelConfig } from '../host/kernel-config.ts';
import { effectiveCapabilities, type KernelFeatures, kernelFeatures } from '../host/kernel-features.ts';
import { probeKinds, tryProbeKinds } from '../host/probe-kinds.ts';
import { findProgram, isCompiled } from '../host/programs.ts';
import { hostTarget, type Scope, scopeOf } from '../host/target.ts';
import { type Command, exitCodes, noWords, readArguments } from './arguments.ts';
import { thisHost } from './this-host.ts';

export interface Finding {
	name: string;
	status: 'works' | 'missing' | 'unknown';
	detail: string;
	fix: string | null;
}

export const doctorCommand: Command = {
	summary: 'what works on this host, what does not, and what to do about it',
	usage: 'bpftools doctor [--json]',
	help: `Tries each kind of probe by loading a small BPF program and taking it out again,
and looks at mounts, capabilities, namespaces, the kernel's config and the
installed tools. It changes nothing. Exit code: 0 when nothing is missing, else 1.
What can't be found out is unknown, with the reason; it changes no exit code.`,
	async run(args) {
		const { values, positionals } = readArguments(args, { json: { type: 'boolean' } });
		noWords(positionals);
		const host = thisHost();
		const kernel = kernelFeatures(host);
		const areas: Record<string, Finding[]> = {
			kernel: kernelFindings(host, kernel),
			probes: await probeFindings(host, kernel),
			mounts: mountFindings(readText(join(host.proc, 'self/mounts')) ?? ''),
			capabilities: capabilityFindings(effectiveCapabilities(host), kernel.release),
			namespaces: namespaceFindings(host),
			config: configFindings(readKernelConfig(host, kernel.release), kernel.headers),
			programs: await Promise.all(programs.map(programFinding)),
			catalog: await catalogFindings(kernel, scopeOf(host, hostTarget(host))),
		};
		const findings = Object.values(areas).flat();
		const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
		const counts = { works: count('works'), missing: count('missing'), unknown: count('unknown') };
		process.stdout.write(values.json ? `${JSON.stringify(jsonOf(areas, counts), null, 2)}\n` : textOf(areas, counts));
		return counts.missing === 0 ? exitCodes.ok : exitCodes.warn;
	},
};

const works = (name: string, detail: string): Finding => ({ name, status: 'works', detail, fix: null });
const missing = (name: string, detail: string, fix: string): Finding => ({ name, status: 'missing', detail, fix });
const unknown = (name: string, detail: string, fix: string | null): Finding => ({
	name,
	status: 'unknown',
	detail,
	fix,
});

function kernelFindings(host: Host, kernel: KernelFeatures): Finding[] {
	const security = join(host.sys, 'kernel/security');
	return [
		works('release', kernel.release),
		works('architecture', machine()),
		kernel.btf
			? works('BTF', join(host.sys, 'kernel/btf/vmlinux'))
			: missing(
					'BTF',
					'libbpf tools do not load, and fentry does not attach',
					'Boot a kernel built with CONFIG_DEBUG_INFO_BTF.',
				),
		kernel.headers
			? works('headers', kernel.headers)
			: missing(
					'headers',
					'BCC tools do not compile; others need none',
					`apt-get install linux-headers-${kernel.release} on the host, and give a container -v /lib/modules:/lib/modules:ro -v /usr/src:/usr/src:ro.`,
				),
		lockdownFinding(readText(join(security, 'lockdown')), existsSync(join(security, 'lsm'))),
		...settings.map((setting) =>
			settingFinding(setting, readNumber(join(host.proc, 'sys/kernel', setting.name)), kernel),
		),
	];
}

/** The file names all modes, the one in force in brackets: "none [integrity] confidentiality". */
export function lockdownFinding(text: string | undefined, securityfs: boolean): Finding {
	const mode = /\[(\w+)\]/.exec(text ?? '')?.[1] ?? (securityfs ? 'none' : undefined);
	if (mode === undefined) {
		const fix = 'mount -t securityfs securityfs /sys/kernel/security';
		return unknown('lockdown', 'securityfs is not mounted, so nobody here can tell', fix);
	}
	if (mode !== 'confidentiality') return works('lockdown', `${mode}, which does not hinder tracing`);
	const fix = 'Boot with lockdown=integrity, or without secure boot.';
	return missing('lockdown', 'confidentiality: BPF may not read kernel memory, and kprobes are refused', fix);
}

interface Setting {
	name: string;
	hinders(value: number, kernel: Pick<KernelFeatures, 'mayTrace' | 'root'>): boolean;
	takesAway: string;
	fix: string;
}

const settings: Setting[] = [
	{
		name: 'perf_event_paranoid',
		hinders: (value, { mayTrace }) => value > 0 && !mayTrace,
		takesAway: 'perf does not see the whole host',
		fix: 'Run as root, or with CAP_PERFMON.',
	},
	{
		name: 'kptr_restrict',
		hinders: (value, { root }) => value === 2 || (value === 1 && !root),
		takesAway: 'kernel functions have no names in stacks',
		fix: 'Run as root, with sysctl kernel.kptr_restrict=1.',
	},
	{
		name: 'unprivileged_bpf_disabled',
		hinders: (value, { mayTrace }) => value > 0 && !mayTrace,
		takesAway: 'no BPF program loads for this user',
		fix: 'Run as root, or with CAP_BPF and CAP_PERFMON.',
	},
];

function settingFinding(setting: Setting, value: number | undefined, kernel: KernelFeatures): Finding {
	const { name, hinders, takesAway, fix } = setting;
	if (value === undefined) return unknown(name, 'this kernel does not tell', null);
	if (!hinders(value, kernel)) return works(name, `${value}, which does not hinder this user`);
	return missing(name, `${value}: ${takesAway}`, fix);
}

async function probeFindings(host: Host, kernel: KernelFeatures): Promise<Finding[]> {
	const kinds = probeKinds(host);
	const untried = (why: string, fix: string) => kinds.map(({ name }) => unknown(name, `not tried: ${why}`, fix));
	const bpftrace = findProgram('bpftrace');
	if (!bpftrace) return untried('bpftrace is not installed', 'apt-get install bpftrace');
	if (!kernel.root || !kernel.mayTrace) {
		const fix = 'Run as root; a container needs --privileged, or --cap-add BPF --cap-add PERFMON.';
		return untried('it needs root with CAP_BPF and CAP_PERFMON', fix);
	}
	let tried = 0;
	const showProgress = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
	const trials = await tryProbeKinds(bpftrace, kinds, () => showProgress(`tried ${++tried} of ${kinds.length} probes`));
	showProgress('');
	return trials;
}

const fileSystems = [
	{
		name: 'tracefs',
		type: 'tracefs',
		point: '/sys/kernel/tracing',
		without: 'tracepoints can be neither found nor attached',
	},
	{
		name: 'debugfs',
		type: 'debugfs',
		point: '/sys/kernel/debug',
		without: 'BCC and older tools find no tracing folder, and KVM, block and vhost show no details',
	},
	{ name: 'bpffs', type: 'bpf', point: '/sys/fs/bpf', without: 'pinned programs and maps are not seen' },
];

export function mountFindings(mounts: string): Finding[] {
	return fileSystems.map(({ name, type, point, without }) => {
		const mounted = new RegExp(`^\\S+ (/sys/\\S+) ${type} `, 'm').exec(mounts)?.[1];
		return mounted ? works(name, mounted) : missing(name, without, `mount -t ${type} ${type} ${point}`);
	});
}

// include/uapi/linux/capability.h
const capabilities: { name: string; bit: bigint; without: string }[] = [
	{ name: 'BPF', bit: 39n, without: 'no BPF program loads' },
	{ name: 'PERFMON', bit: 38n, without: 'no tracing program attaches, and perf sees only its own processes' },
	{ name: 'SYS_ADMIN', bit: 21n, without: 'nothing can be mounted, and before Linux 5.8 no BPF program loads' },
	{ name: 'NET_ADMIN', bit: 12n, without: 'conntrack entries, tc and XDP programs are not shown' },
	{ name: 'SYS_PTRACE', bit: 19n, without: "other users' files, I/O and stacks under /proc/PID are closed" },
	{ name: 'SYS_RESOURCE', bit: 24n, without: 'BPF maps can hit the limit of locked memory' },
];
const sysAdminBit = 21n;

export function capabilityFindings(held: bigint, release: string): Finding[] {
	const has = (bit: bigint) => ((held >> bit) & 1n) === 1n;
	return capabilities.map(({ name: shortName, bit, without }) => {
		const name = `CAP_${shortName}`;
		if (has(bit)) return works(name, 'held');
		if ((shortName === 'BPF' || shortName === 'PERFMON') && has(sysAdminBit)) {
			return works(name, 'not held, but CAP_SYS_ADMIN includes it');
		}
		if (shortName === 'SYS_RESOURCE' && chargesMapsToCgroups(release)) {
			return works(name, 'not held, which is harmless since Linux 5.11 (tools still warn of RLIMIT_MEMLOCK)');
		}
		return missing(name, without, `Run as root; a container gets it by --cap-add ${shortName} or --privileged.`);
	});
}

/** Since Linux 5.11 the limit of locked memory no longer counts BPF maps. */
function chargesMapsToCgroups(release: string): boolean {
	const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
	return major > 5 || (major === 5 && minor >= 11);
}

function namespaceFindings(host: Host): Finding[] {
	return namespaces.map(({ name, kind, without, flag }) => {
		const whose = whoseNamespace(host, kind);
		if (whose === 'host') return works(name, "the host's");
		const fix = `docker run ${flag}`;
		return whose === 'own' ? missing(name, `its own: ${without}`, fix) : unknown(name, 'not to be found out here', fix);
	});
}

const namespaces = [
	{ name: 'pid namespace', kind: 'pid', without: "the host's processes are not seen", flag: '--pid=host' },
	{
		name: 'network namespace',
		kind: 'net',
		without: "ss, ip and nstat show the container's sockets and interfaces",
		flag: '--network=host',
	},
] as const;

export function configFindings(config: KernelConfig | undefined, headers: string | undefined): Finding[] {
	return Object.entries(optionsForTracing).map(([option, without]) => {
		const name = `CONFIG_${option}`;
		if (!config) {
			const fix = "modprobe configs, or show a container the host's /boot: -v /boot:/boot:ro";
			return unknown(name, 'no config of this kernel can be read', fix);
		}
		const value = config.get(option);
		if (value) return works(name, value);
		if (option === 'IKHEADERS' && headers) return works(name, `not set, which is harmless: headers are in ${headers}`);
		return missing(name, without, `Boot a kernel built with ${name}.`);
	});
}

interface Program {
	name: string;
	/** The first that is found. */
	commands: string[];
	/** Some distributions install libbpf's programs and BCC's scripts under the same names. */
	compiled?: boolean;
	versionFlag?: string;
	package: string;
	without: string;
}

const programs: Program[] = [
	{
		name: 'libbpf-tools',
		commands: ['opensnoop-libbpf', 'opensnoop'],
		compiled: true,
		package: 'libbpf-tools',
		without: 'the tools that cost the host least are not there',
	},
	{
		name: 'bpftrace',
		commands: ['bpftrace'],
		versionFlag: '--version',
		package: 'bpftrace',
		without: 'no bpftrace tool runs, and probes are not tried',
	},
	{
		name: 'BCC',
		commands: ['opensnoop-bpfcc', 'opensnoop'],
		compiled: false,
		package: 'bpfcc-tools',
		without: 'tools that only BCC has do not run',
	},
	{
		name: 'perf',
		commands: ['perf'],
		versionFlag: '--version',
		package: 'linux-perf',
		without: 'no profiles by perf, no hardware counters',
	},
	{
		name: 'sysstat',
		commands: ['iostat'],
		versionFlag: '-V',
		package: 'sysstat',
		without: 'no iostat, mpstat, pidstat and sar',
	},
	{
		name: 'procps',
		commands: ['vmstat'],
		versionFlag: '-V',
		package: 'procps',
		without: 'no vmstat, top, free and slabtop',
	},
	{ name: 'iproute2', commands: ['ss'], versionFlag: '-V', package: 'iproute2', without: 'no ss, ip, nstat and tc' },
	{
		name: 'bpftool',
		commands: ['bpftool'],
		versionFlag: '--version',
		package: 'bpftool',
		without: 'nobody can prove that nothing stays loaded',
	},
	{
		name: 'setpriv',
		commands: ['setpriv'],
		versionFlag: '--version',
		package: 'util-linux',
		without: 'tools can outlive a console that is killed outright',
	},
	{
		name: 'stdbuf',
		commands: ['stdbuf'],
		versionFlag: '--version',
		package: 'coreutils',
		without: 'tools hold back their lines when they write to a pipe',
	},
];

async function programFinding(program: Program): Promise<Finding> {
	const { name, commands, compiled, versionFlag, package: debianPackage, without } = program;
	const path = commands
		.map((command) => findProgram(command, ['/usr/share/bcc/tools']))
		.find((found) => found && (compiled === undefined || isCompiled(found) === compiled));
	if (!path) return missing(name, without, `apt-get install ${debianPackage}`);
	if (!versionFlag) return works(name, path);
	try {
		const { stdout } = await promisify(execFile)(path, [versionFlag], { timeout: 5000 });
		return works(name, `${path} ${/\d+\.\d[\w.]*/.exec(stdout)?.[0] ?? ''}`.trim());
	} catch {
		return unknown(name, `${path} does not start`, `apt-get install --reinstall ${debianPackage}`);
	}
}

async function catalogFindings(kernel: KernelFeatures, scope: Scope): Promise<Finding[]> {
	const { tools } = await installedCatalog();
	const resolved = tools.map((tool) => ({ name: tool.name, resolution: resolve(tool, kernel, scope) }));
	const runs = resolved.filter(({ resolution }) => resolution.provider);
	const fails = resolved.filter(({ resolution }) => !resolution.provider);
	const fix = 'Meet the need of one of these providers; the areas above say how.';
	const summary = `${runs.length} of ${tools.length} can run here: ${runs.map(({ name }) => name).join(', ')}`;
	return [
		runs.length > 0 ? works('tools', summary) : missing('tools', 'none can run here', fix),
		...fails.map(({ name, resolution }) => missing(name, refusalText(resolution), fix)),
	];
}

type Counts = Record<Finding['status'], number>;

function jsonOf(areas: Record<string, Finding[]>, counts: Counts) {
	const entries = Object.entries(areas).flatMap(([area, findings]) =>
		findings.map(({ name, ...rest }) => ({ name, area, ...rest })),
	);
	return { entries, ...counts };
}

export function textOf(areas: Record<string, Finding[]>, counts: Counts): string {
	const width = Math.max(...Object.values(areas).flatMap((findings) => findings.map(({ name }) => name.length)));
	const paragraphs = Object.entries(areas).map(([area, findings]) =>
		[area, ...linesOf(findings, width), ''].join('\n'),
	);
	return `${paragraphs.join('\n')}\n${counts.works} works, ${counts.missing} missing, ${counts.unknown} unknown\n`;
}

/** A fix that mends several findings in a row is said once, after the last. */
function linesOf(findings: Finding[], width: number): string[] {
	return findings.flatMap(({ name, status, detail, fix }, index) => [
		`  ${status.padEnd(8)} ${name.padEnd(width)}  ${detail}`,
		...(fix && fix !== findings[index + 1]?.fix ? [`           → ${fix}`] : []),
	]);
}
