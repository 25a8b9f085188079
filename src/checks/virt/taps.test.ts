import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { livingTree } from '../../../test/fixtures/proc-trees/processes.ts';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { judge, type Sample } from '../checklist.ts';

const tap = '0x1002\n';
const tun = '0x1001\n';

function treeWithTaps() {
	const tree = livingTree();
	const traffic = (interfaces: Record<string, { sent: number; drops: number }>) => {
		const lines = Object.entries(interfaces).map(
			([name, { sent, drops }]) => `${name}: 0 0 0 0 0 0 0 0 0 ${sent} 0 ${drops} 0 0 0 0\n`,
		);
		tree.write('1/net/dev', lines.join(''));
	};
	return {
		...tree,
		traffic,
		interface: (name: string, flags: string) => tree.write(`1/root/sys/class/net/${name}/tun_flags`, flags),
		/** As a process that has opened /dev/net/tun for it. */
		holder(pid: number, name: string, held: string) {
			tree.process(pid, name);
			const folder = join(tree.host.proc, String(pid));
			for (const part of ['fd', 'fdinfo']) mkdirSync(join(folder, part));
			symlinkSync('/dev/net/tun', join(folder, 'fd/5'));
			writeFileSync(join(folder, 'fdinfo/5'), `pos:\t0\nflags:\t0100002\nmnt_id:\t28\niff:\t${held}\n`);
		},
		sample(): Sample {
			const sample = sampleHost(tree.host, ['virt']);
			tree.wait(1);
			return sample;
		},
	};
}

test.each([
	[0, 10, 'ok'],
	[5, 10_000, 'warn'],
	[500, 0, 'bad'],
])('%i packets left lying beside %i taken are %s', (drops, sent, verdict) => {
	const tree = treeWithTaps();
	tree.interface('vnet0', tap);
	tree.interface('tun0', tun);
	tree.traffic({ vnet0: { sent: 0, drops: 0 }, tun0: { sent: 0, drops: 0 } });
	const before = tree.sample();
	tree.traffic({ vnet0: { sent, drops }, tun0: { sent: 0, drops: 9 } });
	const readings = judge({ before, now: tree.sample(), first: before });
	expect(reading(readings, 'virt.tap-drops', 'vnet0')).toMatchObject({ value: drops, verdict });
	// Not a tap: what it carries is no machine's Ethernet.
	expect(readings.some(({ check, device }) => check === 'virt.tap-drops' && device === 'tun0')).toBe(false);
});

test('whoever holds a tap that drops packets is named, and is searched for only then', () => {
	const tree = treeWithTaps();
	tree.interface('vpn', tap);
	tree.interface('quiet', tap);
	tree.holder(812, 'openvpn', 'vpn');
	tree.holder(813, 'other', 'quiet');
	tree.traffic({ vpn: { sent: 100, drops: 0 }, quiet: { sent: 1, drops: 0 } });
	const before = tree.sample();
	const still = tree.sample();
	expect(reading(judge({ before, now: still, first: before }), 'virt.tap-drops', 'vpn').why).toBe('vpn drops nothing');
	tree.traffic({ vpn: { sent: 100, drops: 50 }, quiet: { sent: 1, drops: 0 } });
	const now = tree.sample();
	expect(reading(judge({ before: still, now, first: before }), 'virt.tap-drops', 'vpn')).toMatchObject({
		verdict: 'bad',
		why: 'vpn of openvpn (pid 812) drops 50 packets a second, 100 % of them: it does not take them in time',
		suspects: ['openvpn (pid 812) holds vpn and does not take its packets in time'],
	});
});

test('one that has ended is named no longer', () => {
	const tree = treeWithTaps();
	tree.interface('vpn', tap);
	tree.holder(812, 'openvpn', 'vpn');
	tree.traffic({ vpn: { sent: 0, drops: 0 } });
	tree.sample();
	tree.traffic({ vpn: { sent: 0, drops: 10 } });
	const before = tree.sample();
	tree.end(812);
	tree.traffic({ vpn: { sent: 0, drops: 20 } });
	const found = reading(judge({ before, now: tree.sample(), first: before }), 'virt.tap-drops', 'vpn');
	expect(found.suspects).toEqual([]);
	expect(found.why).toContain('whoever reads it does not take them in time');
});
