import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type Host, readBytes, readText } from './host.ts';
import { printable } from './printable.ts';

/** One way to attach a BPF program, tried on something that is rarely hit, so that the trial costs nobody. */
export interface ProbeKind {
	name: string;
	/** The newest first, since bpftrace renamed some. None where nothing here can be probed. */
	spellings: string[];
	/** What to do about a kernel that refuses it. */
	remedy: string;
}

export interface Trial {
	name: string;
	status: 'works' | 'missing' | 'unknown';
	detail: string;
	fix: string | null;
}

export function probeKinds(host: Host, tracefs: string | undefined): ProbeKind[] {
	const kprobe = 'Boot a kernel built with CONFIG_KPROBE_EVENTS; until then, tools that use tracepoints serve.';
	const perf = 'Boot a kernel built with CONFIG_PERF_EVENTS and CONFIG_BPF_EVENTS.';
	const libc = libcInUse(host);
	const inModule = moduleFunction(host, tracefs);
	return [
		{
			name: 'tracepoint',
			spellings: ['tracepoint:sched:sched_process_exit'],
			remedy: 'Mount tracefs (mount -t tracefs tracefs /sys/kernel/tracing), and see CONFIG_BPF_EVENTS below.',
		},
		{
			name: 'raw tracepoint',
			spellings: ['rawtracepoint:sched_process_exit'],
			remedy: 'Tools that use ordinary tracepoints serve instead.',
		},
		{ name: 'kprobe', spellings: ['kprobe:vfs_fsync'], remedy: kprobe },
		{ name: 'kretprobe', spellings: ['kretprobe:vfs_fsync'], remedy: kprobe },
		{
			name: 'fentry',
			spellings: ['fentry:vfs_fsync', 'kfunc:vfs_fsync'],
			remedy: 'Boot a kernel built with CONFIG_FUNCTION_TRACER and CONFIG_DEBUG_INFO_BTF; kprobes serve instead.',
		},
		{
			name: 'kprobe in a module',
			spellings: inModule ? [`kprobe:${inModule.name}`] : [],
			remedy: kprobe,
		},
		{
			name: 'fentry in a module',
			spellings: inModule ? ['fentry', 'kfunc'].map((kind) => `${kind}:${inModule.module}:${inModule.name}`) : [],
			remedy: 'Boot a kernel built with CONFIG_DEBUG_INFO_BTF_MODULES; kprobes serve instead.',
		},
		{
			name: 'uprobe',
			spellings: libc ? [`uprobe:"${libc}":getaddrinfo`] : [],
			remedy: 'Boot a kernel built with CONFIG_UPROBE_EVENTS.',
		},
		{ name: 'USDT', spellings: usdtBeside(libc), remedy: 'Boot a kernel built with CONFIG_UPROBE_EVENTS.' },
		{ name: 'profile', spellings: ['profile:hz:99'], remedy: perf },
		{ name: 'software event', spellings: ['software:cpu-clock:1000000000'], remedy: perf },
		{
			name: 'hardware counter',
			spellings: ['hardware:cycles:1000000000'],
			remedy: 'Give the virtual machine a virtual PMU, or run on the metal; software events serve for profiling.',
		},
		{ name: 'interval', spellings: ['interval:s:1'], remedy: perf },
	];
}

/** Loads a program of each kind with bpftrace and lets go of it at once, two at a time. In the order of the kinds. */
export async function tryProbeKinds(bpftrace: string, kinds: ProbeKind[], onTrial: () => void = () => {}) {
	const trials: Trial[] = [];
	const queue = kinds.entries();
	const tryNext = async () => {
		for (const [index, kind] of queue) {
			trials[index] = await tryKind(bpftrace, kind);
			onTrial();
		}
	};
	await Promise.all([tryNext(), tryNext()]);
	return trials;
}

