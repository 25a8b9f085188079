import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { livingTree } from '../../../../test/fixtures/proc-trees/processes.ts';
import { reading, sampleHost } from '../../../../test/fixtures/proc-trees/readings.ts';
import type { Reading } from '../../check.ts';
import { judge, type Sample } from '../../checklist.ts';
import { answersOf } from '../../kept.ts';

/** What ovs-appctl prints, captured on a machine with four ports, by method. */
type Answers = Record<'dpctl/show' | 'upcall/show' | 'coverage/show', string>;

function captured(state: 'quiet' | 'flooded'): Answers {
	const text = (method: string) => {
		const file = join(import.meta.dirname, '../../../../test/fixtures/open-vswitch', state, `${method}.txt`);
		return readFileSync(file, 'utf8').replaceAll(/^# .*\n/gm, '');
	};
	return {
		'dpctl/show': text('dpctl-show'),
		'upcall/show': text('upcall-show'),
		'coverage/show': text('coverage-show'),
	};
}

const datapath = 'system@ovs-system';
const run = '1/root/run/openvswitch';

/** A host with the datapath of Open vSwitch in its kernel, and daemons that answer as they are told to. */
function switchHost() {
	const tree = livingTree();
	const links = join(tree.host.proc, '1/root/sys/class/net');
	const interfaces = (...names: string[]) => {
		for (const name of names) mkdirSync(join(links, name), { recursive: true });
	};
	interfaces('ovs-system', 'br0', 'a', 'b');
	for (const port of ['a', 'b']) symlinkSync('../ovs-system', join(links, port, 'master'));
	tree.write('1/net/dev', '');
	const open = new Set<Socket>();
	return {
		...tree,
		/** Starts it, or gives it a pid that is gone already. */
		async vswitchd(pid: number, answer: Answers | 'nothing' | 'refused') {
			tree.write(`${run}/ovs-vswitchd.pid`, `${pid}\n`);
			tree.process(pid, 'ovs-vswitchd');
			tree.write(`${pid}/task/${pid}/stat`, `${pid} (ovs-vswitchd) S`);
			tree.write(`${pid}/task/${pid + 1}/stat`, `${pid + 1} (handler1) S`);
			tree.write(`${pid}/task/${pid + 2}/stat`, `${pid + 2} (urcu3) S`);
			this.threadTimes(pid, [0, 0, 0]);
			if (answer === 'refused') return { answers: (_: Answers | 'nothing') => {} };
			let current: Answers | 'nothing' = answer;
			const server = createServer((socket) => {
				open.add(socket);
				socket.on('error', () => {});
				socket.on('data', (text) => {
					if (current === 'nothing') return;
					const { method } = JSON.parse(String(text)) as { method: keyof Answers };
					socket.write(JSON.stringify({ id: 0, result: current[method], error: null }));
				});
			});
			const path = join(tree.host.proc, run, `ovs-vswitchd.${pid}.ctl`);
			if (existsSync(path)) rmSync(path);
			await new Promise<void>((listening) => server.listen(path, listening));
			onTestFinished(() => {
				for (const socket of open) socket.destroy();
				server.close();
			});
			return {
				answers(next: Answers | 'nothing') {
					current = next;
				},
			};
		},
		database(pid: number) {
			tree.write(`${run}/ovsdb-server.pid`, `${pid}\n`);
			tree.process(pid, 'ovsdb-server');
		},
		/** Of its main thread, its handler, and one that nobody waits for: seconds on a CPU, and then as many waiting. */
		threadTimes(pid: number, seconds: [number, number, number], waited = 0) {
			for (const [i, ran] of seconds.entries()) {
				tree.write(`${pid + i}/schedstat`, `${ran * 1e9} ${waited * 1e9} 1\n`);
			}
		},
		ports(counts: Record<string, { errors?: number; drops?: number }>) {
			const lines = Object.entries(counts).map(
				([name, { errors = 0, drops = 0 }]) => `${name}: 0 0 ${errors} 0 0 0 0 0 0 0 0 ${drops} 0 0 0 0\n`,
			);
			tree.write('1/net/dev', lines.join(''));
		},
		/** As it stands five seconds later, with what the daemon answered by then. */
		async sample(): Promise<Sample> {
			sampleHost(tree.host, ['virt']);
			await answersOf(tree.host);
			const sample = sampleHost(tree.host, ['virt']);
			tree.wait(5);
			return sample;
		},
	};
}

const between = (before: Sample, now: Sample): Reading[] => judge({ before, now, first: before });

async function readingsOfFlood(): Promise<Reading[]> {
	const host = switchHost();
	host.database(197);
	const daemon = await host.vswitchd(210, captured('quiet'));
	const before = await host.sample();
	daemon.answers(captured('flooded'));
	host.threadTimes(210, [1, 4.75, 5]);
	return between(before, await host.sample());
}

test('a flood of new flows: what the datapath lost and missed, and through which port it came', async () => {
	const readings = await readingsOfFlood();
	expect(reading(readings, 'virt.ovs-lost', datapath)).toMatchObject({
		value: (63_509 - 16_992) / 5,
		verdict: 'bad',
		why: 'system@ovs-system lost 46517 of 56600 packets that it wanted to ask ovs-vswitchd about: its handlers do not keep up',
		suspects: ['port a: 11320 packets a second without a flow'],
	});
	expect(reading(readings, 'virt.ovs-misses', datapath)).toMatchObject({
		value: 100,
		verdict: 'bad',
		suspects: ['port a: 11320 packets a second without a flow'],
	});
});

test('a flood of new flows: what ovs-vswitchd holds, and how it keeps up', async () => {
	const readings = await readingsOfFlood();
	expect(reading(readings, 'virt.ovs-flows', datapath)).toMatchObject({
		verdict: 'ok',
		why: 'system@ovs-system holds 1597 flows of 32500 that it may',
	});
	expect(reading(readings, 'virt.ovs-dump', datapath)).toMatchObject({ value: 186, verdict: 'ok' });
	expect(reading(readings, 'virt.ovs-masks', datapath).why).toBe(
		'system@ovs-system compares a packet with 1 masks; it has 1',
	);
	expect(reading(readings, 'virt.ovs-crowded')).toMatchObject({
		verdict: 'warn',
		why: 'ovs-vswitchd can’t keep up: netlink_overflow once',
	});
	// The thread that is busiest of all is one that no packet waits for.
	expect(reading(readings, 'virt.ovs-threads')).toMatchObject({
		value: 95,
		verdict: 'bad',
		why: 'handler1 (211) of ovs-vswitchd is its busiest and uses 95 % of a CPU',
	});
});

test('a switch without flows and without traffic is ok', async () => {
	const host = switchHost();
	host.database(197);
	const empty = {
		'dpctl/show': `${datapath}:\n  lookups: hit:0 missed:0 lost:0\n  flows: 0\n  masks: hit:0 total:0 hit/pkt:0.00\n  port 0: ovs-system (internal)\n`,
		'upcall/show': `${datapath}:\n  flows         : (current 0) (avg 0) (max 0) (limit 10000)\n  dump duration : 1ms\n  ufid enabled : true\n\n`,
		'coverage/show':
			'Event coverage, avg rate over last: 5 seconds, last minute, last hour,  hash=1:\n170 events never hit\n',
	};
	await host.vswitchd(210, empty);
	const readings = between(await host.sample(), await host.sample()).filter(({ check }) =>
		check.startsWith('virt.ovs'),
	);
	expect(readings.length).toBeGreaterThan(10);
	expect(readings.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
});

test('one whose kernel has neither masks nor counts of upcalls is judged by what it has', async () => {
	const host = switchHost();
	const older = (lookups: string) => ({
		'dpctl/show': `${datapath}:\n  lookups: ${lookups}\n  flows: 5\n  port 0: ovs-system (internal)\n`,
		'upcall/show': captured('quiet')['upcall/show'],
		'coverage/show': '',
	});
	const daemon = await host.vswitchd(210, older('hit:10 missed:10 lost:0'));
	const before = await host.sample();
	daemon.answers(older('hit:10 missed:5010 lost:3'));
	const readings = between(before, await host.sample());
	expect(reading(readings, 'virt.ovs-lost', datapath)).toMatchObject({ verdict: 'bad', suspects: [] });
	expect(reading(readings, 'virt.ovs-masks', datapath)).toMatchObject({ value: null, verdict: 'unknown' });
});

test('few packets without a flow say nothing, whatever their share', async () => {
	const host = switchHost();
	const shown = (missed: number) => ({
		...captured('quiet'),
		'dpctl/show': captured('quiet')['dpctl/show'].replace('missed:26795', `missed:${missed}`),
	});
	const daemon = await host.vswitchd(210, shown(26_795));
	const before = await host.sample();
	daemon.answers(shown(26_805));
	const readings = between(before, await host.sample());
	expect(reading(readings, 'virt.ovs-misses', datapath)).toMatchObject({ value: 100, verdict: 'ok', suspects: [] });
});

test.each([
	['(current 8000) (avg 1) (max 1) (limit 10000)', '1ms', 'warn', 'ok'],
	['(current 9600) (avg 1) (max 1) (limit 10000)', '1100ms', 'bad', 'warn'],
	['(current 9) (avg 1) (max 1) (limit 10000)', '1446ms', 'ok', 'bad'],
])('flows %s and a look at them of %s', async (flows, duration, full, slow) => {
	const host = switchHost();
	const text = `${datapath}:\n  flows         : ${flows}\n  dump duration : ${duration}\n`;
	await host.vswitchd(210, { ...captured('quiet'), 'upcall/show': text });
	const readings = between(await host.sample(), await host.sample());
	expect(reading(readings, 'virt.ovs-flows', datapath).verdict).toBe(full);
	expect(reading(readings, 'virt.ovs-dump', datapath).verdict).toBe(slow);
});

test('what ovs-vswitchd drops stays in sight, and what it did before this console started does not count', async () => {
	const host = switchHost();
	const dropped = (count: number) => ({
		...captured('quiet'),
		'coverage/show': `datapath_drop_upcall_error         0.0/sec     0.000/sec        0.0006/sec   total: ${count}\n`,
	});
	const daemon = await host.vswitchd(210, dropped(7));
	const before = await host.sample();
	expect(reading(between(before, await host.sample()), 'virt.ovs-errors')).toMatchObject({ value: 0, verdict: 'ok' });
	daemon.answers(dropped(9));
	await host.sample();
	expect(reading(between(before, await host.sample()), 'virt.ovs-errors')).toMatchObject({
		value: 2,
		verdict: 'warn',
		why: 'ovs-vswitchd counts datapath_drop_upcall_error 2 times since this console started',
	});
});

test('a datapath without daemons: packets of new flows are lost', async () => {
	const host = switchHost();
	host.write('1/root/run/utmp', '');
	const readings = between(await host.sample(), await host.sample());
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd')).toMatchObject({ verdict: 'bad' });
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd').why).toMatch(
		/^ovs-vswitchd does not run \(it was stopped\)/,
	);
	expect(reading(readings, 'virt.ovs-daemons', 'ovsdb-server')).toMatchObject({ verdict: 'warn' });
	for (const check of ['virt.ovs-flows', 'virt.ovs-lost', 'virt.ovs-errors', 'virt.ovs-threads']) {
		expect(reading(readings, check).verdict, check).toBe('unknown');
	}
});

test('where the host’s files are closed to this console nothing is known of the daemons', async () => {
	const host = switchHost();
	const readings = between(await host.sample(), await host.sample());
	for (const check of ['virt.ovs-daemons', 'virt.ovs-lost']) {
		expect(reading(readings, check), check).toMatchObject({ value: null, verdict: 'unknown' });
		expect(reading(readings, check).why, check).toContain('CAP_SYS_PTRACE');
	}
});

test('one that was killed has left its pid and its socket', async () => {
	const host = switchHost();
	await host.vswitchd(210, 'refused');
	host.end(210);
	const readings = between(await host.sample(), await host.sample());
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd')).toMatchObject({ verdict: 'bad' });
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd').why).toContain('pid 210 is gone');
});

test('another process has got the pid that it left', async () => {
	const host = switchHost();
	await host.vswitchd(210, 'refused');
	host.process(210, 'sleep');
	const readings = between(await host.sample(), await host.sample());
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd').verdict).toBe('bad');
});

test('one that a signal has stopped', async () => {
	const host = switchHost();
	await host.vswitchd(210, captured('quiet'));
	const before = await host.sample();
	host.process(210, 'ovs-vswitchd', { state: 'T' });
	const found = reading(between(before, await host.sample()), 'virt.ovs-daemons', 'ovs-vswitchd');
	expect(found.verdict).toBe('bad');
	expect(found.why).toMatch(/^ovs-vswitchd \(pid 210\) stands still: a signal/);
});

test('one that runs and does not answer is a warning at first, and bad after ten seconds', {
	timeout: 30_000,
}, async () => {
	const host = switchHost();
	const daemon = await host.vswitchd(210, captured('quiet'));
	const before = await host.sample();
	daemon.answers('nothing');
	const silent = await host.sample();
	const first = reading(between(before, silent), 'virt.ovs-daemons', 'ovs-vswitchd');
	expect(first).toMatchObject({ verdict: 'warn' });
	expect(first.why).toBe('ovs-vswitchd (pid 210) runs but does not answer (no answer within 2 s)');
	expect(reading(between(before, silent), 'virt.ovs-lost').why).toBe(
		'ovs-vswitchd does not answer (no answer within 2 s)',
	);
	host.wait(10);
	const found = reading(between(silent, sampleHost(host.host, ['virt'])), 'virt.ovs-daemons', 'ovs-vswitchd');
	expect(found.verdict).toBe('bad');
	expect(found.why).toMatch(/does not answer, for \d+ s now/);
});

test('one that answers again after a silence goes on counting from its first answer', { timeout: 30_000 }, async () => {
	const host = switchHost();
	const daemon = await host.vswitchd(210, captured('quiet'));
	await host.sample();
	daemon.answers('nothing');
	const silent = await host.sample();
	daemon.answers(captured('flooded'));
	const readings = between(silent, await host.sample());
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd').verdict).toBe('ok');
	expect(reading(readings, 'virt.ovs-lost', datapath).verdict).toBe('bad');
});

test('a socket that nobody listens on', async () => {
	const host = switchHost();
	await host.vswitchd(210, 'refused');
	const readings = between(await host.sample(), await host.sample());
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd').why).toContain('nobody listens on its control socket');
});

test('a restarted one begins to count anew, which is no loss', async () => {
	const host = switchHost();
	await host.vswitchd(210, captured('flooded'));
	const before = await host.sample();
	host.end(210);
	const daemon = await host.vswitchd(310, captured('quiet'));
	const restarted = between(before, await host.sample());
	expect(reading(restarted, 'virt.ovs-lost')).toMatchObject({ value: null, verdict: 'unknown' });
	expect(reading(restarted, 'virt.ovs-errors')).toMatchObject({ value: 0, verdict: 'ok' });
	daemon.answers(captured('quiet'));
	expect(reading(between(before, await host.sample()), 'virt.ovs-lost', datapath).verdict).toBe('ok');
});

test('a datapath that was made anew by the same daemon counts from nothing', async () => {
	const host = switchHost();
	const daemon = await host.vswitchd(210, captured('flooded'));
	const before = await host.sample();
	daemon.answers(captured('quiet'));
	const found = reading(between(before, await host.sample()), 'virt.ovs-lost', datapath);
	expect(found).toMatchObject({ value: null, verdict: 'unknown' });
	expect(found.why).toContain('the counter was reset');
});

test('a daemon in a pid namespace of its own answers, though its pid is none of this host', async () => {
	const host = switchHost();
	await host.vswitchd(210, captured('quiet'));
	host.end(210);
	const readings = between(await host.sample(), await host.sample());
	expect(reading(readings, 'virt.ovs-daemons', 'ovs-vswitchd').verdict).toBe('ok');
	expect(reading(readings, 'virt.ovs-daemons', 'ovsdb-server').verdict).toBe('unknown');
	expect(reading(readings, 'virt.ovs-threads').verdict).toBe('unknown');
});

test('a database that does not run is a warning', async () => {
	const host = switchHost();
	host.database(197);
	await host.vswitchd(210, captured('quiet'));
	const before = await host.sample();
	expect(reading(between(before, await host.sample()), 'virt.ovs-daemons', 'ovsdb-server').verdict).toBe('ok');
	host.end(197);
	const found = reading(between(before, await host.sample()), 'virt.ovs-daemons', 'ovsdb-server');
	expect(found).toMatchObject({ verdict: 'warn' });
	expect(found.why).toContain('pid 197 is gone');
});

test('threads of ovs-vswitchd that wait for a CPU', async () => {
	const host = switchHost();
	await host.vswitchd(210, captured('quiet'));
	const before = await host.sample();
	host.threadTimes(210, [0, 0, 0], 1);
	expect(reading(between(before, await host.sample()), 'virt.ovs-run-delay')).toMatchObject({
		value: 20,
		verdict: 'bad',
	});
});

test('drops and errors of ports; a bridge’s own interface, which drops what is flooded while it is down, is none', async () => {
	const host = switchHost();
	await host.vswitchd(210, captured('quiet'));
	host.ports({ br0: {}, a: { errors: 1 }, b: {} });
	const before = await host.sample();
	host.ports({ br0: { drops: 99 }, a: { errors: 1 }, b: {} });
	const still = await host.sample();
	expect(reading(between(before, still), 'virt.ovs-port-drops')).toMatchObject({ value: 0, verdict: 'ok' });
	expect(reading(between(before, still), 'virt.ovs-port-errors')).toMatchObject({ value: 0, verdict: 'ok' });
	host.ports({ br0: { drops: 99 }, a: { errors: 1, drops: 10 }, b: { errors: 3, drops: 40 } });
	const readings = between(still, await host.sample());
	expect(reading(readings, 'virt.ovs-port-drops')).toMatchObject({ value: 10, verdict: 'warn', suspects: ['b', 'a'] });
	expect(reading(readings, 'virt.ovs-port-drops').why).toBe(
		'port b has 8 drops a second, the most of 2 ports that have any',
	);
	expect(reading(readings, 'virt.ovs-port-errors')).toMatchObject({ value: 3, verdict: 'warn', suspects: ['b'] });
});
