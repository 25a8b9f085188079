import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { cannotMakeContainers, makeContainer } from '../../../test/support/made-container.ts';
import { titled } from '../../../test/support/needs.ts';
import { type ControlFiles, processesIn } from '../../host/cgroup.ts';
import { cgroupOfContainer } from '../../host/containers.ts';
import { openHost } from '../../host/host.ts';
import type { ContainerTarget, Reading, ResourceName } from '../check.ts';
import { judge, takeSample } from '../checklist.ts';
import { Watch } from '../watch.ts';

const host = openHost();
const obstacle = cannotMakeContainers();

/** Enough of them to use up a quota on a host that is busy otherwise. */
const busyLoops = 'for i in 1 2 3; do while :; do :; done & done; while :; do :; done';

/** What the checks say of a target over the next second. */
async function readingsOf(target: ContainerTarget, resource: ResourceName): Promise<Reading[]> {
	const before = takeSample(host, target, [resource]);
	await sleep(1000);
	const now = takeSample(host, target, [resource]);
	return judge({ before, now, first: before });
}

describe.skipIf(obstacle)(titled('a container of control groups', obstacle), { timeout: 30_000 }, () => {
	test('a busy loop against a quota is held back, and the container beside it is not', async () => {
		const [busy, idle] = [await makeContainer({ cpus: 0.2 }), await makeContainer({ cpus: 0.2 })];
		const hog = busy.run(busyLoops);
		const found = await readingsOf(busy.target, 'cpu');
		expect(reading(found, 'cpu.quota').verdict).toBe('bad');
		expect(reading(found, 'cpu.quota').why).toMatch(/held back by its quota of 0\.2 CPUs in \d+ % of the periods/);
		expect(reading(found, 'cpu.utilization').verdict).toBe('bad');
		const beside = await readingsOf(idle.target, 'cpu');
		expect(reading(beside, 'cpu.quota').verdict).toBe('ok');
		expect(reading(beside, 'cpu.utilization').verdict).toBe('ok');

		const watch = new Watch(host, busy.target);
		const suspects = await eventually('a verdict with suspects', () => {
			const { suspects } = reading(watch.next(), 'cpu.quota');
			return suspects.length > 0 && suspects;
		});
		// Whoever else is busy on this machine is not in the container.
		const members = processesIn(cgroupOfContainer(host, busy.target.container)?.files('cpu') as ControlFiles);
		expect(members).toContain(hog.pid);
		for (const suspect of suspects) expect(members).toContain(Number(/\(pid (\d+)\) uses/.exec(suspect)?.[1]));
	});

	test('a quota that a group within has is seen, though the container has none', async () => {
		const { target, run } = await makeContainer();
		expect(reading(await readingsOf(target, 'cpu'), 'cpu.quota').why).toBe('the container has no CPU quota');
		run(busyLoops, 'within');
		const files = cgroupOfContainer(host, target.container)?.files('cpu');
		const [file, quota] = files?.version === 1 ? ['cpu.cfs_quota_us', '20000'] : ['cpu.max', '20000 100000'];
		const within = join(files?.folder ?? '', 'within');
		await eventually('a group within', () => existsSync(within));
		writeFileSync(join(within, file), quota);
		const found = reading(await readingsOf(target, 'cpu'), 'cpu.quota');
		expect(found).toMatchObject({ verdict: 'bad', why: expect.stringContaining('held back by a quota within it') });
	});

	test('a process killed for want of memory, in a group within, is an error of its container alone', async () => {
		const small = await makeContainer({ memoryBytes: 64e6 });
		const other = await makeContainer({ memoryBytes: 64e6 });
		const first = {
			small: takeSample(host, small.target),
			other: takeSample(host, other.target),
			host: sampleHost(host),
		};
		// tail keeps the last line of its input, and /dev/zero is one line without an end.
		small.run('tail /dev/zero', 'within');
		const verdictOf = (container: 'small' | 'other', target: ContainerTarget) => {
			const now = takeSample(host, target, ['memory']);
			return reading(judge({ before: first[container], now, first: first[container] }), 'memory.oom');
		};
		const found = await eventually('the kill is seen', () => {
			const seen = verdictOf('small', small.target);
			return seen.verdict === 'bad' && seen;
		});
		expect(found).toMatchObject({
			value: 1,
			why: expect.stringMatching(
				/^the container: 1 OOM kill since this console started, 1 since it started; the last was tail \(pid \d+\)$/,
			),
		});
		expect(verdictOf('other', other.target)).toMatchObject({ value: 0, verdict: 'ok' });
		const now = sampleHost(host, ['memory']);
		expect(reading(judge({ before: first.host, now, first: first.host }), 'memory.oom').verdict).toBe('bad');
	});

	test('memory that is held counts, file pages that can go do not', async () => {
		const { target, run } = await makeContainer({ memoryBytes: 64e6 });
		run(`exec ${process.execPath} -e 'const held = Buffer.alloc(40e6, 1); setInterval(() => held, 1e9)'`);
		const seen = await eventually('the memory is held', async () => {
			const found = reading(await readingsOf(target, 'memory'), 'memory.utilization');
			return (found.value ?? 0) > 62 && found;
		});
		expect(seen.why).toMatch(/^the container holds \d+ MB, \d+ % of its limit of 64 MB$/);
	});

	test('a container that writes to a disk is told from one that does not', async () => {
		const [writer, idle] = [await makeContainer(), await makeContainer()];
		const folder = mkdtempSync(join(process.cwd(), 'node_modules/.bpftools-io-'));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		const write = `
			const file = fs.openSync('${folder}/file', 'w'), block = Buffer.alloc(1 << 20);
			for (;;) { fs.writeSync(file, block, 0, block.length, 0); fs.fsyncSync(file); }`;
		writer.run(`exec ${process.execPath} -e "${write}"`);
		// Version 2 counts by disk; version 1 may leave it to the processes.
		const used = ({ check, value }: Reading) => ['disk.utilization', 'disk.traffic'].includes(check) && value !== 0;
		const found = await eventually('its writes are seen', async () =>
			(await readingsOf(writer.target, 'disk')).find(used),
		);
		expect(found.why).toMatch(/(writes\/s of|and write) [\d.]+ [kMG]B\/s/);
		const beside = await readingsOf(idle.target, 'disk');
		expect(beside.filter(used)).toEqual([]);
		expect(reading(beside, 'disk.errors').verdict).toBe('unknown');
	});

	test('once it has ended, nothing is ok', async () => {
		const { target } = await makeContainer();
		const watch = new Watch(host, target);
		process.kill(target.pid, 'SIGKILL');
		// It goes bit by bit: one of its counters may be gone while another can still be read.
		const known = () => watch.readings.filter(({ verdict }) => verdict !== 'unknown');
		const readings = await eventually(
			'nothing of it is known any more',
			() => {
				const readings = watch.next();
				return known().length === 0 && readings;
			},
			10,
			() => JSON.stringify(known()),
		);
		expect(reading(readings, 'memory.oom').why).toBe('made has no process any more: it has ended');
	});
});
