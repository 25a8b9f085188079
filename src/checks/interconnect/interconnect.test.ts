import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { livingTree } from '../../../test/fixtures/proc-trees/processes.ts';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import type { Reading } from '../check.ts';
import { judge, type Sample } from '../checklist.ts';

interface Link {
	speed: string;
	width: number;
	mostSpeed?: string;
	mostWidth?: number;
}

/** A host whose cards hang from ports of their own, each in the folder of its port as sysfs has them. */
function hostWithCards() {
	const tree = livingTree();
	const write = (path: string, text: string) => {
		const file = join(tree.host.sys, path);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text);
	};
	const link = (folder: string, { speed, width, mostSpeed = speed, mostWidth = width }: Link) => {
		write(`${folder}/current_link_speed`, `${speed}\n`);
		write(`${folder}/current_link_width`, `${width}\n`);
		write(`${folder}/max_link_speed`, `${mostSpeed}\n`);
		write(`${folder}/max_link_width`, `${mostWidth}\n`);
	};
	const onBus = (folder: string) => {
		const devices = join(tree.host.sys, 'bus/pci/devices');
		mkdirSync(devices, { recursive: true });
		symlinkSync(join('../../..', folder), join(devices, folder.slice(folder.lastIndexOf('/') + 1)));
	};
	return {
		...tree,
		write,
		/** A card of a class, as "0x010802" for NVMe, in a port that can do 16 GT/s on 16 lanes, or less. */
		card(number: string, code: string, of: Link, port: Partial<Link> = {}): string {
			const above = `devices/pci0000:00/0000:00:${number}.0`;
			const folder = `${above}/0000:${number}:00.0`;
			write(`${above}/class`, '0x060400\n');
			link(above, { ...of, mostSpeed: '16.0 GT/s PCIe', mostWidth: 16, ...port });
			onBus(above);
			write(`${folder}/class`, `${code}\n`);
			link(folder, of);
			onBus(folder);
			return folder;
		},
		errors(folder: string, { corrected = 0, nonfatal = 0, fatal = 0 }) {
			write(`${folder}/aer_dev_correctable`, `RxErr 0\nBadTLP ${corrected}\nTimeout 0\nTOTAL_ERR_COR ${corrected}\n`);
			write(`${folder}/aer_dev_nonfatal`, `Undefined 0\nTLP ${nonfatal}\nTOTAL_ERR_NONFATAL ${nonfatal}\n`);
			write(`${folder}/aer_dev_fatal`, `Undefined 0\nDLP ${fatal}\nTOTAL_ERR_FATAL ${fatal}\n`);
		},
		/** Ten seconds later. */
		sample(): Sample {
			tree.wait(10);
			return sampleHost(tree.host, ['interconnect']);
		},
	};
}

const between = (before: Sample, now: Sample): Reading[] => judge({ before, now, first: before });

const nvme = '0x010802';
const ethernet = '0x020000';
const sound = '0x040300';
const graphics = '0x030000';
const full: Link = { speed: '8.0 GT/s PCIe', width: 4 };

test('each cell has a reading where nothing tells, and it is not ok', () => {
	const host = hostWithCards();
	const readings = between(host.sample(), host.sample());
	expect([...new Set(readings.map(({ kind }) => kind))]).toEqual(['errors', 'utilization', 'saturation']);
	for (const { verdict, value, why } of readings) {
		expect({ verdict, value }).toEqual({ verdict: 'unknown', value: null });
		expect(why.length).toBeGreaterThan(20);
	}
});

test.each([
	[
		{ corrected: 2 },
		'warn',
		'0000:01:00.0: no uncorrected errors since this console started, none since boot; 2 corrected ones since this console started, 2 since boot (BadTLP)',
	],
	[
		{ nonfatal: 1 },
		'bad',
		'0000:01:00.0: 1 uncorrected error since this console started, 1 since boot; no corrected ones since this console started, none since boot (TLP)',
	],
	[
		{ fatal: 1 },
		'bad',
		'0000:01:00.0: 1 uncorrected error since this console started, 1 since boot; no corrected ones since this console started, none since boot (DLP)',
	],
])('errors of a link: %j', (errors, verdict, why) => {
	const host = hostWithCards();
	const cards = ['01', '02'].map((number) => host.card(number, nvme, full));
	for (const card of cards) host.errors(card, {});
	const before = host.sample();
	const clean = between(before, host.sample());
	expect(reading(clean, 'interconnect.pci-errors')).toMatchObject({
		verdict: 'ok',
		why: 'none of 2 PCI devices has told of an error since boot',
	});
	host.errors(cards[0] ?? '', errors);
	const readings = between(before, host.sample());
	expect(reading(readings, 'interconnect.pci-errors', '0000:01:00.0')).toMatchObject({ verdict, why });
	expect(reading(readings, 'interconnect.pci-errors').why).toBe('none of 1 other has told of an error since boot');
});

