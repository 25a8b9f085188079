import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { type Host, openHost, readText } from '../../host/host.ts';
import type { Reading } from '../check.ts';
import { judge } from '../checklist.ts';

const near = `bpftools-near-${process.pid}`;
const far = `bpftools-far-${process.pid}`;
const canMakeNamespaces = spawnSync('ip', ['netns', 'add', near]).status === 0;
if (canMakeNamespaces) spawnSync('ip', ['netns', 'del', near]);

/** Programs of the tests, run in a namespace. Those that block never read what they are sent. */
const programs = {
	idle: 'setInterval(() => {}, 1e9); console.log("ready")',
	udpThatNeverReads: `
		const socket = require('dgram').createSocket('udp4');
		socket.bind(5000, '127.0.0.1', () => { console.log('ready'); setImmediate(block) });`,
	udpFlood: `
		const socket = require('dgram').createSocket('udp4');
		const datagram = Buffer.alloc(1400);
		const flood = () => { for (let i = 0; i < 50; i++) socket.send(datagram, 5000, '127.0.0.1', () => {}); setTimeout(flood, 5) };
		console.log('ready'); flood();`,
	tcpThatNeverAccepts: `
		require('net').createServer().listen({ port: 5000, host: '127.0.0.1', backlog: 1 }, () => { console.log('ready'); setImmediate(block) });`,
	tcpConnects: `
		for (let i = 0; i < 100; i++) require('net').connect(5000, '127.0.0.1').on('error', () => {});
		console.log('ready')`,
	udpElsewhere: `
		const socket = require('dgram').createSocket('udp4');
		const datagram = Buffer.alloc(1400);
		const flood = () => { for (let i = 0; i < 50; i++) socket.send(datagram, 5000, '10.77.0.2', () => {}); setTimeout(flood, 5) };
		console.log('ready'); flood();`,
	udpToMany: `
		const dgram = require('dgram');
		let sent = 0, port = 1, source = 0, socket;
		const most = Number(process.env.MANY);
		const next = () => new Promise((done) => { socket = dgram.createSocket('udp4'); socket.bind(0, '127.0.0.1', done); });
		(async () => {
			while (sent < most) {
				await next();
				for (port = 1; port <= 65000 && sent < most; port += 100) {
					for (let i = 0; i < 100; i++, sent++) socket.send('', port + i, '127.0.0.1');
					await new Promise(setImmediate);
				}
			}
			console.log('ready');
			block();
		})();`,
	tcpLeavesEarly: `
		const net = require('net');
		net.createServer((socket) => socket.on('error', () => {}).end()).listen(5000, '127.0.0.1', () => {
			for (let i = 0; i < 50; i++) net.connect(5000, '127.0.0.1').resume().on('error', () => {});
			console.log('ready');
		});`,
	tcpThatNeverReads: `
		require('net').createServer({ pauseOnConnect: true }, () => {}).listen(5000, '127.0.0.1', () => console.log('ready'))`,
	tcpDribbles: `
		for (let i = 0; i < 40; i++) {
			const socket = require('net').connect({ port: 5000, host: '127.0.0.1', noDelay: true });
			const send = () => { for (let i = 0; i < 200; i++) socket.write('x'); setTimeout(send, 5); };
			socket.on('connect', send).on('error', () => {});
		}
		console.log('ready');`,
	tcpComesBack: `
		const net = require('net');
		const { execFileSync } = require('child_process');
		const closed = (how) => execFileSync('iptables', [how, 'OUTPUT', '-p', 'tcp', '-j', 'DROP']);
		const open = (port) => new Promise((done) => {
			const socket = net.connect({ port: 5000, host: '10.77.0.2', localAddress: '10.77.0.1', localPort: port }, () => done(socket));
			socket.on('error', () => done());
		});
		const ports = Array.from({ length: 60 }, (_, i) => 20000 + i);
		(async () => {
			const sockets = await Promise.all(ports.map(open));
			closed('-A');
			for (const socket of sockets) socket.resetAndDestroy();
			await new Promise((done) => setTimeout(done, 100));
			closed('-D');
			ports.forEach(open);
			console.log('ready');
		})();`,
	tcpSink: `require('net').createServer((socket) => socket.resume().on("error", () => {})).listen(5000, () => console.log('ready'))`,
	tcpSource: `
		const socket = require('net').connect(5000, '10.77.0.2', () => console.log('ready'));
		const chunk = Buffer.alloc(65536);
		const send = () => { while (socket.write(chunk)); };
		socket.on('connect', send).on('drain', send).on('error', () => {});`,
};

