import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reading, sampleHost } from '../../test/fixtures/proc-trees/readings.ts';
import { type Host, openHost } from '../host/host.ts';
import type { Reading } from './check.ts';
import { judge } from './checklist.ts';

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
	tcpSink: `require('net').createServer((socket) => socket.resume()).listen(5000, () => console.log('ready'))`,
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

async function start(namespace: string, program: keyof typeof programs): Promise<ChildProcess> {
	const script = `${block}${programs[program]}`;
	const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], {
		stdio: ['ignore', 'pipe', 'inherit'],
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
		const ended = children.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined));
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
		ip('link', 'add', 'name', 'bt-near', 'netns', near, 'type', 'veth', 'peer', 'name', 'bt-far', 'netns', far);
		ip('-n', near, 'addr', 'add', '10.77.0.1/24', 'dev', 'bt-near');
		ip('-n', far, 'addr', 'add', '10.77.0.2/24', 'dev', 'bt-far');
		ip('-n', near, 'link', 'set', 'bt-near', 'up');
		ip('-n', far, 'link', 'set', 'bt-far', 'up');
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

	test('its interfaces and links are those of the namespace, not of the machine', async () => {
		const host = await hostOf(near);
		const before = sampleHost(host, ['network']);
		const readings = judge({ before, now: before, first: before });
		expect(readings.filter(({ device }) => device !== null && device !== 'lo')).toEqual([]);
	});
});
