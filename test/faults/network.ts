import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readText } from '../../src/host/host.ts';
import { needs } from '../support/needs.ts';
import type { Fault, Stage } from './fault.ts';
import { cable, makeNetworkNamespace, type NetworkNamespace, noNamespace } from './made/network-namespace.ts';
import * as programs from './made/network-programs.ts';
import { changeSetting } from './made/settings.ts';
import { watch } from './watcher.ts';

const where = 'a network namespace';

/** Two of them, tied by a cable. */
async function makeTwo(): Promise<{ near: NetworkNamespace; far: NetworkNamespace }> {
	const near = await makeNetworkNamespace();
	const far = await makeNetworkNamespace();
	cable(near, far);
	return { near, far };
}

/** The fault is that a program runs. */
async function staged(
	{ host }: NetworkNamespace,
	start: () => ReturnType<NetworkNamespace['start']>,
	culprit: (pid: number) => RegExp,
	device: string | null = null,
): Promise<Stage> {
	const cause = async () => {
		const { pid, stop } = await start();
		return { culprit: culprit(pid), undo: stop };
	};
	return { watcher: watch(host), device, cause };
}

const smallQueue = 'tc qdisc add dev lo root tbf rate 1mbit burst 4000 limit 5000';
const halfLost = 'iptables -A INPUT -p tcp -m statistic --mode random --probability 0.3 -j DROP';
const noAnswers = 'iptables -A INPUT -p tcp --sport 5000 --tcp-flags SYN,ACK SYN,ACK -j DROP';
const onlyTracked = ['-A OUTPUT -m conntrack --ctstate INVALID -j DROP', '-t raw -A PREROUTING -p udp -j DROP'];

const trackedSetting = '/proc/sys/net/netfilter/nf_conntrack_max';
/** Each namespace may have so many, and the machine's own has far less. */
const fewTracked = 10_000;

const noTracking = () =>
	existsSync(trackedSetting)
		? noNamespace(...onlyTracked.map((rule) => `iptables ${rule}`))
		: 'no connections are tracked here';

/** A namespace in which each datagram leaves an entry in the table, for a while. */
async function makeTracking(): Promise<{ near: NetworkNamespace; makeRoom: () => void }> {
	const near = await makeNetworkNamespace();
	const makeRoom = changeSetting(trackedSetting, fewTracked);
	for (const rule of onlyTracked) near.run('iptables', ...rule.split(' '));
	return { near, makeRoom };
}

const onLoopback = { HOST: '127.0.0.1' };
const onTheCable = { HOST: '10.77.0.2' };

