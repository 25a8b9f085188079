import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { reading, sampleHost } from '../../test/fixtures/proc-trees/readings.ts';
import { openHost } from '../host/host.ts';
import { judge } from './checklist.ts';

const v1 = '/sys/fs/cgroup/memory';
const v2 = '/sys/fs/cgroup';
const name = `bpftools-oom-test-${process.pid}`;

/** A memory cgroup of 20 MB without swap, or undefined where none may be made. */
function makeSmallCgroup(): string | undefined {
	const legacy = existsSync(join(v1, 'memory.limit_in_bytes'));
	const folder = join(legacy ? v1 : v2, name);
	try {
		if (!legacy && !readFileSync(join(v2, 'cgroup.subtree_control'), 'utf8').includes('memory')) return undefined;
		mkdirSync(folder);
		writeFileSync(join(folder, legacy ? 'memory.limit_in_bytes' : 'memory.max'), '20000000');
		if (!legacy && existsSync(join(folder, 'memory.swap.max'))) writeFileSync(join(folder, 'memory.swap.max'), '0');
		return folder;
	} catch {
		if (existsSync(folder)) rmdirSync(folder);
		return undefined;
	}
}

const probe = makeSmallCgroup();
if (probe) rmdirSync(probe);
const title = 'a process killed for want of memory turns memory.oom bad';

if (probe) {
	test(title, { timeout: 15_000 }, () => {
		const cgroup = makeSmallCgroup() ?? '';
		onTestFinished(() => rmdirSync(cgroup));
		const host = openHost();
		const first = sampleHost(host, ['memory']);
		expect(reading(judge({ before: first, now: first, first }), 'memory.oom')).toMatchObject({
			value: 0,
			verdict: 'ok',
		});

		// tail keeps the last line of its input, and /dev/zero is one line without an end.
		const script = 'echo $$ > "$1/cgroup.procs" && exec tail /dev/zero';
		const { signal } = spawnSync('sh', ['-c', script, 'sh', cgroup], { timeout: 10_000, killSignal: 'SIGTERM' });
		expect(signal).toBe('SIGKILL');

		const now = sampleHost(host, ['memory']);
		const found = reading(judge({ before: first, now, first }), 'memory.oom');
		expect(found.verdict).toBe('bad');
		expect(found.value).toBeGreaterThanOrEqual(1);
	});
} else {
	test.skip(`${title} (no memory cgroup can be made here)`);
}
