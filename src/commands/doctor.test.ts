import { expect, test, vi } from 'vitest';
import { type KernelConfig, optionsForTracing } from '../host/kernel-config.ts';
import {
	capabilityFindings,
	configFindings,
	doctorCommand,
	type Finding,
	lockdownFinding,
	mountFindings,
	textOf,
} from './doctor.ts';

const statuses = (findings: Finding[]) => Object.fromEntries(findings.map(({ name, status }) => [name, status]));
const without = (...bits: bigint[]) => bits.reduce((held, bit) => held & ~(1n << bit), 0x1ffffffffffn);

test('root has every capability', () => {
	expect(new Set(Object.values(statuses(capabilityFindings(without(), '6.12.0'))))).toEqual(new Set(['works']));
});

test('a container without capabilities is told how to get each', () => {
	const findings = capabilityFindings(0xa80425fbn, '6.12.0');
	expect(statuses(findings)).toMatchObject({ CAP_BPF: 'missing', CAP_PERFMON: 'missing', CAP_SYS_PTRACE: 'missing' });
	expect(findings.find(({ name }) => name === 'CAP_BPF')?.fix).toContain('--cap-add BPF or --privileged');
});

test('CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON', () => {
	expect(statuses(capabilityFindings(without(38n, 39n), '6.12.0'))).toMatchObject({
		CAP_BPF: 'works',
		CAP_PERFMON: 'works',
	});
});

test.each([
	['5.10.0-32-amd64', 'missing'],
	['5.11.0', 'works'],
	['6.1.0', 'works'],
])('on Linux %s a missing CAP_SYS_RESOURCE counts as %s', (release, status) => {
	expect(statuses(capabilityFindings(without(24n), release))).toMatchObject({ CAP_SYS_RESOURCE: status });
});

test('an option that is a module works, one that is not set is a gap that says what it costs', () => {
	const config: KernelConfig = new Map([
		['BPF', 'y'],
		['IKHEADERS', 'm'],
	]);
	const findings = configFindings(config, undefined);
	expect(statuses(findings)).toMatchObject({
		CONFIG_BPF: 'works',
		CONFIG_IKHEADERS: 'works',
		CONFIG_KPROBES: 'missing',
	});
	expect(findings.find(({ name }) => name === 'CONFIG_KPROBES')).toMatchObject({
		detail: 'no kernel function can be probed by name',
		fix: 'Boot a kernel built with CONFIG_KPROBES.',
	});
});

test('a kernel needs no headers of its own where they are installed', () => {
	const headers = '/lib/modules/6.12.0/build';
	expect(statuses(configFindings(new Map(), undefined))).toMatchObject({ CONFIG_IKHEADERS: 'missing' });
	expect(statuses(configFindings(new Map(), headers))).toMatchObject({ CONFIG_IKHEADERS: 'works' });
});

test('without a config every option is unknown, and the text says once how to get one', () => {
	const config = configFindings(undefined, undefined);
	expect(config).toHaveLength(Object.keys(optionsForTracing).length);
	expect(new Set(config.map(({ status }) => status))).toEqual(new Set(['unknown']));
	expect(textOf({ config }, { works: 0, missing: 0, unknown: config.length }).match(/→/g)).toHaveLength(1);
});

test('a file system that is not mounted comes with the command that mounts it', () => {
	const mounts = `sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0
tracefs /sys/kernel/tracing tracefs rw,nosuid,nodev,noexec,relatime 0 0
tracefs /srv/other/sys/kernel/tracing tracefs rw 0 0
`;
	expect(mountFindings(mounts)).toMatchObject([
		{ name: 'tracefs', status: 'works', detail: '/sys/kernel/tracing' },
		{ name: 'debugfs', status: 'missing', fix: 'mount -t debugfs debugfs /sys/kernel/debug' },
		{ name: 'bpffs', status: 'missing', fix: 'mount -t bpf bpf /sys/fs/bpf' },
	]);
});

test.each([
	['[none] integrity confidentiality\n', true, 'works'],
	['none [integrity] confidentiality\n', true, 'works'],
	['none integrity [confidentiality]\n', true, 'missing'],
	[undefined, true, 'works'],
	[undefined, false, 'unknown'],
] as const)('lockdown "%s" (securityfs mounted: %s) counts as %s', (text, securityfs, status) => {
	expect(lockdownFinding(text, securityfs).status).toBe(status);
});

test('a line is a word, a name and a detail; what to do follows below', () => {
	const findings: Finding[] = [
		{ name: 'tracefs', status: 'works', detail: '/sys/kernel/tracing', fix: null },
		{ name: 'bpffs', status: 'missing', detail: 'pinned programs are not seen', fix: 'mount -t bpf bpf /sys/fs/bpf' },
	];
	expect(textOf({ mounts: findings }, { works: 1, missing: 1, unknown: 0 })).toBe(`mounts
  works    tracefs  /sys/kernel/tracing
  missing  bpffs    pinned programs are not seen
           → mount -t bpf bpf /sys/fs/bpf

1 works, 1 missing, 0 unknown
`);
});

test('as JSON the entries add up, every gap says what to do, and the exit code tells whether there is one', async () => {
	const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
	const code = await doctorCommand.run(['--json']);
	const report = JSON.parse(String(write.mock.calls[0]?.[0]));
	write.mockRestore();
	expect(report.works + report.missing + report.unknown).toBe(report.entries.length);
	expect(report.entries[0]).toMatchObject({ name: 'release', area: 'kernel', status: 'works', fix: null });
	for (const { status, fix } of report.entries) if (status === 'missing') expect(fix).toEqual(expect.any(String));
	expect(code).toBe(report.missing === 0 ? 0 : 1);
});
