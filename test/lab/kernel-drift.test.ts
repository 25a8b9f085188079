import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ToolDraft } from '../fixtures/tools.ts';
import { titled } from '../support/needs.ts';
import { userTools } from '../support/user-tools.ts';
import { noLab } from './image.ts';
import type { Lab } from './lab.ts';
import { sharedLab } from './shared-lab.ts';

/** The compiler renamed the first function, and the second has another name on each architecture. */
const script = `BEGIN { printf("BUILT\\tEXECUTED\\n"); }
kprobe:tun_build_skb { @built = count(); }
kprobe:__arm64_sys_execve|__x64_sys_execve|sys_execve, kprobe:no_such_function { @executed = count(); }
interval:s:1 { printf("%lld\\t%lld\\n", (int64)@built, (int64)@executed); }
END { clear(@built); clear(@executed); }
`;

/** Writes frames into a tap device of its own, in the way that makes the kernel build packets at once. */
const sender = `
import fcntl, os, struct, subprocess, time
tap = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(tap, 0x400454CA, struct.pack('16sH22x', b'drift0', 0x1002))
subprocess.run(['ip', 'link', 'set', 'drift0', 'up'], check=True)
while True:
    os.write(tap, bytes(12) + b'\\x88\\xb5' + bytes(50))
    time.sleep(0.2)
`;

const output: ToolDraft['output'] = {
	class: 'event-stream',
	columns: [
		{ name: 'built', type: 'int' },
		{ name: 'executed', type: 'int' },
	],
};
const columns = { BUILT: 'built', EXECUTED: 'executed' };
const execve = '__arm64_sys_execve|__x64_sys_execve|sys_execve';
const [own, compiled] = [
	{ via: 'bpftrace', package: 'bpftrace' },
	{ via: 'libbpf', package: 'libbpf-tools' },
] as const;

describe.skipIf(noLab)(titled('On a kernel whose names are other than a tool’s author knew', noLab), () => {
	let lab: Lab;

	beforeAll(async () => {
		lab = await sharedLab();
		const folder = join(lab.share, 'drift');
		const needs = { kprobes: ['tun_build_skb', execve], optional: ['no_such_function'] };
		userTools(folder, {
			renamed: { output, providers: [{ ...own, script: 'drift.bt', needs, reads: 'tabs', columns }] },
			exact: { providers: [{ ...compiled, run: ['opensnoop-libbpf'], needs: { kprobes: ['tun_build_skb'] } }] },
			gone: { providers: [{ ...compiled, run: ['opensnoop-libbpf'], needs: { kprobes: ['SyS_execve|no_function'] } }] },
			closed: { providers: [{ ...compiled, run: ['opensnoop-libbpf'], needs: { kprobes: ['do_syscall_64'] } }] },
			reads: { providers: [{ ...own, script: 'reads.bt', needs: { kprobes: ['tun_build_skb'] } }] },
			// The first provider is one that this kernel's verifier refuses; nothing in its needs could have told.
			breaks: {
				output,
				providers: [
					{ ...compiled, run: ['softirqs-libbpf', '-d', '1'], needs: { btf: true } },
					{ ...own, script: 'counts.bt', reads: 'tabs', columns },
				],
			},
		});
		const write = (tool: string, name: string, text: string) =>
			writeFileSync(join(folder, 'bpftools/tools', tool, name), text);
		write('renamed', 'drift.bt', script);
		write('reads', 'reads.bt', 'kprobe:tun_build_skb { printf("%p", arg1); }\n');
		write('breaks', 'counts.bt', 'BEGIN { printf("BUILT\\tEXECUTED\\n"); } interval:s:1 { printf("1\\t2\\n"); }\n');
		writeFileSync(join(folder, 'send.py'), sender);
	}, 600_000);

	const environment = 'XDG_CONFIG_HOME=/share/drift XDG_STATE_HOME=/tmp/drift-state';

	test('a script probes what the compiler made of a function, the name that this architecture has, and not what is missing', async () => {
		const line = `
			modprobe tun
			python3 /share/drift/send.py & sender=$!
			while :; do /bin/true; sleep 0.2; done & executor=$!
			${environment} bpftools run renamed --format ndjson --duration 60 | grep -m 1 '"built":[1-9]'
			kill $sender $executor`;
		const { stdout, stderr } = await lab.run(line, { seconds: 120 });
		expect(stderr).toMatch(/^evidence: complete/m);
		const row = JSON.parse(stdout) as { built: number; executed: number };
		expect(row.built).toBeGreaterThan(0);
		expect(row.executed).toBeGreaterThan(0);
	});

	test('a tool that can not be adapted is told apart, with the name of the function', async () => {
		const list = JSON.parse(await lab.output(`${environment} bpftools list --json`, { seconds: 120 })) as {
			name: string;
			reason: string | null;
		}[];
		const reasonOf = (tool: string) => list.find(({ name }) => name === tool)?.reason;
		expect(reasonOf('renamed')).toBeNull();
		expect(reasonOf('exact')).toMatch(/^libbpf: the kernel has no function tun_build_skb, only tun_build_skb\.\w+\.0$/);
		expect(reasonOf('gone')).toBe('libbpf: the kernel has no function SyS_execve or no_function');
		expect(reasonOf('closed')).toBe('libbpf: the kernel does not let do_syscall_64 be traced');
		expect(reasonOf('reads')).toMatch(
			/^bpftrace: the compiler changed the arguments of tun_build_skb \(it is tun_build_skb\.\w+\.0 here\), and the script reads them$/,
		);
	});

	test("a distribution's tool that the kernel refuses gives way to the next provider at once, and for good", async () => {
		const untilARow = `${environment} bpftools run breaks --format ndjson --duration 60 | grep -m 1 '"executed":2'`;
		const first = await lab.run(untilARow, { seconds: 120 });
		expect(first.stderr).toMatch(/^libbpf: .*\n(.*\n)*evidence: blind, .*BPF program load failed/);
		expect(first.stderr).toMatch(/^libbpf does not work here; bpftrace takes its place\.\nbpftrace: /m);
		expect(first.stdout).toBe('{"built":1,"executed":2}\n');
		const second = await lab.run(untilARow, { seconds: 120 });
		expect(second.stderr).toMatch(/^bpftrace: /);
		expect(second.stdout).toBe('{"built":1,"executed":2}\n');
		const list = JSON.parse(await lab.output(`${environment} bpftools list --json`, { seconds: 120 })) as {
			name: string;
			refusals: { reason: string }[];
		}[];
		const reasons = list.find(({ name }) => name === 'breaks')?.refusals.map(({ reason }) => reason);
		expect(reasons).toEqual([expect.stringMatching(/^it failed here on \d{4}-\d\d-\d\d: libbpf: .*load failed/)]);
	});
});