async function tryKind(bpftrace: string, kind: ProbeKind): Promise<Trial> {
	let trial: Trial = {
		name: kind.name,
		status: 'unknown',
		detail: 'not tried: nothing suitable to probe was found here',
		fix: null,
	};
	for (const spelling of kind.spellings) {
		trial = judgeTrial(kind, spelling, await attach(bpftrace, spelling));
		if (trial.status !== 'unknown') break;
	}
	return trial;
}

/** How bpftrace ended. */
interface Ended {
	succeeded: boolean;
	timedOut: boolean;
	stdout: string;
	stderr: string;
}

const timeoutSeconds = 30;

function attach(bpftrace: string, spelling: string): Promise<Ended> {
	const script = `BEGIN { exit(); } ${spelling} { }`;
	// Its programs are gone with the process, however it ends.
	const limits = { timeout: timeoutSeconds * 1000, killSignal: 'SIGKILL' } as const;
	return new Promise((resolve) => {
		execFile(bpftrace, ['-f', 'json', '-e', script], limits, (error, stdout, stderr) =>
			resolve({ succeeded: error === null, timedOut: error?.killed ?? false, stdout, stderr }),
		);
	});
}

/**
 * Versions differ in how they fail: 0.17 exits 0 without the probe, 0.23 counts
 * both probes before it attaches them. Only both signs together are proof.
 */
export function judgeTrial({ name, remedy }: ProbeKind, spelling: string, ended: Ended): Trial {
	const probes = Number(/"attached_probes".*"probes": *(\d+)/.exec(ended.stdout)?.[1] ?? 0);
	if (ended.succeeded && probes === 2) return { name, status: 'works', detail: `attached ${spelling}`, fix: null };
	if (ended.timedOut) {
		const detail = `bpftrace did not attach ${spelling} within ${timeoutSeconds} s`;
		return { name, status: 'unknown', detail, fix: 'Try again when the host is less busy.' };
	}
	if (ended.stderr.includes('Invalid probe type')) {
		const detail = 'this bpftrace does not know this kind of probe';
		return { name, status: 'unknown', detail, fix: 'Install a newer bpftrace; 0.23 knows all of these.' };
	}
	return { name, status: 'missing', detail: complaint(ended.stderr) ?? 'bpftrace attached nothing', fix: remedy };
}

/** Warnings, and the script's own text that bpftrace repeats to point into it. */
const noise = /RLIMIT_MEMLOCK|WARNING: |^BEGIN |^[\s~]*$/;

function complaint(stderr: string): string | undefined {
	const line = stderr.split('\n').find((each) => !noise.test(each));
	return line && printable(line.replace(/^(stdin:\S+ )?(ERROR|FATAL): /, ''));
}

/** Its functions are called rarely: when a device is opened, a switch is set up. */
const calm = /(_open|_release|_ioctl|_destroy|_exit|_get_drvinfo)$/;

/** A function of a loaded module, of one that people trace where there is one. */
function moduleFunction(host: Host, tracefs: string | undefined): { name: string; module: string } | undefined {
	const modules = readText(join(host.proc, 'modules'))?.match(/^\S+/gm);
	const text = modules && tracefs ? readText(join(tracefs, 'available_filter_functions')) : undefined;
	const all = [...(text ?? '').matchAll(/^(\w+) \[(\w+)\]$/gm)].map(([, name = '', module = '']) => ({ name, module }));
	const known = all.filter(({ module }) => ['openvswitch', 'kvm', 'tun', 'vhost_net'].includes(module));
	return [...known, ...all].find(({ name }) => calm.test(name)) ?? all[0];
}

function libcInUse(host: Host): string | undefined {
	const maps = readText(join(host.proc, 'self/maps')) ?? '';
	return /\/\S*\/(libc\.so\.6|libc-[\d.]+\.so|ld-musl-\S+)$/m.exec(maps)?.[0];
}

/** The C++ library has the one probe that is found on most systems: bpftrace itself needs it. */
function usdtBeside(libc: string | undefined): string[] {
	if (!libc) return [];
	const library = join(dirname(libc), 'libstdc++.so.6');
	return readBytes(library)?.includes('stapsdt') ? [`usdt:"${library}":libstdcxx:throw`] : [];
}
