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
	['disk', ['dd (pid 812) writes 61 MB/s']],
	['network', []],
] as const)('behind %s, after what it has named itself', (name, processes) => {
	expect(lookedAt().of(readings[name])).toEqual(['cpu3', ...processes]);
});
