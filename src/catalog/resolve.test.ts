import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { functionsThat, hostScope, kernelWith, type ToolDraft, toolOf } from '../../test/fixtures/tools.ts';
import type { KernelFeatures } from '../host/kernel-features.ts';
import type { Scope } from '../host/target.ts';
import { nextTools } from './next-tools.ts';
import { isIdleHere, refusalText, resolve } from './resolve.ts';

/** Programs that are installed for these tests: a compiled one and a script. */
const folder = mkdtempSync(join(tmpdir(), 'programs-'));
vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
afterAll(() => {
	vi.unstubAllEnvs();
	rmSync(folder, { recursive: true, force: true });
});
for (const name of ['bpftrace', 'zz-libbpf', 'zz-bpfcc', 'zz-classic', 'zz-compiled']) {
	copyFileSync('/bin/true', join(folder, name));
}
writeFileSync(join(folder, 'zz-script'), '#!/bin/sh\n');
chmodSync(join(folder, 'zz-script'), 0o755);

type ProviderDraft = NonNullable<ToolDraft['providers']>[number];

const providers = {
	libbpf: { via: 'libbpf', run: ['zz-libbpf'], package: 'libbpf-tools' },
	bcc: { via: 'bcc', run: ['zz-bpfcc'], package: 'bpfcc-tools' },
	perf: { via: 'perf', run: ['zz-classic'], package: 'linux-perf' },
	classic: { via: 'classic', run: ['zz-classic'], package: 'procps' },
} satisfies Record<string, ProviderDraft>;

function resolved(provider: ProviderDraft, kernel: KernelFeatures) {
	const resolution = resolve(toolOf({ providers: [provider] }), kernel, hostScope);
	return resolution.provider ? 'runs' : resolution.refusals[0]?.reason;
}

describe('a need that this kernel does not meet', () => {
	const { libbpf, bcc, perf, classic } = providers;
	const cases: [string, ProviderDraft, Partial<KernelFeatures>, string][] = [
		['rights', libbpf, { mayTrace: false, root: false }, 'needs root, or CAP_BPF and CAP_PERFMON'],
		['rights that root lacks', bcc, { mayTrace: false }, 'needs root, or CAP_BPF and CAP_PERFMON'],
		['root for perf', perf, { mayTrace: false, root: false }, 'needs root'],
		['root', { ...classic, needs: { root: true } }, { mayTrace: false, root: false }, 'needs root'],
		['BTF', { ...libbpf, needs: { btf: true } }, { btf: false }, 'the kernel has no BTF (/sys/kernel/btf/vmlinux)'],
		['headers for BCC', bcc, { headers: undefined }, 'no headers for kernel 6.12.0'],
		['headers', { ...libbpf, needs: { headers: true } }, { headers: undefined }, 'no headers for kernel 6.12.0'],
		[
			'tracefs',
			{ ...libbpf, needs: { tracepoints: ['sched/sched_switch'] } },
			{ tracefs: undefined },
			'tracefs is not mounted on /sys/kernel/tracing',
		],
		[
			'a tracepoint',
			{ ...libbpf, needs: { tracepoints: ['sched/sched_switch', 'block/one|block/other'] } },
			{ hasTracepoint: (name) => name.startsWith('sched/') },
			'the kernel has no tracepoint block/one or block/other',
		],
		[
			'kprobes',
			{ ...libbpf, needs: { kprobes: ['vfs_read'] } },
			{ kprobes: false, functions: () => new Map() },
			'the kernel has no kprobes (CONFIG_KPROBE_EVENTS)',
		],
		[
			'a function',
			{ ...libbpf, needs: { kprobes: ['vfs_read', 'gone|also_gone'] } },
			{ functions: functionsThat((name) => name === 'vfs_read') },
			'the kernel has no function gone or also_gone',
		],
		[
			'what a module brings',
			{ ...libbpf, needs: { tracepoints: ['kvm/kvm_exit'], module: 'kvm' } },
			{ hasTracepoint: () => false },
			'the kernel has no tracepoint kvm/kvm_exit, which comes with the module kvm',
		],
		[
			'kprobes on what a module brings',
			{ ...libbpf, needs: { kprobes: ['handle_rx'], module: 'vhost_net' } },
			{ kprobes: false, functions: () => new Map() },
			'the kernel has no kprobes (CONFIG_KPROBE_EVENTS)',
		],
		[
			'the absence of a function',
			{ ...libbpf, needs: { without: ['folio_new'], kprobes: ['page_old'] } },
			{},
			'it would count nothing: this kernel uses folio_new instead of what it probes',
		],
	];

	test.each(cases)('%s: the reason says so', (_, provider, kernel, reason) => {
		expect(resolved(provider, kernelWith(kernel))).toBe(reason);
		expect(resolved(provider, kernelWith({ functions: functionsThat((name) => name !== 'folio_new') }))).toBe('runs');
	});

	test('either of two names will do', () => {
		const needs = { tracepoints: ['a/old|a/new'], kprobes: ['old_read|new_read'] };
		const kernel = kernelWith({
			hasTracepoint: (name) => name === 'a/new',
			functions: functionsThat((name) => name === 'new_read'),
		});
		expect(resolved({ ...libbpf, needs }, kernel)).toBe('runs');
	});

	test('a classic command asks nothing of the kernel', () => {
		const nothing = kernelWith({ btf: false, tracefs: undefined, kprobes: false, mayTrace: false, root: false });
		expect(resolved(classic, { ...nothing, headers: undefined })).toBe('runs');
	});
});

