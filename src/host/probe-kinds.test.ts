import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { openHost } from './host.ts';
import { kernelFeatures } from './kernel-features.ts';
import { judgeTrial, probeKinds, tryProbeKinds } from './probe-kinds.ts';
import { findProgram } from './programs.ts';

const kind = { name: 'kprobe', spellings: ['kprobe:vfs_fsync'], remedy: 'Boot another kernel.' };

/** What bpftrace said, and how it ended. */
const judge = (ended: { stdout?: string; stderr?: string; succeeded?: boolean; timedOut?: boolean }) =>
	judgeTrial(kind, 'kprobe:vfs_fsync', { stdout: '', stderr: '', succeeded: false, timedOut: false, ...ended });

const counted = (probes: number) => `{"type": "attached_probes", "data": {"probes": ${probes}}}\n\n`;
const limit =
	'WARNING: Unknown error -1: couldn\'t set RLIMIT_MEMLOCK for bpftrace. If your program is not loading, you can try "ulimit -l 8192" to fix the problem\n';

test('a probe works when bpftrace counted it and ended well', () => {
	expect(judge({ succeeded: true, stdout: counted(2), stderr: limit })).toMatchObject({ status: 'works', fix: null });
	const newest = '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}\n';
	expect(judge({ succeeded: true, stdout: newest })).toMatchObject({ status: 'works' });
});

test('0.23 counts probes before it attaches them', () => {
	const stderr = `${limit}stdin:1:18-35: WARNING: vfs_fsync is not traceable (either non-existing, inlined, or marked as "notrace"); attaching to it will likely fail
BEGIN { exit(); } kprobe:vfs_fsync { }
                 ~~~~~~~~~~~~~~~~~
create_probe_event: open(/sys/kernel/debug/tracing/kprobe_events): No such file or directory
ERROR: Error attaching probe: kprobe:vfs_fsync
`;
	expect(judge({ stdout: counted(2), stderr })).toEqual({
		name: 'kprobe',
		status: 'missing',
		detail: 'create_probe_event: open(/sys/kernel/debug/tracing/kprobe_events): No such file or directory',
		fix: 'Boot another kernel.',
	});
});

test('0.17 ends well without the probe', () => {
	expect(judge({ succeeded: true, stdout: counted(1) })).toMatchObject({
		status: 'missing',
		detail: 'bpftrace attached nothing',
	});
});

test('the reason is said without the place in the script', () => {
	const stderr = `${limit}stdin:1:18-35: ERROR: fentry/fexit not available for your kernel version.
BEGIN { exit(); } fentry:vfs_fsync { }
                 ~~~~~~~~~~~~~~~~~
`;
	expect(judge({ stderr })).toMatchObject({
		status: 'missing',
		detail: 'fentry/fexit not available for your kernel version.',
	});
});

test.each([
	'stdin:1:18-26: ERROR: Invalid probe type: rawtracepoint\n',
	'FATAL: Invalid probe type made it to attachpoint parser\n',
])('an old bpftrace says nothing about the kernel: %s', (stderr) => {
	expect(judge({ stderr })).toMatchObject({ status: 'unknown', detail: expect.stringContaining('does not know') });
});

test('a bpftrace that does not come to an end proves nothing', () => {
	expect(judge({ timedOut: true, stdout: counted(2) })).toMatchObject({ status: 'unknown' });
});

test('a kind without anything to probe is not tried', async () => {
	const [trial] = await tryProbeKinds('/bin/false', [{ ...kind, spellings: [] }]);
	expect(trial).toMatchObject({ status: 'unknown', detail: expect.stringContaining('not tried') });
});

test('trials come back in the order of the kinds', async () => {
	const kinds = ['a', 'b', 'c'].map((name) => ({ ...kind, name }));
	const trials = await tryProbeKinds('/bin/false', kinds);
	expect(trials.map(({ name, status }) => [name, status])).toEqual([
		['a', 'missing'],
		['b', 'missing'],
		['c', 'missing'],
	]);
});

const bpftrace = findProgram('bpftrace');
const bpftool = findProgram('bpftool');
const host = openHost();
const { root, mayTrace, tracefs } = kernelFeatures(host);
const lacks = [
	...(bpftrace ? [] : ['bpftrace']),
	...(bpftool ? [] : ['bpftool']),
	...(root && mayTrace ? [] : ['root']),
	...(tracefs ? [] : ['tracefs']),
];

test.skipIf(lacks.length > 0)(
	`tracepoints work on this kernel, and their program is gone afterwards${lacks.length ? ` (needs ${lacks.join(', ')})` : ''}`,
	async () => {
		const before = loadedPrograms();
		const trials = await tryProbeKinds(bpftrace ?? '', probeKinds(host, tracefs));
		expect(trials.map(({ name }) => name)).toEqual(probeKinds(host, tracefs).map(({ name }) => name));
		expect(trials).toContainEqual(expect.objectContaining({ name: 'tracepoint', status: 'works' }));
		// The kernel lets go of programs a moment after the process, and other tests load some of theirs.
		await expect.poll(() => loadedPrograms().filter((id) => !before.includes(id)), { timeout: 10_000 }).toEqual([]);
	},
);

/** Those that hang on what the trials probe; bpftrace cuts names to 15 characters. */
function loadedPrograms(): number[] {
	const programs = JSON.parse(execFileSync(bpftool ?? '', ['-j', 'prog', 'show'], { encoding: 'utf8' }));
	const trials = /sched_process_e|vfs_fsync|getaddrinfo|throw/;
	return programs.filter(({ name }: { name?: string }) => trials.test(name ?? '')).map(({ id }: { id: number }) => id);
}
