import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { needs, titled } from '../support/needs.ts';
import { run as runHere, scratchFolder } from '../support/program.ts';
import { build, run } from './image.ts';

const lack = needs('engine', 'root');

interface Entry {
	name: string;
	status: string;
	detail: string;
	fix: string | null;
	flags: string[];
}

const entryOf = (stdout: string, name: string) => {
	const entry = (JSON.parse(stdout) as { entries: Entry[] }).entries.find((each) => each.name === name);
	if (!entry) throw new Error(`doctor says nothing of ${name}`);
	return entry;
};

const reports = new Map<string, Promise<string>>();

/** What doctor finds in a container with these flags. Trials of probes take bpftrace, and seconds. */
async function found(name: string, flags: string[]): Promise<Entry> {
	const image = probes.includes(name) || name === 'seccomp' ? 'bpftools' : 'bpftools:mini';
	const words = [...flags.flatMap((flag) => flag.split(' ')), image];
	const report = reports.get(words.join(' ')) ?? run(...words, 'doctor', '--json').then(({ stdout }) => stdout);
	reports.set(words.join(' '), report);
	return entryOf(await report, name);
}

const probes = ['tracepoint', 'uprobe', 'profile'];
const gaps = [
	...probes,
	...['BPF', 'PERFMON', 'SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'SYSLOG'].map((name) => `CAP_${name}`),
	...['perf_event_paranoid', 'kptr_restrict', 'unprivileged_bpf_disabled', 'tracefs'],
	...['pid namespace', 'network namespace', 'entering namespaces', "the host's files"],
];

describe.skipIf(lack)(titled('doctor in a container', lack), () => {
	beforeAll(async () => {
		await build('bpftools');
		await build('bpftools:mini');
	});

	test.each(gaps)('names the flags that give %s', async (name) => {
		const flags: string[] = [];
		let entry = await found(name, flags);
		expect(entry.status, entry.detail).toMatch(/missing|unknown/);
		// One step may lead to the next: who sees the host's pids can be told what else its namespaces take.
		for (let step = 0; step < 3 && entry.status !== 'works'; step++) {
			const more = entry.flags.filter((flag) => !flags.includes(flag));
			expect(more, `${entry.detail}; ${entry.fix}`).not.toEqual([]);
			flags.push(...more);
			entry = await found(name, flags);
		}
		expect(entry.status, `${flags.join(' ')}: ${entry.detail}`).toBe('works');
		expect(flags).not.toContain('--privileged');
	});

	test('misses no right with --privileged', async () => {
		for (const name of gaps) {
			const { status, detail } = await found(name, ['--privileged', '--pid=host']);
			expect({ name, status, detail }).toMatchObject({ status: 'works' });
		}
	});

	test('tells a user without rights to be root where the container has them', async () => {
		const entry = await found('CAP_BPF', ['--user 1000', '--cap-add BPF']);
		expect(entry).toMatchObject({ status: 'missing', flags: ['--user 0'] });
	});

	test('finds the seccomp filter that refuses BPF', async () => {
		using scratch = scratchFolder();
		const profile = join(scratch.path, 'profile.json');
		const syscalls = [{ names: ['bpf'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }];
		writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
		const rights = ['--cap-add SYS_ADMIN', '--security-opt'];
		const name = 'seccomp';
		expect(await found(name, [...rights, `seccomp=${profile}`])).toMatchObject({
			status: 'missing',
			flags: ['--security-opt seccomp=unconfined'],
		});
		expect((await found(name, [...rights, 'seccomp=unconfined'])).status).toBe('works');
	});

	test('names no such flags outside of one', async () => {
		const { stdout } = await runHere(['doctor', '--json']);
		const { entries } = JSON.parse(stdout) as { entries: Entry[] };
		expect(entries.flatMap(({ flags }) => flags)).toEqual([]);
		expect(entryOf(stdout, 'container').detail).toMatch(/^no: /);
		expect((await found('container', [])).detail).toMatch(/^yes: /);
	});
});