describe('which provider serves', () => {
	const { libbpf, bcc, classic } = providers;

	test('the first one that fits, with why those before it do not', () => {
		const tool = toolOf({ providers: [{ ...libbpf, needs: { btf: true } }, bcc, classic] });
		const kernel = kernelWith({ btf: false });
		expect(resolve(tool, kernel, hostScope)).toMatchObject({
			provider: { via: 'bcc' },
			program: join(folder, 'zz-bpfcc'),
			refusals: [{ via: 'libbpf', reason: 'the kernel has no BTF (/sys/kernel/btf/vmlinux)' }],
		});
		expect(resolve(tool, kernelWith(), hostScope).provider?.via).toBe('libbpf');
	});

	test('none, and every reason is told in one line', () => {
		const absent: ProviderDraft = { ...classic, run: ['zz-absent'] };
		const resolution = resolve(
			toolOf({ providers: [{ ...libbpf, needs: { btf: true } }, absent] }),
			kernelWith({ btf: false }),
			hostScope,
		);
		expect(resolution.provider).toBeUndefined();
		expect(resolution.program).toBeUndefined();
		expect(refusalText(resolution)).toBe(
			'libbpf: the kernel has no BTF (/sys/kernel/btf/vmlinux); classic: zz-absent is not installed (package procps)',
		);
	});

	test('a provider without a place for a given parameter is passed over', () => {
		const params = {
			pid: { type: 'pid', optional: true, help: 'only this' },
			interval: { type: 'seconds', default: 1, help: 'every' },
		} as const;
		const tool = toolOf({ params, providers: [libbpf, { ...classic, run: ['zz-classic', '{pid:-p}'] }] });
		expect(resolve(tool, kernelWith(), hostScope, { pid: 4, interval: 1 })).toMatchObject({
			provider: { via: 'classic' },
			refusals: [{ via: 'libbpf', reason: "can't take --pid" }],
		});
		// A default needs no place: the provider does what it does.
		expect(resolve(tool, kernelWith(), hostScope, { interval: 1 }).provider?.via).toBe('libbpf');
	});

	test('a script needs bpftrace', () => {
		const tool = toolOf({ providers: [{ via: 'bpftrace', script: 'a.bt', package: 'bpftrace' }] });
		expect(resolve(tool, kernelWith(), hostScope).program).toBe(join(folder, 'bpftrace'));
	});
});

describe("distributions' names", () => {
	const named = (via: 'libbpf' | 'bcc' | 'classic', name: string) =>
		resolve(toolOf({ providers: [{ via, run: [name], package: 'x' }] }), kernelWith(), hostScope).program;

	test('a compiled program without the suffix is the libbpf one', () => {
		expect(named('libbpf', 'zz-compiled-libbpf')).toBe(join(folder, 'zz-compiled'));
		expect(named('bcc', 'zz-compiled-bpfcc')).toBeUndefined();
	});

	test('a script without the suffix is the BCC one', () => {
		expect(named('bcc', 'zz-script-bpfcc')).toBe(join(folder, 'zz-script'));
		expect(named('libbpf', 'zz-script-libbpf')).toBeUndefined();
	});

	test('a classic command has its own name only', () => {
		expect(named('classic', 'zz-compiled-libbpf')).toBeUndefined();
	});

	test('a file that may not be run is not a program', () => {
		writeFileSync(join(folder, 'zz-data'), 'x', { mode: 0o644 });
		expect(named('classic', 'zz-data')).toBeUndefined();
	});
});

