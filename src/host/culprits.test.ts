import { expect, test } from 'vitest';
import { livingTree } from '../../test/fixtures/proc-trees/processes.ts';
import { Culprits, type Ranking } from './culprits.ts';
import { ProcessTable } from './process-table.ts';

const io = (read: number, written: number) => `rchar: 1\nwchar: 2\nread_bytes: ${read}\nwrite_bytes: ${written}\n`;

function watched(...rankings: Ranking[]) {
	const tree = livingTree();
	const culprits = new Culprits(tree.host, new ProcessTable(tree.host));
	const look = (options?: { all: boolean }) => {
		culprits.look(new Set(rankings), options);
		tree.wait(2);
	};
	return { ...tree, culprits, look };
}

test('CPU time is a share of one CPU; the worst come first, and only as many as asked for', () => {
	const { process, look, culprits } = watched('cpu');
	for (const pid of [1, 2, 3]) process(pid, `p${pid}`);
	look();
	process(1, 'p1', { ticks: 20 });
	process(2, 'p2', { ticks: 196 });
	process(3, 'p3', { ticks: 40 });
	look({ all: true });
	expect(culprits.top('cpu', 2)).toEqual(['p2 (pid 2) uses 98 % of a CPU', 'p3 (pid 3) uses 20 % of a CPU']);
});

test('memory needs no time to pass, and is held by those that sleep as well', () => {
	const { process, look, culprits } = watched('memory');
	process(812, 'big', { pages: 250_000 });
	look();
	expect(culprits.top('memory', 3)).toEqual(['big (pid 812) holds 1.0 GB']);
	expect(culprits.top('cpu', 3)).toEqual([]);
});

test('growth says since when', () => {
	const { process, look, culprits } = watched('growth');
	process(812, 'leak', { pages: 250_000 });
	process(813, 'steady', { pages: 900_000 });
	look();
	process(812, 'leak', { pages: 300_000 });
	process(813, 'steady', { pages: 900_100 });
	look({ all: true });
	expect(culprits.top('growth', 3)).toEqual(['leak (pid 812) has grown by 205 MB in 2 s and holds 1.2 GB']);
});

test('I/O names the larger direction first', () => {
	const { process, write, look, culprits } = watched('io');
	process(812, 'cp', { state: 'D' });
	write('812/io', io(1e6, 1e6));
	look();
	write('812/io', io(5e6, 123e6));
	look();
	expect(culprits.top('io', 3)).toEqual(['cp (pid 812) writes 61 MB/s, reads 2.0 MB/s']);
});

test('what was read and written before anybody looked is no burst, unless the process began since', () => {
	const { process, write, look, culprits } = watched('io');
	process(812, 'old');
	look();
	process(812, 'old', { ticks: 1 });
	write('812/io', io(0, 1e9));
	process(813, 'young', { ticks: 1 });
	write('813/io', io(0, 20e6));
	look({ all: true });
	expect(culprits.top('io', 3)).toEqual(['young (pid 813) writes 10 MB/s']);
});

test('delay is the share of the time for one thread, and the number of threads for many', () => {
	const { process, write, look, culprits } = watched('delay');
	process(812, 'one', { state: 'R' });
	write('812/schedstat', '5 1000 7\n');
	process(813, 'many', { state: 'R', threads: 3 });
	for (const tid of [813, 814, 815]) write(`813/task/${tid}/schedstat`, '5 1000 7\n');
	look();
	write('812/schedstat', '5 1000001000 8\n');
	write('813/task/814/schedstat', '5 2000001000 8\n');
	write('813/task/815/schedstat', '5 1000001000 8\n');
	look();
	expect(culprits.top('delay', 3)).toEqual([
		'many (pid 813) has 1.5 of its 3 threads waiting for a CPU',
		'one (pid 812) waits for a CPU 50 % of the time',
	]);
});

test('page faults that wait for a disk', () => {
	const { process, look, culprits } = watched('faults');
	process(812, 'thrash', { state: 'D', faults: 100 });
	look();
	process(812, 'thrash', { state: 'D', faults: 900 });
	look();
	expect(culprits.top('faults', 3)).toEqual(['thrash (pid 812) waits for 400 pages a second from disk']);
});
