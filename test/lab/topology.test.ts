import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reading } from '../../src/checks/check.ts';
import { reading } from '../fixtures/proc-trees/readings.ts';
import { titled } from '../support/needs.ts';
import { noLab } from './image.ts';
import type { Lab } from './lab.ts';
import { sharedLab } from './shared-lab.ts';
import { topology } from './topology.ts';

describe.skipIf(noLab)(titled('Machines on an Open vSwitch bridge', noLab), () => {
	let lab: Lab;
	let linksBefore: string[];

	beforeAll(async () => {
		lab = await sharedLab();
		linksBefore = await links();
		await topology(lab, 'up');
		await topology(lab, 'host', 'a', '10.9.0.2');
		await topology(lab, 'host', 'b', '10.9.0.3');
		await topology(lab, 'vm', 'v', '10.9.0.4');
	});

	afterAll(async () => {
		if (lab) await topology(lab, 'down');
	});

	test('two namespaces ping each other through the kernel datapath', async () => {
		expect(await lab.output('ip netns exec a ping -c 3 -i 0.2 10.9.0.3')).toMatch(/ 0% packet loss/);
		expect(await lab.output('ovs-dpctl dump-flows')).toMatch(/eth_type\(0x0800\).* packets:[1-9]\d*, .*actions:\d/);
	});

	test('the VM behind the tap device answers pings', async () => {
		expect(await lab.output('ip netns exec a ping -c 3 -i 0.2 10.9.0.4')).toMatch(/ 0% packet loss/);
	});

	test('it echoes a datagram', async () => {
		const echo = 'exec 3<>/dev/udp/10.9.0.4/7; echo hello >&3; head -n 1 <&3';
		expect(await lab.output(['ip', 'netns', 'exec', 'a', 'timeout', '10', 'bash', '-c', echo])).toBe('hello\n');
	});

	test('it echoes a stream longer than a window', async () => {
		const echo = 'seq 1 20000 | timeout 60 ip netns exec a ncat 10.9.0.4 7';
		const numbers = Array.from({ length: 20_000 }, (_, index) => index + 1);
		expect(await lab.output(echo, { seconds: 90 })).toBe(`${numbers.join('\n')}\n`);
	});

	test('packets that netem drops are missed', async () => {
		await topology(lab, 'netem', 'v', 'loss', '30%');
		const { stdout } = await lab.run('ping -q -c 60 -i 0.02 10.9.0.4');
		const received = Number(/(\d+) received/.exec(stdout)?.[1]);
		expect(received).toBeGreaterThan(0);
		expect(received).toBeLessThan(60);
	});

	test('functions of the openvswitch module can be traced, by kprobe and fentry', async () => {
		const counts = await countWhile('ip netns exec a ping -c 5 -i 0.2 10.9.0.3', [
			'kprobe:ovs_dp_process_packet',
			'fentry:openvswitch:ovs_execute_actions',
		]);
		for (const count of counts) expect(count).toBeGreaterThanOrEqual(10);
	});

	test('a real guest answers through vhost-net, whose functions can be traced', async () => {
		await topology(lab, 'kvm', 'k', '10.9.0.5');
		const counts = await countWhile('ip netns exec a ping -c 5 -i 0.2 10.9.0.5', [
			'kprobe:vhost_get_vq_desc',
			'kprobe:vhost_add_used_and_signal_n',
		]);
		for (const count of counts) expect(count).toBeGreaterThan(0);
	});

	test('the checks see the real guest, its vhost thread, who holds its tap, and the switch', async () => {
		const { stdout } = await lab.run('bpftools check virt --json', { seconds: 60 });
		const { readings } = JSON.parse(stdout) as { readings: Reading[] };
		const device = `qemu-system-x86 (pid ${await pidOf('k')})`;
		for (const check of ['virt.emulation', 'virt.vcpus', 'virt.vhost', 'virt.run-delay', 'virt.exits']) {
			expect(reading(readings, check, device), check).toMatchObject({ value: expect.any(Number) });
		}
		expect(reading(readings, 'virt.vcpus', device).why).toMatch(/ of its 1 CPU$/);
		expect(reading(readings, 'virt.tap-drops', 'k').why).toBe(`k of ${device} drops nothing`);
		expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd').verdict).toBe('ok');
		expect(reading(readings, 'virt.ovs-lost', 'system@ovs-system').value).toBe(0);
		expect(readings.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
	});

	test('all of it is taken down again', async () => {
		await topology(lab, 'down');
		expect(await links()).toEqual(linksBefore);
		expect(await lab.output('ip netns; pgrep -l "ovs|qemu|play-vm" || true')).toBe('');
	});

	async function pidOf(machine: string): Promise<string> {
		return (await lab.output(`cat /run/topology/${machine}.pid`)).trim();
	}

	async function links(): Promise<string[]> {
		const found = JSON.parse(await lab.output('ip -j link')) as { ifname: string }[];
		return found.map(({ ifname }) => ifname);
	}

	/** How often each probe fires while the command runs. */
	async function countWhile(command: string, probes: string[]): Promise<number[]> {
		const program = probes.map((probe, index) => `${probe} { @[${index}] = count(); }`).join(' ');
		const output = await lab.output(['bpftrace', '-e', program, '-c', command], { seconds: 120 });
		return probes.map((_, index) => Number(new RegExp(`^@\\[${index}\\]: (\\d+)`, 'm').exec(output)?.[1] ?? 0));
	}
});