test.each([
	[{ corrected: 9 }, 'ok'],
	[{ fatal: 1 }, 'warn'],
])('errors from before this console started: %j', (errors, verdict) => {
	const host = hostWithCards();
	host.errors(host.card('01', nvme, full), errors);
	const readings = between(host.sample(), host.sample());
	expect(reading(readings, 'interconnect.pci-errors', '0000:01:00.0')).toMatchObject({ value: 0, verdict });
});

test('a device is named with its driver', () => {
	const host = hostWithCards();
	const card = host.card('01', nvme, full);
	host.errors(card, { fatal: 1 });
	host.write('bus/pci/drivers/nvme/bind', '');
	symlinkSync('../../../../bus/pci/drivers/nvme', join(host.host.sys, card, 'driver'));
	const readings = between(host.sample(), host.sample());
	expect(reading(readings, 'interconnect.pci-errors', '0000:01:00.0 (nvme)').verdict).toBe('warn');
});

const slowDown = { speed: '2.5 GT/s PCIe', mostSpeed: '8.0 GT/s PCIe', width: 4 };
const fewer = { speed: '8.0 GT/s PCIe', width: 1, mostWidth: 4 };

test.each([
	['an SSD at the speed of both ends', nvme, full, {}, 'ok'],
	['an SSD that got slow', nvme, slowDown, {}, 'warn'],
	['an SSD with one lane of four', nvme, fewer, {}, 'warn'],
	['an SSD in a port that can do no more', nvme, slowDown, { mostSpeed: '2.5 GT/s PCIe' }, 'ok'],
	['an SSD in a slot of one lane', nvme, fewer, { mostWidth: 1 }, 'ok'],
	['a network card that got slow', ethernet, slowDown, {}, 'warn'],
	['graphics that rest', graphics, slowDown, {}, 'ok'],
	['graphics with too few lanes', graphics, fewer, {}, 'warn'],
])('%s', (_, code, link, port, verdict) => {
	const host = hostWithCards();
	host.card('01', code, link, port);
	expect(reading(between(host.sample(), host.sample()), 'interconnect.pci-links').verdict).toBe(verdict);
});

test('a slow link is told with what it could do', () => {
	const host = hostWithCards();
	host.card('01', nvme, full);
	host.card('02', nvme, fewer);
	host.card('03', ethernet, slowDown);
	expect(reading(between(host.sample(), host.sample()), 'interconnect.pci-links')).toMatchObject({
		value: 2,
		why: 'the link of 0000:02:00.0 runs x1 at 8 GT/s and could run x4 at 8 GT/s, and 1 other below what it could',
		suspects: ['0000:02:00.0: x1 at 8 GT/s of x4 at 8 GT/s', '0000:03:00.0: x4 at 2.5 GT/s of x4 at 8 GT/s'],
	});
});

test.each([
	['a sound card, which needs no speed', sound, slowDown],
	['a card whose link is not told', nvme, { ...full, speed: 'Unknown' }],
	['a virtual function, which has no link', nvme, { ...full, width: 0 }],
])('%s has no link to judge', (_, code, link) => {
	const host = hostWithCards();
	host.card('01', code, link);
	expect(reading(between(host.sample(), host.sample()), 'interconnect.pci-links').verdict).toBe('unknown');
});

test('a card that sleeps has no link to judge', () => {
	const host = hostWithCards();
	host.write(`${host.card('01', nvme, slowDown)}/power/runtime_status`, 'suspended\n');
	expect(reading(between(host.sample(), host.sample()), 'interconnect.pci-links').verdict).toBe('unknown');
});

/** An NVMe SSD's disk, and what it has read. */
function disk(host: ReturnType<typeof hostWithCards>, card: string) {
	host.write(`${card}/nvme/nvme0/nvme0n1/queue/rotational`, '0\n');
	mkdirSync(join(host.host.sys, 'block'), { recursive: true });
	symlinkSync(`../${card}/nvme/nvme0/nvme0n1`, join(host.host.sys, 'block/nvme0n1'));
	return (read: number, written: number) =>
		tree(host, 'diskstats', ` 259 0 nvme0n1 9 0 ${read / 512} 1 9 0 ${written / 512} 1 0 1 1\n`);
}

const tree = (host: ReturnType<typeof hostWithCards>, file: string, text: string) =>
	writeFileSync(join(host.host.proc, file), text);