export const networkFaults: readonly Fault[] = [
	{
		name: 'a UDP socket that nobody reads',
		where,
		check: 'network.udp-buffers',
		verdict: 'warn',
		whyNot: noNamespace,
		stage: async () => {
			const near = await makeNetworkNamespace();
			const deaf = await near.start(programs.udpThatNeverReads);
			const culprit = new RegExp(`^\\S+ \\(pid ${deaf.pid}\\) loses \\d+ datagrams a second on UDP port 5000`);
			return staged(
				near,
				() => near.start(programs.udpFlood, onLoopback),
				() => culprit,
			);
		},
	},
	{
		name: 'a server that accepts no connection',
		where,
		check: 'network.listen',
		verdict: 'bad',
		whyNot: noNamespace,
		stage: async () => {
			const near = await makeNetworkNamespace();
			const deaf = await near.start(programs.tcpThatNeverAccepts);
			const culprit = new RegExp(`^\\S+ \\(pid ${deaf.pid}\\) listens on port 5000, .* \\d+ to be accepted`);
			return staged(
				near,
				() => near.start(programs.tcpConnects),
				() => culprit,
			);
		},
	},
	{
		name: 'a flood of connections that nobody completes',
		where,
		check: 'network.syn-queue',
		verdict: 'warn',
		whyNot: () => noNamespace(noAnswers),
		stage: async () => {
			const near = await makeNetworkNamespace();
			near.run(...noAnswers.split(' '));
			const server = await near.start(programs.tcpThatNeverAccepts);
			const culprit = new RegExp(`^\\S+ \\(pid ${server.pid}\\) listens on port 5000, .* \\d+ for the end of their`);
			return staged(
				near,
				() => near.start(programs.tcpConnects),
				() => culprit,
			);
		},
	},
	{
		name: 'a way that loses a third of the packets',
		where,
		check: 'network.retransmits',
		verdict: 'bad',
		whyNot: () => noNamespace(halfLost),
		stage: async () => {
			const { near, far } = await makeTwo();
			await far.start(programs.tcpSink);
			const source = await near.start(programs.tcpSource);
			const culprit = new RegExp(
				`^\\S+ \\(pid ${source.pid}\\) has [\\d.]+ [kM]?B by TCP on the way to 10.77.0.2:5000`,
			);
			return {
				watcher: watch(near.host),
				device: null,
				cause: () => {
					far.run(...halfLost.split(' '));
					return { culprit, undo: () => far.run('iptables', '-F') };
				},
			};
		},
	},
	{
		name: 'a link with a queue that is too small',
		where,
		check: 'network.queueing',
		verdict: 'bad',
		whyNot: () => noNamespace(smallQueue),
		stage: async () => {
			const { near } = await makeTwo();
			near.run(...smallQueue.replace('dev lo', 'dev bt-near').split(' '));
			const flood = () => near.start(programs.udpFlood, onTheCable);
			return staged(near, flood, () => /^bt-near tbf drops \d+ packets a second/, 'bt-near tbf');
		},
	},
	{
		name: 'more datagrams than a link takes',
		where,
		check: 'network.ip-discards',
		verdict: 'warn',
		whyNot: () => noNamespace(smallQueue),
		stage: async () => {
			const { near } = await makeTwo();
			near.run(...smallQueue.replace('dev lo', 'dev bt-near').split(' '));
			const flood = () => near.start(programs.udpFlood, onTheCable);
			return staged(near, flood, (pid) => new RegExp(`^\\S+ \\(pid ${pid}\\) has [\\d.]+ k?B by UDP on the way`));
		},
	},
	{
		name: 'an interface that has nowhere to send to',
		where,
		check: 'network.drops',
		verdict: 'bad',
		whyNot: () => noNamespace('ip link add bt-near type vxlan id 5 dstport 4789'),
		stage: async () => {
			const near = await makeNetworkNamespace();
			addTunnel(near, []);
			const flood = () => near.start(programs.udpFlood, onTheCable);
			return staged(near, flood, () => /^bt-near drops \d+ packets a second, .* to send\)$/, 'bt-near');
		},
	},
	{
		name: 'an interface whose packets have no route',
		where,
		check: 'network.errors',
		verdict: 'bad',
		whyNot: () => noNamespace('ip link add bt-near type vxlan id 5 dstport 4789'),
		stage: async () => {
			const near = await makeNetworkNamespace();
			// It would look for neighbours by itself.
			near.run('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
			addTunnel(near, ['remote', '10.99.0.1']);
			// Where no packet has been seen, nothing is known.
			await near.start(programs.udpToMany, { MANY: '1' });
			const flood = () => near.start(programs.udpFlood, onTheCable);
			return staged(near, flood, () => /^bt-near: \d+ errors since .* carrier errors$/, 'bt-near');
		},
	},
	{
		name: 'connections that come back with the ports of others',
		where,
		check: 'network.out-of-window',
		verdict: 'warn',
		whyNot: () => noNamespace('iptables -L'),
		stage: async () => {
			const { near, far } = await makeTwo();
			await far.start(programs.tcpSink);
			return staged(
				far,
				() => near.start(programs.tcpComesBack),
				() => /^[\d.]+ segments a second are out of the window of their connection: somebody forges them/,
			);
		},
	},
	{
		name: 'sockets with small buffers that nobody reads',
		where,
		check: 'network.tcp-buffers',
		verdict: 'warn',
		whyNot: noNamespace,
		stage: async () => {
			const near = await makeNetworkNamespace();
			near.run('sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 4096 4096');
			const deaf = await near.start(programs.tcpThatNeverReads);
			const culprit = new RegExp(
				`^\\S+ \\(pid ${deaf.pid}\\) has not read [\\d.]+ k?B from 127.0.0.1:\\d+ on TCP port 5000`,
			);
			return staged(
				near,
				() => near.start(programs.tcpDribbles),
				() => culprit,
			);
		},
	},
	{
		name: 'connections that may not wait for late packets',
		where,
		check: 'network.tcp-aborts',
		verdict: 'warn',
		whyNot: noNamespace,
		stage: async () => {
			const near = await makeNetworkNamespace();
			near.run('sysctl', '-qw', 'net.ipv4.tcp_max_tw_buckets=1');
			return staged(
				near,
				() => near.start(programs.tcpLeavesEarly),
				() => /\d+ did not get to wait in TIME-WAIT/,
			);
		},
	},
	{
		name: 'a table of neighbours that is nearly full',
		where,
		check: 'network.neighbours',
		verdict: 'warn',
		whyNot: () => needs('root') ?? noNamespace(),
		stage: async () => {
			const near = await makeNetworkNamespace();
			const far = await makeNetworkNamespace();
			cable(near, far);
			const most = Number(readText('/proc/sys/net/ipv4/neigh/default/gc_thresh3'));
			const all = Array.from({ length: Math.round(most * 0.9) }, (_, i) => `10.77.${8 + (i >> 8)}.${i & 255}`);
			return {
				watcher: watch(),
				device: 'IPv4',
				cause: () => {
					const lines = all.map((address) => `neigh add ${address} lladdr 02:00:00:00:00:02 dev bt-near nud reachable`);
					spawnSync('ip', ['-n', near.name, '-batch', '-'], { input: lines.join('\n') });
					const culprit = /^\d+ neighbours by IPv4, \d\d % of the \d+ that may be known/;
					return { culprit, undo: () => near.run('ip', 'link', 'del', 'bt-near') };
				},
			};
		},
	},
	{
		name: 'a table of connections that is full',
		where,
		check: 'network.conntrack',
		verdict: 'bad',
		alone: true,
		whyNot: noTracking,
		stage: async () => {
			const { near, makeRoom } = await makeTracking();
			return {
				watcher: watch(near.host),
				device: null,
				cause: async () => {
					await near.start(programs.udpToMany, { MANY: String(fewTracked) });
					return { culprit: /^\d+ connections tracked, \d+ % of the \d+ that may be$/, undo: makeRoom };
				},
			};
		},
	},
	{
		name: 'connections that find no place in their table',
		where,
		check: 'network.conntrack-failures',
		verdict: 'warn',
		alone: true,
		whyNot: noTracking,
		stage: async () => {
			const { near } = await makeTracking();
			return staged(
				near,
				() => near.start(programs.udpToMany, { MANY: String(2 * fewTracked) }),
				() => /\d+ connections forgotten early/,
			);
		},
	},
];

/** A tunnel that takes what is sent to 10.77.0.2. */
function addTunnel(near: NetworkNamespace, options: readonly string[]): void {
	near.run('ip', 'link', 'add', 'bt-near', 'type', 'vxlan', 'id', '5', 'dstport', '4789', ...options);
	near.run('ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'bt-near');
	near.run('ip', 'link', 'set', 'bt-near', 'up');
	near.run('ip', 'neigh', 'add', '10.77.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'bt-near');
}
