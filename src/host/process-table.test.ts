import { expect, test } from 'vitest';
import { livingTree } from '../../test/fixtures/proc-trees/processes.ts';
import { ProcessTable } from './process-table.ts';

function watched() {
	const tree = livingTree();
	const table = new ProcessTable(tree.host);
	const look = (options?: { all: boolean }) => {
		table.look(options);
		tree.wait(1);
	};
	return { ...tree, table, look, ticksOf: (pid: number) => table.processes.get(pid)?.now.counters.cpuTicks };
}

test('who acts is looked at each time, who sleeps once in eight looks', () => {
	const { process, table, look, ticksOf } = watched();
	process(10, 'busy', { state: 'R' });
	process(11, 'idle');
	look();
	const timesIdleWasRead = new Set<number>();
	for (let ticks = 1; ticks <= 80; ticks++) {
		process(10, 'busy', { ticks });
		look();
		expect(ticksOf(10)).toBe(ticks);
		timesIdleWasRead.add(table.processes.get(11)?.now.at ?? 0);
	}
	expect(timesIdleWasRead.size).toBe(1 + 80 / 8);

	process(11, 'idle', { ticks: 5 });
	while (ticksOf(11) !== 5) look();
	process(11, 'idle', { ticks: 6 });
	look();
	expect(ticksOf(11), 'it has woken up').toBe(6);
});

test('a full look leaves nobody out', () => {
	const { process, look, ticksOf } = watched();
	for (let pid = 10; pid < 30; pid++) process(pid, 'idle');
	look();
	for (let pid = 10; pid < 30; pid++) process(pid, 'woken', { ticks: 1 });
	look({ all: true });
	for (let pid = 10; pid < 30; pid++) expect(ticksOf(pid)).toBe(1);
});

test('each is measured over its own time', () => {
	const { process, table, look } = watched();
	process(10, 'idle');
	look();
	process(10, 'idle', { ticks: 1 });
	while (table.processes.get(10)?.before === undefined) look();
	const { before, now } = table.processes.get(10) ?? {};
	expect(before?.at).toBe(1_000_000);
	expect(now?.at).toBe(table.lookedAt);
});

test('a process that began meanwhile has done all of it since', () => {
	const { process, table, look } = watched();
	look();
	process(10, 'new', { ticks: 30, pages: 100 });
	look();
	expect(table.processes.get(10)).toMatchObject({
		isNew: true,
		before: { at: 1_000_000, counters: { cpuTicks: 0, residentPages: 0 } },
		now: { counters: { cpuTicks: 30, residentPages: 100 } },
	});
	look();
	expect(table.processes.get(10)).toMatchObject({ isNew: false });
});

test('a pid that was used again is another process, one that has ended is none', () => {
	const { process, end, table, look } = watched();
	process(10, 'old', { state: 'R', ticks: 900, start: 50 });
	process(11, 'short');
	look();
	process(10, 'new', { ticks: 30, start: 5000 });
	end(11);
	look();
	expect([...table.processes.keys()]).toEqual([10]);
	expect(table.processes.get(10)).toMatchObject({ before: { counters: { cpuTicks: 0 } }, isNew: true });
});

test('who looks again in the same moment changes nothing', () => {
	const { process, table } = watched();
	process(10, 'busy', { state: 'R', ticks: 1 });
	table.look();
	process(10, 'busy', { state: 'R', ticks: 2 });
	table.look({ all: true });
	expect(table.processes.get(10)?.now.counters.cpuTicks).toBe(1);
	expect(table.active()).toHaveLength(1);
});

test('memory is compared with what it was one to two minutes ago', () => {
	const { process, table, look } = watched();
	let pages = 0;
	const grow = () => process(10, 'growing', { state: 'R', pages: pages++ });
	for (let seconds = 0; seconds <= 300; seconds++) {
		grow();
		look();
		const { now, past } = table.processes.get(10) ?? {};
		const ago = ((now?.at ?? 0) - (past?.at ?? 0)) / 1000;
		expect(ago).toBeLessThanOrEqual(120);
		if (seconds >= 120) expect(ago).toBeGreaterThanOrEqual(59);
	}
});
