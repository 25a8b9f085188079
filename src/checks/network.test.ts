import { expect, test } from 'vitest';
import type { Changes } from '../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter } from '../../test/fixtures/proc-trees/readings.ts';

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
	const readings = readingsAfter(host({ lo: { drop: 1 }, veth1: { rx: 5 } }), { from });
	expect(reading(readings, 'network.utilization')).toMatchObject({ value: null, verdict: 'unknown' });
	expect(reading(readings, 'network.drops', 'lo').verdict).toBe('bad');
	expect(reading(readings, 'network.drops', 'veth1').verdict).toBe('ok');
});

test('an interface that never saw a packet is left out', () => {
	expect(readingsAfter({}).some(({ device }) => device === 'ifb0')).toBe(false);
});

test.each([
	[{ drop: 3, packets: 1000 }, 'warn', 'eth0 drops 3 packets a second, 0.3 % of them (3 received, 0 to send)'],
	[
		{ fifo: 3, txDrop: 17, packets: 1000 },
		'bad',
		'eth0 drops 20 packets a second, 2 % of them (3 received, 17 to send)',
	],
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
