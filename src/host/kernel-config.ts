import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Host, readBytes, readText } from './host.ts';

/** What the running kernel was built with, by name without CONFIG_: "y", "m" or a value. What is not set is not here. */
export type KernelConfig = Map<string, string>;

/** What does not work where an option is not set. */
export const optionsForTracing: Record<string, string> = {
	BPF: 'no BPF program loads',
	BPF_SYSCALL: 'no BPF program loads',
	BPF_JIT: 'BPF programs are interpreted, which costs the host several times as much',
	HAVE_EBPF_JIT: 'this architecture has no compiler for BPF programs, so they are interpreted',
	BPF_EVENTS: 'BPF programs attach to no tracepoint, kprobe or perf event',
	KPROBES: 'no kernel function can be probed by name',
	KPROBE_EVENTS: 'BPF programs attach to no kprobe',
	UPROBE_EVENTS: 'BPF programs attach to no function of a program or library, so neither does USDT',
	FTRACE_SYSCALLS: 'there are no syscalls tracepoints (opensnoop, execsnoop, statsnoop)',
	DEBUG_INFO_BTF: 'libbpf tools do not load, and fentry does not attach',
	DEBUG_INFO_BTF_MODULES: 'types and fentry of kernel modules (Open vSwitch, KVM, tun) are not known',
	IKHEADERS: 'the kernel brings no headers of its own, so BCC needs them installed',
	SCHEDSTATS: 'sched_stat tracepoints stay silent, and /proc/schedstat is not there',
	PSI: 'there is no /proc/pressure, so saturation is told from weaker signs',
	KALLSYMS_ALL: "the kernel's variables have no symbols (loads.bt, iterators)",
	TASK_DELAY_ACCT: 'nobody can tell how long a process waited for disks, swap or memory',
};

/** A container sees the host's /boot through the process that stands for the host. */
export function readKernelConfig(host: Host, release: string): KernelConfig | undefined {
	const packed = readBytes(join(host.proc, 'config.gz'));
	if (packed) return parseKernelConfig(gunzipSync(packed).toString('latin1'));
	const file = join('boot', `config-${release}`);
	const text = readText(join(host.proc, String(host.pid), 'root', file)) ?? readText(join(host.proc, '..', file));
	return text === undefined ? undefined : parseKernelConfig(text);
}

export function parseKernelConfig(text: string): KernelConfig {
	return new Map([...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}
