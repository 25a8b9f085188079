import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { firstProvider, hostScope, kernelWith, type ToolDraft, toolOf } from '../../test/fixtures/tools.ts';
import type { Scope } from '../host/target.ts';
import { launchOf } from './launch.ts';
import { resolve } from './resolve.ts';

const folder = mkdtempSync(join(tmpdir(), 'launch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'filters.bt'), 'tracepoint:a:b /TARGET && $1/ { @NOTARGET[TARGETS] = count(); }\n');
writeFileSync(join(folder, 'library.bt'), 'uprobe:LIBC:malloc { @ = count(); }\n');
writeFileSync(join(folder, 'counts.bt'), 'tracepoint:a:b { @ = count(); }\n');

type ProviderDraft = NonNullable<ToolDraft['providers']>[number];

const own = (script: string): ProviderDraft => ({ via: 'bpftrace', script, args: ['{pid|0}'], package: 'bpftrace' });
const grouped: ProviderDraft = { via: 'classic', run: ['sh', '{pid:-p}', '{cgroup:-c}', 'end'], package: 'dash' };
const plain: ProviderDraft = { via: 'classic', run: ['sh', 'end'], package: 'dash' };
const network: ProviderDraft = { ...plain, enters: 'net' };

const inProcess: Scope = { ...hostScope, target: { kind: 'process', name: 'pid:812', pid: 812 } };
const inContainer: Scope = {
	target: {
		kind: 'container',
		name: 'container:web',
		pid: 900,
		container: { id: 'c0ffee', runtime: 'docker', pid: 900, processes: 2 },
	},
	network: { way: 'enter' },
	ownNetwork: true,
	ownPids: false,
	mountNamespace: 4026532500,
	cgroup: '/sys/fs/cgroup/docker/c0ffee',
	libc: '/proc/900/root/lib/libc.so.6',
	hostFiles: '/proc/1/root',
};

function toolWith(...providers: ProviderDraft[]) {
	const params: ToolDraft['params'] = { pid: { type: 'pid', optional: true, help: 'only this process' } };
	return { ...toolOf({ params, providers }), folder };
}

/** What is started for a tool with these providers, as it would be for a user. */
function launched(scope: Scope, providers: ProviderDraft[], { values = {}, kernel = kernelWith() } = {}) {
	const tool = toolWith(...providers);
	const { provider = firstProvider(tool), narrowing } = resolve(tool, kernel, scope, values);
	const { argv, input } = launchOf(tool, provider, 'PROGRAM', values, narrowing, scope, kernel);
	return { via: provider.via, narrowing, argv: argv.join(' '), input };
}

const hasBpftrace = toolOf({ providers: [{ via: 'classic', run: ['bpftrace'], package: 'bpftrace' }] });
const lacksBpftrace = resolve(hasBpftrace, kernelWith(), hostScope).provider === undefined;

describe('a tool that looks at the whole host', () => {
	test('is told of no target', () => {
		expect(launched(hostScope, [grouped])).toMatchObject({ narrowing: 'host', argv: 'PROGRAM end' });
	});

	test('keeps the process that the user named', () => {
		expect(launched(hostScope, [grouped], { values: { pid: 7 } }).argv).toBe('PROGRAM -p 7 end');
	});

	test.skipIf(lacksBpftrace)('has a script of ours on its input, with a condition that always holds', () => {
		expect(launched(hostScope, [own('filters.bt')])).toMatchObject({
			argv: 'PROGRAM -f json - 0',
			input: 'tracepoint:a:b /1 && $1/ { @NOTARGET[TARGETS] = count(); }\n',
		});
	});

	test("finds a server's sockets among the files of the host", () => {
		const told: ProviderDraft = { ...plain, environment: { RUN: 'HOST/run/x', HOSTS: 'HOSTS' } };
		const environment = 'env RUN=/proc/1/root/run/x HOSTS=HOSTS PROGRAM end';
		expect(launched(hostScope, [told]).argv).toBe(environment);
		expect(launched(inContainer, [told]).argv).toBe(environment);
	});

	test('enters the network of the host where its own is another', () => {
		const scope: Scope = { ...hostScope, network: { way: 'enter' } };
		expect(launched(scope, [network])).toMatchObject({ narrowing: 'host', argv: 'nsenter -t 1 -n -- PROGRAM end' });
	});
});

describe('a tool that looks at one process', () => {
	test('is told its pid', () => {
		expect(launched(inProcess, [grouped])).toMatchObject({ narrowing: 'pid', argv: 'PROGRAM -p 812 end' });
	});

	test('is told another when the user names one', () => {
		expect(launched(inProcess, [grouped], { values: { pid: 7 } }).argv).toBe('PROGRAM -p 7 end');
	});

	test('says when it can only show the whole host', () => {
		expect(launched(inProcess, [plain, network])).toMatchObject({ narrowing: 'not', argv: 'PROGRAM end' });
	});

	test.skipIf(lacksBpftrace)('is filtered by its pid in a script of ours', () => {
		expect(launched(inProcess, [own('filters.bt')])).toMatchObject({
			narrowing: 'pid',
			argv: 'PROGRAM -f json - 812',
			input: 'tracepoint:a:b /pid == 812 && $1/ { @NOTARGET[TARGETS] = count(); }\n',
		});
	});
});

describe('a tool that looks at one container', () => {
	test('is told its control group', () => {
		expect(launched(inContainer, [plain, grouped])).toMatchObject({
			narrowing: 'cgroup',
			argv: 'PROGRAM -c /sys/fs/cgroup/docker/c0ffee end',
		});
	});

	test('enters its network', () => {
		expect(launched(inContainer, [network])).toMatchObject({
			narrowing: 'network',
			argv: 'nsenter -t 900 -n -- PROGRAM end',
		});
	});

	test("probes the C library that the container's programs use", () => {
		const told: ProviderDraft = { ...plain, run: ['sh', '{libc:-l}'] };
		expect(launched(inContainer, [told]).argv).toBe('PROGRAM -l /proc/900/root/lib/libc.so.6');
	});

	test('is refused where no C library is seen to probe', () => {
		const told: ProviderDraft = { ...plain, run: ['sh', '{libc:-l}'] };
		const scope: Scope = { ...inContainer, libc: undefined };
		expect(
			resolve(toolWith(told, own('library.bt')), kernelWith(), scope).refusals.map(({ reason }) => reason),
		).toEqual([
			'process 900, which stands for container:web, shows no C library to probe',
			'process 900, which stands for container:web, shows no C library to probe',
		]);
	});

	test.skipIf(lacksBpftrace)('probes it in a script of ours', () => {
		expect(launched(inContainer, [own('library.bt')]).input).toBe(
			'uprobe:/proc/900/root/lib/libc.so.6:malloc { @ = count(); }\n',
		);
	});

	test('says when a network that it shares with the host is all that it can show', () => {
		const scope: Scope = { ...inContainer, ownNetwork: false, network: { way: 'here' } };
		expect(launched(scope, [network])).toMatchObject({ narrowing: 'not', argv: 'PROGRAM end' });
	});

	test('is refused, with the reason, where its network is closed', () => {
		const scope: Scope = { ...inContainer, network: { way: 'closed', reason: 'it is closed' } };
		expect(resolve(toolWith(network), kernelWith(), scope).refusals).toEqual([
			{ via: 'classic', reason: 'it is closed' },
		]);
	});

	test.skipIf(lacksBpftrace)('is filtered by its mount namespace in a script of ours', () => {
		const scope: Scope = { ...inContainer, cgroup: undefined };
		expect(launched(scope, [grouped, own('filters.bt')])).toMatchObject({
			via: 'bpftrace',
			narrowing: 'tasks',
			input:
				'tracepoint:a:b /((struct task_struct *)curtask)->nsproxy->mnt_ns->ns.inum == 4026532500 && $1/ { @NOTARGET[TARGETS] = count(); }\n',
		});
	});

	test.skipIf(lacksBpftrace)('shows the whole host where the kernel has no type information to filter by', () => {
		const scope: Scope = { ...inContainer, cgroup: undefined };
		const kernel = kernelWith({ btf: false });
		expect(launched(scope, [own('filters.bt')], { kernel })).toMatchObject({
			narrowing: 'not',
			input: 'tracepoint:a:b /1 && $1/ { @NOTARGET[TARGETS] = count(); }\n',
		});
		expect(launched(scope, [own('counts.bt')]).narrowing).toBe('not');
	});
});