const block = 'const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
let children: ChildProcess[] = [];

function ip(...args: string[]): void {
	const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
	if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

async function start(
	namespace: string,
	program: keyof typeof programs,
	environment: Record<string, string> = {},
): Promise<ChildProcess> {
	const script = `${block}${programs[program]}`;
	const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], {
		stdio: ['ignore', 'pipe', 'inherit'],
		env: { ...process.env, ...environment },
	});
	children.push(child);
	if (child.stdout) await once(child.stdout, 'data');
	return child;
}

/** The namespace as a host of its own, seen through a process that lives in it. */
async function hostOf(namespace: string): Promise<Host> {
	const { pid } = await start(namespace, 'idle');
	return openHost(pid === undefined ? {} : { pid });
}

async function readingDuring(host: Host, check: string, fault: () => Promise<unknown>): Promise<Reading> {
	const before = sampleHost(host, ['network']);
	await fault();
	await sleep(1200);
	const now = sampleHost(host, ['network']);
	return reading(judge({ before, now, first: before }), check);
}

const quiet = async () => {};

if (!canMakeNamespaces) test.skip('network faults (no network namespace can be made here)');

describe.runIf(canMakeNamespaces)('in network namespaces of its own', { timeout: 15_000 }, () => {
	beforeEach(() => {
		ip('netns', 'add', near);
		ip('netns', 'add', far);
		ip('-n', near, 'link', 'set', 'lo', 'up');
	});

	afterEach(async () => {
		const ended = children.map((child) =>
			child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
		);
		for (const child of children) child.kill('SIGKILL');
		await Promise.all(ended);
		children = [];
		for (const namespace of [near, far]) spawnSync('ip', ['netns', 'del', namespace]);
	});

	test('a UDP socket that is never read loses datagrams', async () => {
		const host = await hostOf(near);
		await start(near, 'udpThatNeverReads');
		expect((await readingDuring(host, 'network.udp-buffers', quiet)).verdict).toBe('ok');
		const flood = () => start(near, 'udpFlood');
		expect((await readingDuring(host, 'network.udp-buffers', flood)).verdict).toBe('warn');
	});

	test('a server that never accepts refuses connections', async () => {
		const host = await hostOf(near);
		await start(near, 'tcpThatNeverAccepts');
		expect((await readingDuring(host, 'network.listen', quiet)).verdict).toBe('ok');
		const connects = () => start(near, 'tcpConnects');
		expect((await readingDuring(host, 'network.listen', connects)).verdict).toBe('bad');
	});

	test('a lossy link makes TCP send again', async (context) => {
		cable();
		const host = await hostOf(near);
		await start(far, 'tcpSink');
		expect((await readingDuring(host, 'network.retransmits', quiet)).verdict).toBe('ok');

		// Without netem, a token bucket with room for three packets drops most of what TCP sends at once.
		const losses = ['netem loss 20%', 'tbf rate 4mbit burst 4000 limit 5000'];
		const shape = (loss: string) =>
			spawnSync('tc', ['-n', near, 'qdisc', 'add', 'dev', 'bt-near', 'root', ...loss.split(' ')]).status === 0;
		if (!losses.some(shape)) context.skip('this kernel has neither netem nor tbf');
		spawnSync('ip', ['netns', 'exec', near, 'ethtool', '-K', 'bt-near', 'tso', 'off', 'gso', 'off']);
		const source = () => start(near, 'tcpSource');
		const found = await readingDuring(host, 'network.retransmits', source);
		expect(['warn', 'bad'], found.why).toContain(found.verdict);
	});

	/** A veth pair from one namespace to the other, with an address at each end. */
	function cable(): void {
		ip('link', 'add', 'name', 'bt-near', 'netns', near, 'type', 'veth', 'peer', 'name', 'bt-far', 'netns', far);
		ip('-n', near, 'addr', 'add', '10.77.0.1/24', 'dev', 'bt-near');
		ip('-n', far, 'addr', 'add', '10.77.0.2/24', 'dev', 'bt-far');
		ip('-n', near, 'link', 'set', 'bt-near', 'up');
		ip('-n', far, 'link', 'set', 'bt-far', 'up');
	}

	const inNamespace = (namespace: string, ...argv: string[]) =>
		spawnSync('ip', ['netns', 'exec', namespace, ...argv]).status === 0;

	/** Within the ten seconds that a fault may take to be seen. */
	async function turns(host: Host, check: string, device: string | null, verdict: string): Promise<Reading> {
		const first = sampleHost(host, ['network']);
		let [before, seen] = [first, 'nothing yet'];
		return eventually(
			`${check} of ${device} is ${verdict}`,
			async () => {
				await sleep(900);
				const now = sampleHost(host, ['network']);
				const readings = judge({ before, now, first }, ['network']);
				before = now;
				const found = readings.find((each) => each.check === check && each.device === device);
				seen = found?.why ?? 'no such reading';
				return found?.verdict === verdict && found;
			},
			1,
			() => seen,
		);
	}

	test('a link that is shaped drops what it has no room for', async (context) => {
		cable();
		const host = await hostOf(near);
		const shaped = inNamespace(
			near,
			...'tc qdisc add dev bt-near root tbf rate 1mbit burst 4000 limit 5000'.split(' '),
		);
		if (!shaped) context.skip('this kernel has no tbf');
		await turns(host, 'network.queueing', null, 'ok');
		await start(near, 'udpElsewhere');
		expect((await turns(host, 'network.queueing', 'bt-near tbf', 'bad')).why).toMatch(/^bt-near tbf drops \d+ packets/);
		await turns(host, 'network.ip-discards', null, 'warn');
	});

	test('an interface that has nowhere to send to drops, and one that has no route fails', async (context) => {
		const vxlan = (name: string, id: string, ...more: string[]) =>
			spawnSync('ip', ['-n', near, 'link', 'add', name, 'type', 'vxlan', 'id', id, 'dstport', '4789', ...more])
				.status === 0;
		if (!vxlan('bt-near', '5')) context.skip('this kernel has no vxlan');
		ip('-n', near, 'addr', 'add', '10.77.0.1/24', 'dev', 'bt-near');
		ip('-n', near, 'link', 'set', 'bt-near', 'up');
		ip('-n', near, 'neigh', 'add', '10.77.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'bt-near');
		const host = await hostOf(near);
		const flood = await start(near, 'udpElsewhere');
		expect((await turns(host, 'network.drops', 'bt-near', 'bad')).why).toContain('to send)');
		flood.kill('SIGKILL');

		ip('-n', near, 'link', 'del', 'bt-near');
		vxlan('bt-near', '6', 'remote', '10.99.0.1');
		ip('-n', near, 'addr', 'add', '10.77.0.1/24', 'dev', 'bt-near');
		ip('-n', near, 'link', 'set', 'bt-near', 'up');
		ip('-n', near, 'neigh', 'add', '10.77.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'bt-near');
		await start(near, 'udpElsewhere');
		expect((await turns(host, 'network.errors', 'bt-near', 'bad')).why).toContain('carrier errors');
	});

	test('connection requests that are never completed fill the queue', async (context) => {
		const host = await hostOf(near);
		const rule = 'iptables -A INPUT -p tcp --sport 5000 --tcp-flags SYN,ACK SYN,ACK -j DROP';
		if (!inNamespace(near, ...rule.split(' '))) context.skip('iptables can make no rule here');
		await start(near, 'tcpThatNeverAccepts');
		await turns(host, 'network.syn-queue', null, 'ok');
		const connects = () => start(near, 'tcpConnects');
		expect(['warn', 'bad']).toContain((await readingDuring(host, 'network.syn-queue', connects)).verdict);
	});

	test('connections that come back with the ports of others are out of their window', async (context) => {
		cable();
		const host = await hostOf(far);
		await start(far, 'tcpSink');
		if (!inNamespace(near, 'iptables', '-L')) context.skip('iptables can’t be used here');
		expect((await readingDuring(host, 'network.out-of-window', quiet)).verdict).toBe('ok');
		const back = () => start(near, 'tcpComesBack');
		expect((await readingDuring(host, 'network.out-of-window', back)).verdict).toBe('warn');
	});

	test('a socket with small buffers that nobody reads throws segments away', async () => {
		inNamespace(near, 'sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 4096 4096');
		const host = await hostOf(near);
		await start(near, 'tcpThatNeverReads');
		expect((await readingDuring(host, 'network.tcp-buffers', quiet)).verdict).toBe('ok');
		const dribble = () => start(near, 'tcpDribbles');
		expect((await readingDuring(host, 'network.tcp-buffers', dribble)).verdict).toBe('warn');
	});

	test('connections that may not wait in TIME-WAIT', async () => {
		inNamespace(near, 'sysctl', '-qw', 'net.ipv4.tcp_max_tw_buckets=1');
		const host = await hostOf(near);
		expect((await readingDuring(host, 'network.tcp-aborts', quiet)).verdict).toBe('ok');
		const leave = () => start(near, 'tcpLeavesEarly');
		expect((await readingDuring(host, 'network.tcp-aborts', leave)).verdict).toBe('warn');
	});

	test('a table of connections that fills up, and overflows', { timeout: 60_000 }, async (context) => {
		const most = Number(readText('/proc/sys/net/netfilter/nf_conntrack_max') ?? 0);
		if (!(most > 0 && most <= 262_144)) context.skip('no connections are tracked here, or too many may be');
		const rules = ['-A OUTPUT -m conntrack --ctstate INVALID -j DROP', '-t raw -A PREROUTING -p udp -j DROP'];
		for (const rule of rules) {
			if (!inNamespace(near, 'iptables', ...rule.split(' '))) context.skip('iptables can make no rule here');
		}
		const host = await hostOf(near);
		await turns(host, 'network.conntrack', null, 'ok');
		await turns(host, 'network.conntrack-failures', null, 'ok');
		// Entries of datagrams that nobody answers stay for half a minute.
		await start(near, 'udpToMany', { MANY: String(Math.ceil(most * 0.8)) });
		expect((await turns(host, 'network.conntrack', null, 'warn')).why).toMatch(
			/^\d+ connections tracked, 8\d % of the /,
		);
		const overflow = turns(host, 'network.conntrack-failures', null, 'warn');
		await start(near, 'udpToMany', { MANY: String(Math.ceil(most * 0.4)) });
		await turns(host, 'network.conntrack', null, 'bad');
		await overflow;
	});

	test('its interfaces and links are those of the namespace, not of the machine', async () => {
		const host = await hostOf(near);
		const before = sampleHost(host, ['network']);
		const readings = judge({ before, now: before, first: before });
		const interfaces = readings.filter(({ check }) => /utilization|errors|drops|link|carrier/.test(check));
		expect(interfaces.filter(({ device }) => device !== null && device !== 'lo')).toEqual([]);
	});
});
