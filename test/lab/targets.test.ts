import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reading } from '../../src/checks/check.ts';
import type { Container } from '../../src/host/containers.ts';
import { reading } from '../fixtures/proc-trees/readings.ts';
import { eventually } from '../support/eventually.ts';
import { titled } from '../support/needs.ts';
import { noLab } from './image.ts';
import type { Lab } from './lab.ts';
import { sharedLab } from './shared-lab.ts';

/** Where docker puts its containers when no systemd is there to ask. */
const docker = '/sys/fs/cgroup/docker';
const controllers = '+cpu +memory +io +pids +cpuset';

describe.skipIf(noLab)(titled('Containers in control groups of version 2', noLab), () => {
	let lab: Lab;
	const [busy, idle, own] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];

	beforeAll(async () => {
		lab = await sharedLab();
		await lab.output(`
			echo '${controllers}' > /sys/fs/cgroup/cgroup.subtree_control
			mkdir ${docker}
			echo '${controllers}' > ${docker}/cgroup.subtree_control
			for id in ${busy} ${idle} ${own}; do
				mkdir ${docker}/$id
				echo 64M > ${docker}/$id/memory.max
			done
			# So little that a loop uses it up, though all of the machine is one slow CPU.
			echo '5000 100000' | tee ${docker}/${busy}/cpu.max ${docker}/${idle}/cpu.max`);
		await startIn(idle, 'exec sleep 1000');
	});

	afterAll(async () => {
		await lab.output(`
			for group in ${docker}/*/; do echo 1 > $group/cgroup.kill; done
			until rmdir ${docker}/*/ ${docker}; do sleep 0.2; done`);
	});

	/** Starts a shell's script in a container, where it stays. */
	async function startIn(id: string, script: string): Promise<void> {
		const enter = `echo $$ > ${docker}/${id}/cgroup.procs; ${script}`;
		await lab.output(`setsid sh -c '${enter}' </dev/null >/dev/null 2>&1 &`);
	}

	async function end(id: string): Promise<void> {
		await lab.output(`echo 1 > ${docker}/${id}/cgroup.kill`);
	}

	const checkLine = (id: string, words: string) => `bpftools check ${words} --json --target container:${id}`;

	/** Its exit code is that of the worst verdict. */
	async function readingsOf(line: string): Promise<Reading[]> {
		const { stdout, stderr } = await lab.run(line);
		expect(stderr).toBe('');
		return (JSON.parse(stdout) as { readings: Reading[] }).readings;
	}

	test('one that is held back by its quota is told from one beside it', async () => {
		await startIn(busy, 'while :; do :; done');
		// On one emulated CPU, the check itself can keep the loop from using up its quota.
		const found = await eventually(
			'a second in which it uses up its quota',
			async () => {
				const found = await readingsOf(checkLine(busy, 'cpu'));
				const wanting = (check: string) => ['warn', 'bad'].includes(reading(found, check).verdict);
				return ['cpu.quota', 'cpu.utilization', 'cpu.pressure'].every(wanting) && found;
			},
			90,
		);
		expect(reading(found, 'cpu.quota').verdict).toBe('bad');
		expect(reading(found, 'cpu.quota').suspects).toEqual([expect.stringMatching(/^sh \(pid \d+\) uses/)]);
		const beside = await readingsOf(checkLine(idle, 'cpu'));
		for (const check of ['cpu.quota', 'cpu.utilization', 'cpu.pressure']) {
			expect(reading(beside, check).verdict, check).toBe('ok');
		}
	});

	test('in a control group namespace of its own, a console finds the others and itself', async () => {
		const list = `
			const { openHost } = await import("/bpftools/src/host/host.ts");
			const { listContainers } = await import("/bpftools/src/host/containers.ts");
			console.log(JSON.stringify(listContainers(openHost())));`;
		// What docker does for a container: a namespace, and a mount of what it shows.
		const within = (command: string) => `
			echo $$ > ${docker}/${own}/cgroup.procs
			exec unshare --cgroup --mount bash -c 'mount -t cgroup2 none /sys/fs/cgroup; ${command}'`;
		const containers = JSON.parse(
			await lab.output(within(`node --input-type=module --eval '\\''${list}'\\''`)),
		) as Container[];
		expect(containers.map(({ id, runtime, own }) => ({ id, runtime, own }))).toEqual([
			{ id: idle, runtime: 'docker', own: undefined },
			{ id: busy, runtime: 'docker', own: undefined },
			{ id: own, runtime: 'docker', own: true },
		]);
		const found = await readingsOf(within(checkLine(busy, 'cpu')));
		expect(reading(found, 'cpu.quota').verdict).toBe('bad');
		await end(busy);
	});

	test('a process killed for want of memory is an error of its container alone', async () => {
		await startIn(own, 'while :; do tail /dev/zero; done');
		const found = await readingsOf(checkLine(own, 'memory --duration 5'));
		expect(reading(found, 'memory.oom').verdict).toBe('bad');
		expect(reading(found, 'memory.oom').why).toMatch(
			/^the container: \d+ OOM kills? since this console started, \d+ since it started; the last was tail \(pid \d+\)/,
		);
		const beside = await readingsOf(checkLine(idle, 'memory --duration 5'));
		expect(reading(beside, 'memory.oom')).toMatchObject({ value: 0, verdict: 'ok' });
		expect(reading(beside, 'memory.utilization').why).toMatch(/^the container holds .* of its limit of 67 MB$/);
		await end(own);
	});

	test('one that writes to a disk is told from one that does not', async () => {
		await startIn(own, 'while :; do dd if=/dev/zero of=/var/tmp/written bs=64k count=1000 oflag=direct; done');
		const found = await readingsOf(checkLine(own, 'disk --duration 3'));
		expect(reading(found, 'disk.utilization', 'vda').value).toBeGreaterThan(0);
		expect(reading(found, 'disk.utilization', 'vda').why).toMatch(/ [1-9]\d* writes\/s of [\d.]+ MB\/s; /);
		expect(reading(found, 'disk.pressure').value).toBeGreaterThan(0);
		const beside = await readingsOf(checkLine(idle, 'disk --duration 3'));
		expect(beside.filter(({ check, value }) => check === 'disk.utilization' && value !== 0)).toEqual([]);
		await end(own);
	});
});
