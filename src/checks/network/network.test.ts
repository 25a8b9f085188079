import { expect, test } from 'vitest';
import { alteredTree, type Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { judge } from '../checklist.ts';

interface Traffic {
	rx?: number;
	packets?: number;
	errs?: number;
	drop?: number;
	fifo?: number;
	tx?: number;
	txErrs?: number;
	txDrop?: number;
}

const dev = (interfaces: Record<string, Traffic>) => {
	const lines = Object.entries(interfaces).map(
		([name, { rx = 0, packets = 0, errs = 0, drop = 0, fifo = 0, tx = 0, txErrs = 0, txDrop = 0 }]) =>
			`${name}: ${rx} ${100 + packets} ${errs} ${drop} ${fifo} 0 0 0 ${tx} 0 ${txErrs} ${txDrop} 0 0 0 0\n`,
	);
	return `Inter-|\n face |\n${lines.join('')}`;
};

/** The host's interfaces, which are this console's own too. */
const host = (interfaces: Record<string, Traffic>): Changes => ({
	'proc/1/net/dev': dev(interfaces),
	'proc/self/net/dev': dev(interfaces),
});

const gigabit: Changes = {
	...host({ eth0: {} }),
	'sys/class/net/eth0/speed': '1000\n',
};

test('utilization is the busier direction against the speed of the link', () => {
	const readings = readingsAfter(host({ eth0: { rx: 110e6, tx: 1e6 } }), { from: gigabit });
	expect(reading(readings, 'network.utilization', 'eth0')).toMatchObject({
		value: 88,
		verdict: 'warn',
		why: 'eth0 receives 880 Mb/s and sends 8.0 Mb/s, 88 % of 1.0 Gb/s',
	});
});

test('a driver that tells no speed (-1) leaves utilization unknown, but the rate is said', () => {
	const readings = readingsAfter(host({ eth0: { rx: 110e6 } }), { from: host({ eth0: {} }) });
	expect(reading(readings, 'network.utilization', 'eth0')).toMatchObject({
		value: null,
		verdict: 'unknown',
		why: 'eth0 receives 880 Mb/s and sends 0 b/s; its speed is unknown, as its driver tells none',
	});
});

test('/proc/net of a container is not the host’s, and neither is its sysfs', () => {
	const from: Changes = {
		...gigabit,
		// A container has an eth0 as well; only the traffic tells that it is another one.
		'proc/self/net/dev': dev({ eth0: { rx: 5 } }),
		'proc/1/net/dev': dev({ eth0: { rx: 1000 } }),
	};
	const readings = readingsAfter({ 'proc/1/net/dev': dev({ eth0: { rx: 126_000 } }) }, { from });
	expect(reading(readings, 'network.utilization', 'eth0')).toMatchObject({
		verdict: 'unknown',
		why: 'eth0 receives 1.0 Mb/s and sends 0 b/s; its speed is unknown, as /sys shows the links of another network namespace',
	});
	expect(reading(readings, 'network.carrier')).toMatchObject({ value: null, verdict: 'unknown' });
});

test('the sysfs of the host’s root is found from within a container', () => {
	const from: Changes = {
		...gigabit,
		'proc/self/net/dev': dev({ eth0: { rx: 5 } }),
		'proc/1/root/sys/class/net/eth0/speed': '10000\n',
		'proc/1/root/sys/class/net/eth0/device/vendor': '0x8086\n',
	};
	const readings = readingsAfter({ 'proc/1/net/dev': dev({ eth0: { rx: 1e9 } }) }, { from });
	expect(reading(readings, 'network.utilization', 'eth0')).toMatchObject({ value: 80, verdict: 'ok' });
});

test('loopback, bridges and veths repeat traffic and have no utilization, but drop packets', () => {
	const from = { ...host({ lo: {}, veth1: {} }), 'sys/class/net/veth1/speed': '10000\n' };
	const readings = readingsAfter(host({ lo: { drop: 10 }, veth1: { rx: 5 } }), { from });
	expect(reading(readings, 'network.utilization')).toMatchObject({ value: null, verdict: 'unknown' });
	expect(reading(readings, 'network.drops', 'lo').verdict).toBe('bad');
	expect(reading(readings, 'network.drops')).toMatchObject({
		verdict: 'ok',
		why: 'the other interface: no packet dropped',
	});
});

test('an interface that never saw a packet is left out', () => {
	expect(readingsAfter({}).some(({ device }) => device === 'ifb0')).toBe(false);
});

test.each([
	[{ drop: 3, packets: 1000 }, 'warn', 'eth0 drops 3 packets a second, 0.3 % of them (3 received, 0 to send)'],
	[
		{ fifo: 3, txDrop: 17, packets: 1000 },
		'bad',
		'eth0 drops 20 packets a second, 2 % of them (3 received, 17 to send, 3 overran the card’s own queue)',
	],
	[{ drop: 1, packets: 10 }, 'ok', 'eth0 drops 1 packets a second, 10 % of them (1 received, 0 to send)'],
	[{ drop: 20, packets: 1e6 }, 'warn', 'eth0 drops 20 packets a second, 0 % of them (20 received, 0 to send)'],
])('drops of %o are %s', (traffic, verdict, why) => {
	const readings = readingsAfter(host({ eth0: traffic }), { from: gigabit });
	expect(reading(readings, 'network.drops', 'eth0')).toMatchObject({ verdict, why });
});

test.each([
	[{ errs: 1, packets: 1000 }, 'warn'],
	[{ errs: 5, txErrs: 5, packets: 1000 }, 'bad'],
])('errors of %o are %s', (traffic, verdict) => {
	const readings = readingsAfter(host({ eth0: traffic }), { from: gigabit });
	expect(reading(readings, 'network.errors', 'eth0')).toMatchObject({ verdict });
});

test('a link that went down and up again', () => {
	const readings = readingsAfter({ 'sys/class/net/eth0/carrier_changes': '4\n' });
	expect(reading(readings, 'network.carrier', 'eth0')).toMatchObject({
		verdict: 'warn',
		why: 'eth0: 2 link changes since this console started, 4 since boot',
	});
});

test('a counter that was reset, or wrapped at 32 bits, makes the sample unknown', () => {
	const readings = readingsAfter(host({ eth0: { rx: 100 } }), {
		from: { ...gigabit, ...host({ eth0: { rx: 2 ** 32 - 1 } }) },
	});
	expect(reading(readings, 'network.utilization', 'eth0')).toMatchObject({
		verdict: 'unknown',
		why: 'eth0: the counter was reset',
	});
});

test('an interface that has just come is unknown for one sample', () => {
	const readings = readingsAfter(host({ eth0: {}, eth1: { rx: 1e6 } }), { from: gigabit });
	expect(reading(readings, 'network.drops', 'eth1')).toMatchObject({ value: null, verdict: 'unknown' });
});

test('a name that would move the cursor is made harmless', () => {
	const readings = readingsAfter({}, { from: host({ 'e\x1b[2J': {} }) });
	expect(reading(readings, 'network.drops', 'e·[2J').why).toBe('e·[2J drops nothing');
});

test.each([9, 11, 13, 15])('softnet_stat of %i columns', (columns) => {
	const row = (dropped: string) => ['000039a0', dropped, '0000000c', ...Array(columns - 3).fill('00000000')].join(' ');
	const from = { 'proc/1/net/softnet_stat': `${row('00000000')}\n${row('00000000')}\n` };
	const readings = readingsAfter({ 'proc/1/net/softnet_stat': `${row('00000010')}\n${row('00000000')}\n` }, { from });
	expect(reading(readings, 'network.softnet')).toMatchObject({ value: 16, verdict: 'warn' });
});

test('a missing softnet_stat is unknown', () => {
	expect(reading(readingsAfter({}, { from: { 'proc/1/net/softnet_stat': null } }), 'network.softnet')).toMatchObject({
		value: null,
		verdict: 'unknown',
	});
});

const segments = (sent: number, again: number) => ({
	'proc/1/net/snmp': (captured: string) => captured.replace(' 8477 0 0 105 0', ` ${8477 + sent} ${again} 0 105 0`),
});

test.each([
	[500, 2, 'ok'],
	[10, 2, 'ok'],
	[500, 6, 'warn'],
	[100, 20, 'bad'],
])('of %i segments %i sent again is %s', (sent, again, verdict) => {
	expect(reading(readingsAfter(segments(sent, again)), 'network.retransmits').verdict).toBe(verdict);
});

/** Names and values stand in two lines, and differ between kernels. */
const setCounter = (protocol: string, name: string, value: number) => (captured: string) => {
	const lines = captured.split('\n');
	const at = lines.findIndex((line) => line.startsWith(`${protocol}: `));
	const column = lines[at]?.split(' ').indexOf(name) ?? -1;
	lines[at + 1] = lines[at + 1]?.split(' ').with(column, String(value)).join(' ') ?? '';
	return lines.join('\n');
};

test('a listen queue that is full', () => {
	const readings = readingsAfter({ 'proc/1/net/netstat': setCounter('TcpExt', 'ListenDrops', 20) }, { seconds: 10 });
	expect(reading(readings, 'network.listen')).toMatchObject({ value: 2, verdict: 'warn' });
});

test('UDP datagrams that nobody read, over IPv4 and IPv6', () => {
	const readings = readingsAfter({
		'proc/1/net/snmp': setCounter('Udp', 'RcvbufErrors', 7),
		'proc/1/net/snmp6': (captured) => captured.replace(/(Udp6RcvbufErrors\s+)0/, '$13'),
	});
	expect(reading(readings, 'network.udp-buffers')).toMatchObject({
		value: 10,
		verdict: 'warn',
		why: 'UDP loses 10 datagrams a second to full receive buffers, 0 to full send buffers',
	});
});

test('a virtual interface that has dropped something keeps its reading when it drops no more', () => {
	const from = { ...host({ eth0: {}, veth1: {} }) };
	const dropping = { ...from, ...host({ eth0: {}, veth1: { drop: 5 } }) };
	const [first, before, now] = [from, dropping, dropping].map((changes, at) => ({
		...sampleHost(alteredTree(changes), ['network']),
		at: at * 1000,
	}));
	if (!first || !before || !now) throw new Error('three samples were taken');
	expect(reading(judge({ before, now, first }, ['network']), 'network.drops', 'veth1')).toMatchObject({
		value: 0,
		verdict: 'ok',
	});
});

test('errors say of what kind they are', () => {
	const line = (errs: number, frame: number, txErrs: number, colls: number, lost: number) => ({
		'proc/1/net/dev': `eth0: 0 1000 ${errs} 0 0 ${frame} 0 0 0 0 ${txErrs} 0 0 ${colls} ${lost} 0\n`,
	});
	const readings = readingsAfter(line(3, 3, 1, 2, 1), { from: line(0, 0, 0, 0, 0) });
	expect(reading(readings, 'network.errors', 'eth0').why).toBe(
		'eth0: 4 errors since this console started, 4 since boot; 3 damaged frames, 1 carrier error, 2 collisions',
	);
});

test('the longest backlog of a CPU, where the kernel tells it, against the room there is', () => {
	const rows = (...lengths: string[]) =>
		lengths.map(
			(length, cpu) => `00000001 00000000 00000000 ${'00000000 '.repeat(7)}00000000 ${length} 0000000${cpu}\n`,
		);
	const readings = readingsAfter({
		'proc/1/net/softnet_stat': rows('00000010', '00000258').join(''),
		'proc/sys/net/core/netdev_max_backlog': '1000\n',
	});
	expect(reading(readings, 'network.softnet')).toMatchObject({
		verdict: 'warn',
		why: 'CPUs drop 0 packets a second and run out of time for them 0 times; 600 wait for CPU 1 of 1000 that may',
	});
});

test('packets over the limit of one flow are dropped ones', () => {
	const row = (dropped: string) => `00000001 ${dropped} 00000000 ${'00000000 '.repeat(7)}${dropped}\n`;
	const from = { 'proc/1/net/softnet_stat': row('00000000') };
	const readings = readingsAfter({ 'proc/1/net/softnet_stat': row('00000005') }, { from });
	expect(reading(readings, 'network.softnet')).toMatchObject({ value: 5, verdict: 'warn' });
	expect(reading(readings, 'network.softnet').why).toContain('5 packets a second (5 by the limit on one flow)');
});

const physical: Changes = { 'sys/class/net/eth0/flags': '0x1003\n', 'sys/class/net/eth0/operstate': 'up\n' };

test.each([
	['a link', {}, 'ok', 'eth0 has a link'],
	['no link', { 'sys/class/net/eth0/operstate': 'down\n' }, 'warn', 'eth0 is switched on and has no link (down)'],
	[
		'half a link',
		{ 'sys/class/net/eth0/duplex': 'half\n' },
		'warn',
		'eth0 has a link that goes one way at a time (half duplex)',
	],
])('an interface with %s', (_, changes, verdict, why) => {
	const readings = readingsAfter({}, { from: { ...gigabit, ...physical, ...changes } });
	expect(reading(readings, 'network.link', 'eth0')).toMatchObject({ verdict, why });
});

test('an interface that is switched off, or virtual, needs no link', () => {
	const off = { 'sys/class/net/eth0/flags': '0x1002\n', 'sys/class/net/eth0/operstate': 'down\n' };
	const bridge = { ...host({ eth0: {}, docker0: {} }), 'sys/class/net/docker0/operstate': 'down\n' };
	const readings = readingsAfter({}, { from: { ...gigabit, ...bridge, ...off } });
	expect(readings.filter(({ check }) => check === 'network.link')).toEqual([]);
});

const bond = (status: string, members: Record<string, [status: string, failures: number]>) => ({
	'proc/1/net/bonding/bond0': [
		`Bonding Mode: fault-tolerance (active-backup)\n\nMII Status: ${status}\nMII Polling Interval (ms): 100\n`,
		...Object.entries(members).map(
			([name, [status, failures]]) =>
				`\nSlave Interface: ${name}\nMII Status: ${status}\nSpeed: 10000 Mbps\nLink Failure Count: ${failures}\n`,
		),
	].join(''),
});

test.each([
	['up', 'up', 0, 'ok', 'bond0 is up with 2 of 2 links, no link failures since this console started'],
	['up', 'up', 1, 'warn', 'bond0 is up with 2 of 2 links, 1 link failure since this console started'],
	['up', 'down', 1, 'warn', 'bond0 is up with 1 of 2 links (eth1 down), 1 link failure since this console started'],
	['down', 'down', 1, 'bad', 'bond0 is down with 1 of 2 links (eth1 down), 1 link failure since this console started'],
])('a bond that is %s with a member that is %s after %i failures is %s', (status, member, failures, verdict, why) => {
	const from = bond('up', { eth0: ['up', 2], eth1: ['up', 3] });
	const readings = readingsAfter(bond(status, { eth0: ['up', 2], eth1: [member, 3 + failures] }), { from });
	expect(reading(readings, 'network.bonding', 'bond0')).toMatchObject({ verdict, why });
});

interface Failures {
	drop?: number;
	early?: number;
	failed?: number;
}

const conntrack = (entries: number, counters: Failures = {}): Changes => {
	const { drop = 0, early = 0, failed = 0 } = counters;
	const hex = (value: number) => value.toString(16).padStart(8, '0');
	// Newer kernels have renamed columns and left some out.
	const row = [entries, 0, 7, 0, failed, drop, early].map(hex).join(' ');
	return {
		'proc/1/net/stat/nf_conntrack': `entries  searched found new insert_failed drop early_drop\n${row}\n${row}\n`,
	};
};
const most: Changes = { 'proc/sys/net/netfilter/nf_conntrack_max': '1000\n' };

test.each([
	[100, 'ok'],
	[750, 'warn'],
	[900, 'bad'],
])('%i connections tracked of 1000 are %s', (entries, verdict) => {
	const readings = readingsAfter({}, { from: { ...conntrack(entries), ...most } });
	expect(reading(readings, 'network.conntrack')).toMatchObject({
		value: entries / 10,
		verdict,
		why: `${entries} connections tracked, ${entries / 10} % of the 1000 that may be`,
	});
});

test.each<[Failures, string]>([
	[{}, 'ok'],
	[{ failed: 1 }, 'warn'],
	[{ early: 3 }, 'warn'],
	[{ drop: 2 }, 'bad'],
])('connection tracking with %o is %s', (counters, verdict) => {
	const from = { ...conntrack(100, { drop: 5 }), ...most };
	const grown = conntrack(100, { ...counters, drop: 5 + (counters.drop ?? 0) });
	expect(reading(readingsAfter(grown, { from }), 'network.conntrack-failures').verdict).toBe(verdict);
});

test('connection tracking whose limit can’t be read is unknown, with what is tracked', () => {
	const found = reading(readingsAfter({}, { from: conntrack(100) }), 'network.conntrack');
	expect(found.verdict).toBe('unknown');
	expect(found.why).toMatch(/^100 connections tracked; how many may be is unknown: /);
});

test('where nothing is tracked nothing is said of it', () => {
	expect(readingsAfter({}).some(({ check }) => check.startsWith('network.conntrack'))).toBe(false);
});

const arp = (entries: string, fulls: string): Changes => ({
	'proc/1/net/stat/arp_cache': `entries  allocs table_fulls\n${entries} 00000009 ${fulls}\n${entries} 00000009 00000000\n`,
	'proc/sys/net/ipv4/neigh/default/gc_thresh3': '1024\n',
});

test('neighbours: how full the table is, and who found it full', () => {
	const readings = readingsAfter(arp('00000400', '00000003'), { from: arp('00000100', '00000000') });
	expect(reading(readings, 'network.neighbours', 'IPv4')).toMatchObject({ value: 100, verdict: 'bad' });
	expect(reading(readings, 'network.neighbour-overflow', 'IPv4')).toMatchObject({
		value: 3,
		verdict: 'bad',
		why: 'IPv4 neighbours: 3 overflows since this console started, 3 since boot',
	});
});

const sockets = (pages: number, orphan: number): Changes => ({
	'proc/1/net/sockstat': `sockets: used 90\nTCP: inuse 3 orphan ${orphan} tw 1 alloc 4 mem ${pages}\nUDP: inuse 1 mem 0\n`,
	'proc/sys/net/ipv4/tcp_mem': '100\t200\t400\n',
	'proc/sys/net/ipv4/udp_mem': '100\t200\t400\n',
	'proc/sys/net/ipv4/tcp_max_orphans': '1000\n',
});

test.each([
	[100, 'ok'],
	[200, 'warn'],
	[360, 'bad'],
])('TCP that holds %i of 400 pages is %s', (pages, verdict) => {
	const found = reading(readingsAfter({}, { from: sockets(pages, 0) }), 'network.socket-memory', 'TCP');
	expect(found).toMatchObject({ value: pages / 4, verdict });
	expect(found.why).toMatch(/^the TCP sockets hold \d.* of the 1\.6 MB that they may \(90 sockets in use in all\)$/);
});

test.each([
	[10, 'ok'],
	[250, 'warn'],
	[500, 'bad'],
])('%i orphans of 1000 are %s', (orphan, verdict) => {
	const found = reading(readingsAfter({}, { from: sockets(0, orphan) }), 'network.orphans');
	expect(found).toMatchObject({ value: orphan / 10, verdict });
});

test.each([
	['network.syn-queue', 'TCPReqQFullDoCookies', 5, 'warn'],
	['network.syn-queue', 'TCPReqQFullDrop', 100, 'bad'],
	['network.tcp-buffers', 'TCPBacklogDrop', 5, 'warn'],
	['network.out-of-window', 'PAWSEstab', 10, 'warn'],
	['network.out-of-window', 'PAWSEstab', 1, 'ok'],
	['network.tcp-aborts', 'TCPAbortOnMemory', 1, 'bad'],
	['network.tcp-aborts', 'TCPTimeWaitOverflow', 1, 'warn'],
])('%s after %s has grown by %i is %s', (check, counter, grown, verdict) => {
	const readings = readingsAfter({ 'proc/1/net/netstat': setCounter('TcpExt', counter, grown) });
	expect(reading(readings, check).verdict).toBe(verdict);
	expect(reading(readingsAfter({}), check).verdict).toBe('ok');
});

test('why segments were sent again is said', () => {
	const readings = readingsAfter({
		...segments(100, 20),
		'proc/1/net/netstat': setCounter('TcpExt', 'TCPTimeouts', 6),
	});
	expect(reading(readings, 'network.retransmits').why).toBe(
		'TCP sent 20 segments again beside 100 new ones (20 %), 4 times nobody answered at all',
	);
});

test('IP packets that are thrown away', () => {
	const readings = readingsAfter({ 'proc/1/net/snmp': setCounter('Ip', 'OutDiscards', 7) });
	expect(reading(readings, 'network.ip-discards')).toMatchObject({
		value: 7,
		verdict: 'warn',
		why: 'IP throws 7 packets a second away (0 received, 7 to send, 0 in fragments)',
	});
});