test.each([
	[1e9, 'ok'],
	[3e9, 'warn'],
	[3.5e9, 'bad'],
])('an SSD that reads %d bytes a second through four lanes of 8 GT/s is %s', (bytes, verdict) => {
	const host = hostWithCards();
	const count = disk(host, host.card('01', nvme, full));
	count(0, 0);
	const before = host.sample();
	count(bytes * 10, 1e9);
	const found = reading(between(before, host.sample()), 'interconnect.pci-traffic', '0000:01:00.0');
	expect(found).toMatchObject({ verdict });
	expect(found.why).toMatch(
		/^nvme0n1: .*B\/s over the link of 0000:01:00\.0, \d+ % of the 3\.5 GB\/s that it can carry$/,
	);
});

test('interfaces of a card are summed, and the busier direction counts', () => {
	const host = hostWithCards();
	const card = host.card('01', ethernet, { speed: '2.5 GT/s PCIe', width: 1 });
	tree(host, 'diskstats', '');
	const links = join(host.host.proc, '1/root/sys/class/net');
	mkdirSync(links, { recursive: true });
	for (const name of ['eth0', 'eth1', 'lo']) {
		const folder = name === 'lo' ? 'devices/virtual/net/lo' : `${card}/net/${name}`;
		host.write(`${folder}/address`, '02:00\n');
		symlinkSync(join(host.host.sys, folder), join(links, name));
	}
	const count = (received: number, sent: number) => {
		const lines = ['eth0', 'eth1', 'lo'].map((name) => `${name}: ${received} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0\n`);
		mkdirSync(join(host.host.proc, '1/net'), { recursive: true });
		tree(host, '1/net/dev', lines.join(''));
	};
	count(0, 0);
	const before = host.sample();
	count(1e6, 4.5e8);
	expect(reading(between(before, host.sample()), 'interconnect.pci-traffic', '0000:01:00.0')).toMatchObject({
		value: expect.closeTo(40, 0),
		verdict: 'ok',
		why: 'eth0, eth1: 90 MB/s over the link of 0000:01:00.0, 40 % of the 225 MB/s that it can carry',
	});
});

function hostWithNodes() {
	const host = hostWithCards();
	for (const node of [0, 1]) host.write(`devices/system/node/node${node}/cpulist`, `${node}\n`);
	mkdirSync(join(host.host.proc, 'sys/kernel'), { recursive: true });
	tree(host, 'sys/kernel/numa_balancing', '1\n');
	return host;
}

const looks = (host: ReturnType<typeof hostWithCards>, all: number, local: number) =>
	tree(host, 'vmstat', `numa_hint_faults ${all}\nnuma_hint_faults_local ${local}\n`);

test.each([
	[10_000, 9000, 'ok'],
	[10_000, 6000, 'warn'],
	[10_000, 3000, 'bad'],
	// So few say nothing.
	[100, 0, 'ok'],
])('of %i sampled accesses in ten seconds %i at home are %s', (all, local, verdict) => {
	const host = hostWithNodes();
	looks(host, 0, 0);
	const before = host.sample();
	looks(host, all, local);
	expect(reading(between(before, host.sample()), 'interconnect.remote-memory').verdict).toBe(verdict);
});

test('with one node there are no accesses of another', () => {
	const host = hostWithCards();
	looks(host, 5, 5);
	const readings = between(host.sample(), host.sample());
	expect(readings.some(({ check }) => check === 'interconnect.remote-memory')).toBe(false);
});

test('what processors count of memory is said where resctrl is mounted, and is no verdict', () => {
	const host = hostWithCards();
	const count = (total: number, local: number) => {
		host.write('fs/resctrl/mon_data/mon_L3_00/mbm_total_bytes', `${total}\n`);
		host.write('fs/resctrl/mon_data/mon_L3_00/mbm_local_bytes', `${local}\n`);
	};
	count(0, 0);
	const before = host.sample();
	count(2e10, 1.5e10);
	expect(reading(between(before, host.sample()), 'interconnect.memory-traffic', 'mon_L3_00')).toMatchObject({
		value: null,
		verdict: 'unknown',
		why: 'mon_L3_00 moves 2.0 GB/s from and to memory, 500 MB/s of it of other processors; how much it could, nothing tells',
	});
});

test('where hardware counts, the tool that reads it is named', () => {
	const host = hostWithCards();
	host.write('bus/event_source/devices/cpu/type', '4\n');
	host.write('bus/event_source/devices/uncore_imc_0/type', '9\n');
	const readings = between(host.sample(), host.sample());
	for (const check of ['interconnect.memory-traffic', 'interconnect.stalls']) {
		expect(reading(readings, check).why, check).toContain('run perf-stat');
	}
});