test('a tool is idle where its module is not loaded, and not where the kernel itself lacks something', () => {
	const module: ProviderDraft = { ...providers.libbpf, needs: { kprobes: ['handle_rx'], module: 'vhost_net' } };
	const tool = toolOf({ providers: [module] });
	expect(isIdleHere(tool, kernelWith())).toBe(false);
	expect(isIdleHere(tool, kernelWith({ functions: () => new Map() }))).toBe(true);
	expect(isIdleHere(tool, kernelWith({ kprobes: false, functions: () => new Map() }))).toBe(false);
	expect(
		isIdleHere(toolOf({ providers: [module, providers.classic] }), kernelWith({ functions: () => new Map() })),
	).toBe(false);
});

describe('the tools to run next for a cell', () => {
	test('are those that run here, then those that answer its question, then its own resource’s', () => {
		const absent: ProviderDraft = { via: 'classic', run: ['zz-absent'], package: 'x' };
		const draft = (draft: ToolDraft) => ({ providers: [providers.classic], ...draft });
		const tools = [
			toolOf(draft({ providers: [absent] }), 'absent'),
			toolOf(draft({ answers: ['errors'] }), 'other-question'),
			toolOf(draft({ resource: 'disk', also: ['cpu'] }), 'other-resource'),
			toolOf(draft({ answers: ['utilization', 'errors'] }), 'broad'),
			toolOf(draft({}), 'narrow'),
			toolOf(draft({ resource: 'memory' }), 'unrelated'),
		];
		expect(nextTools(tools, kernelWith(), hostScope, 'cpu', 'utilization').map(({ tool }) => tool.name)).toEqual([
			'narrow',
			'broad',
			'other-resource',
			'other-question',
			'absent',
		]);
	});

	test('are in the order that the cell names them in, and others follow', () => {
		const tools = ['own', 'pidstat', 'vmstat', 'mpstat'].map((name) =>
			toolOf(
				{ answers: name === 'own' ? ['utilization'] : ['utilization', 'saturation'], providers: [providers.classic] },
				name,
			),
		);
		const names = (kind: 'utilization' | 'saturation') =>
			nextTools(tools, kernelWith(), hostScope, 'cpu', kind).map(({ tool }) => tool.name);
		expect(names('utilization')).toEqual(['mpstat', 'pidstat', 'vmstat', 'own']);
		expect(names('saturation')).toEqual(['vmstat', 'pidstat', 'mpstat', 'own']);
	});

	test('are first those that can be narrowed to the target', () => {
		const asked: ProviderDraft = { ...providers.classic, run: ['zz-classic', '{pid:-p}'] };
		const params: ToolDraft['params'] = { pid: { type: 'pid', optional: true, help: 'only this process' } };
		const tools = [
			toolOf({ providers: [providers.classic] }, 'wide'),
			toolOf({ params, answers: ['errors'], providers: [asked] }, 'narrowed'),
		];
		const named = (scope: Scope) =>
			nextTools(tools, kernelWith(), scope, 'cpu', 'utilization').map(({ tool }) => tool.name);
		expect(named(hostScope)).toEqual(['wide', 'narrowed']);
		expect(named({ ...hostScope, target: { kind: 'process', name: 'pid:812', pid: 812 } })).toEqual([
			'narrowed',
			'wide',
		]);
	});
});

describe('in a pid namespace of its own', () => {
	const params: ToolDraft['params'] = { pid: { type: 'pid', optional: true, help: 'only this process' } };
	const libbpf: ProviderDraft = { ...providers.libbpf, run: ['zz-libbpf', '{pid:-p}'] };
	const classic: ProviderDraft = { ...providers.classic, run: ['zz-classic', '{pid:-p}'] };
	const ownPids: Scope = { ...hostScope, ownPids: true };
	const process: Scope = { ...ownPids, target: { kind: 'process', name: 'pid:2', pid: 2 } };

	test('a tool that compares with the pids of the host is given none', () => {
		const tool = toolOf({ params, providers: [libbpf, classic] });
		expect(resolve(tool, kernelWith(), hostScope, { pid: 2 }).provider?.via).toBe('libbpf');
		const { provider, refusals } = resolve(tool, kernelWith(), ownPids, { pid: 2 });
		expect(provider?.via).toBe('classic');
		expect(refusals).toEqual([
			{ via: 'libbpf', reason: "compares pids with the host's, and this pid namespace has others" },
		]);
	});

	test('it is not narrowed to a process by it', () => {
		expect(resolve(toolOf({ params, providers: [libbpf, classic] }), kernelWith(), process)).toMatchObject({
			provider: { via: 'classic' },
			narrowing: 'pid',
		});
		expect(resolve(toolOf({ params, providers: [libbpf] }), kernelWith(), process)).toMatchObject({
			provider: { via: 'libbpf' },
			narrowing: 'not',
		});
	});
});
