import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { titled } from '../support/needs.ts';
import { noLab } from './image.ts';
import type { Lab } from './lab.ts';
import { sharedLab } from './shared-lab.ts';
import { topology } from './topology.ts';

describe.skipIf(noLab)(titled('On a stock kernel', noLab), () => {
	let lab: Lab;

	beforeAll(async () => {
		lab = await sharedLab();
	});

	test('doctor finds what hardened kernels lack: kprobes, fentry, modules and their functions', async () => {
		const { stdout } = await lab.run('bpftools doctor --json', { seconds: 180 });
		const { entries } = JSON.parse(stdout) as { entries: { name: string; area: string; status: string }[] };
		const working = entries.filter(({ status }) => status === 'works').map(({ area, name }) => `${area}: ${name}`);
		const wanted = ['kprobe', 'kretprobe', 'fentry', 'kprobe in a module', 'fentry in a module', 'USDT'];
		expect(working).toEqual(expect.arrayContaining(wanted.map((name) => `probes: ${name}`)));
		expect(working).toEqual(expect.arrayContaining(['kernel: BTF', 'kernel: headers', 'modules: module BTF']));
		// Whether modules of KVM and Open vSwitch are loaded depends on the tests before; their tools are unknown until then.
		const idle = ({ area, status }: { area: string; status: string }) => area === 'catalog' && status === 'unknown';
		const broken = entries.filter((entry) => entry.status !== 'works' && !idle(entry)).map(({ name }) => name);
		expect(broken).toEqual(['hardware counter']);
	});

	test('a tool of kprobes gives rows: cachestat through bpftrace', async () => {
		const { code, row, stderr } = await runTool('cachestat', '"hits":[1-9]');
		expect(stderr).toMatch(/^bpftrace: /);
		expect(stderr).toMatch(/^evidence: complete/m);
		expect(code).toBe(0);
		expect(row?.hits).toBeGreaterThan(0);
	});

	test('a libbpf tool gives rows: opensnoop', async () => {
		const { code, row, stderr } = await runTool('opensnoop', '"/etc/os-release"');
		expect(stderr).toMatch(/^libbpf: /);
		expect(stderr).toMatch(/^evidence: complete/m);
		expect(code).toBe(0);
		expect(row).toMatchObject({ command: 'cat', path: '/etc/os-release' });
	});

	test('a BCC tool is compiled and gives rows, where a host has no other: syscount', async () => {
		const { code, row, stderr } = await runTool('syscount', '"openat"', [
			'/usr/sbin/syscount-libbpf',
			'/usr/bin/bpftrace',
		]);
		expect(stderr).toMatch(/^bcc: /);
		expect(stderr).toMatch(/^evidence: complete/m);
		expect(code).toBe(0);
		expect(row).toMatchObject({ syscall: 'openat', count: expect.any(Number) });
	});

	describe('with Open vSwitch, its tools give rows:', () => {
		beforeAll(async () => {
			await topology(lab, 'up');
			await topology(lab, 'host', 'a', '10.9.0.2');
		});

		afterAll(() => topology(lab, 'down'));

		test('ovs-datapath, from its daemon', async () => {
			const { row, stderr } = await runTool('ovs-datapath', '"datapath"');
			expect(stderr).toMatch(/^evidence: complete/m);
			expect(row).toMatchObject({ datapath: 'system@ovs-system', lost: 0, hit: expect.any(Number) });
		});

		test('ovs-upcalls, from its module', async () => {
			const load = 'ping -q -c 1 10.9.0.2 >/dev/null; ovs-appctl dpctl/del-flows';
			const { row, stderr } = await runTool('ovs-upcalls', '"br0"', [], load);
			expect(stderr).toMatch(/^bpftrace: /);
			expect(stderr).toMatch(/^evidence: complete/m);
			expect(row).toMatchObject({ port: 'br0', kind: 'miss', upcalls: expect.any(Number) });
		});
	});

	/** Until a row of this pattern comes, under a small load, and with these programs out of sight. */
	async function runTool(
		name: string,
		pattern: string,
		hidden: string[] = [],
		load = 'cat /etc/os-release >/dev/null',
	) {
		const script = `
			${hidden.map((file) => `mount --bind /dev/null ${file}`).join('\n')}
			while :; do ${load}; sleep 0.2; done &
			set -o pipefail
			bpftools run ${name} --format ndjson --duration 200 | grep -m 1 '${pattern}'
			code=$?
			kill %1
			exit $code`;
		const { code, stdout, stderr } = await lab.run(['unshare', '--mount', 'bash', '-c', script], { seconds: 220 });
		return { code, row: JSON.parse(stdout || 'null') as Record<string, unknown> | null, stderr };
	}
});
