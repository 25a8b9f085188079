import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { livingTree } from '../../test/fixtures/proc-trees/processes.ts';
import { hostTarget } from '../host/target.ts';
import type { Reading } from './check.ts';
import { Suspects } from './suspects.ts';

const reading = (check: string, resource: string, kind: string) =>
	({ check, resource, kind, verdict: 'bad', suspects: ['cpu3'] }) as unknown as Reading;

const readings = {
	utilization: reading('cpu.utilization', 'cpu', 'utilization'),
	pressure: reading('cpu.pressure', 'cpu', 'saturation'),
	memory: reading('memory.utilization', 'memory', 'utilization'),
	slab: reading('memory.slab', 'memory', 'utilization'),
	dirty: reading('memory.dirty', 'memory', 'saturation'),
	reclaim: reading('memory.reclaim', 'memory', 'saturation'),
	disk: reading('disk.latency', 'disk', 'saturation'),
	network: reading('network.listen', 'network', 'saturation'),
};

function lookedAt(): Suspects {
	const { host, process, write, wait } = livingTree();
	const suspects = new Suspects(host, () => hostTarget(host));
	process(812, 'dd', { state: 'D', pages: 1000 });
	write('812/schedstat', '0 0 0\n');
	write('812/io', 'read_bytes: 0\nwrite_bytes: 0\n');
	process(813, 'hog', { state: 'R', pages: 2000 });
	write('813/schedstat', '0 0 0\n');
	suspects.look(Object.values(readings));
	wait(1);
	process(812, 'dd', { state: 'D', ticks: 10, pages: 1000 });
	write('812/io', 'read_bytes: 0\nwrite_bytes: 61000000\n');
	process(813, 'hog', { state: 'R', ticks: 98, pages: 4000 });
	write('813/schedstat', '0 700000000 1\n');
	suspects.look(Object.values(readings));
	return suspects;
}

test.each([
	['utilization', ['hog (pid 813) uses 98 % of a CPU', 'dd (pid 812) uses 10 % of a CPU']],
	// Whoever waits is named once, and then those that are waited for.
	['pressure', ['hog (pid 813) waits for a CPU 70 % of the time', 'dd (pid 812) uses 10 % of a CPU']],
	['memory', ['hog (pid 813) holds 16 MB', 'dd (pid 812) holds 4.1 MB']],
	['reclaim', ['hog (pid 813) has grown by 8.2 MB in 1 s and holds 16 MB', 'dd (pid 812) holds 4.1 MB']],
	['slab', []],
	['dirty', ['dd (pid 812) writes 61 MB/s']],
	['disk', ['dd (pid 812) writes 61 MB/s']],
	['network', []],
] as const)('behind %s, after what it has named itself', (name, processes) => {
	expect(lookedAt().of(readings[name])).toEqual(['cpu3', ...processes]);
});

/** As /proc/net has them: a server with a full queue, a client that is sent nothing, a UDP socket that loses. */
const sockets = {
	tcp: [
		'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
		'   0: 0100007F:1388 00000000:0000 0A 00000000:00000081 00:00000000 00000000     0        0 901 1 0 100 0 0 10 0',
		'   1: 0100007F:1388 0100007F:9C40 03 00000000:00000000 01:00000064 00000002     0        0 0 1 0',
		'   2: 0200000A:9C40 0300000A:01BB 01 0001E848:00000000 01:00000014 00000003     0        0 902 3 0 20 4 30 10 -1',
		'',
	].join('\n'),
	udp: (drops: number) =>
		[
			'   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
			`  77: 00000000:0035 00000000:0000 07 00000000:00034000 00:00000000 00000000     0        0 903 2 0 ${drops}`,
			'',
		].join('\n'),
};

test('behind the network are those whose sockets are full', () => {
	const { host, process, write, wait } = livingTree();
	const suspects = new Suspects(host, () => hostTarget(host));
	const names = ['nginx', 'curl', 'named'];
	names.forEach((name, i) => {
		process(901 + i, name, {});
		mkdirSync(join(host.proc, String(901 + i), 'fd'), { recursive: true });
		symlinkSync(`socket:[${901 + i}]`, join(host.proc, String(901 + i), 'fd/3'));
	});
	write('1/net/tcp', sockets.tcp);
	write('1/net/udp', sockets.udp(100));
	const wanted = ['listen', 'retransmits', 'udp-buffers'].map((name) =>
		reading(`network.${name}`, 'network', 'saturation'),
	);
	suspects.look(wanted);
	wait(2);
	write('1/net/udp', sockets.udp(120));
	suspects.look(wanted);
	expect(wanted.map((each) => suspects.of(each).slice(1))).toEqual([
		[
			'nginx (pid 901) listens on port 5000, where connections wait: 129 to be accepted, 1 for the end of their handshake',
		],
		['curl (pid 902) has 125 kB by TCP on the way to 10.0.0.3:443, sent again 3 times without an answer'],
		[expect.stringMatching(/^named \(pid 903\) loses \d+ datagrams a second on UDP port 53, where 213 kB wait$/)],
	]);
});
