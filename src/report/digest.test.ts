import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Found } from '../../test/fixtures/tools.ts';
import {
	at,
	begun,
	type MadeRun,
	makeSession,
	readingWith,
	sampleOutput,
	secondOf,
} from '../../test/support/made-session.ts';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { columnsOf, readerFor } from '../output/reader-for.ts';
import { stackTreeOf } from '../table/stack-tree.ts';
import { digestOf } from './digest.ts';

const catalog = loadCatalog(join(import.meta.dirname, '../../tools-catalog'));

function made(events: object[], runs: MadeRun[] = [], about: object = {}): string {
	const folder = mkdtempSync(join(tmpdir(), 'digest-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	return makeSession(folder, events, runs, about);
}

/** A sample's rows, read in one go. */
function sampleRows(name: string, via: string): Record<string, Cell>[] {
	const tool = catalog.tools.find((known) => name.endsWith(`/${known.name}`));
	const provider = tool?.providers.find((known) => known.via === via);
	if (!tool || !provider) throw new Error(name);
	const columns = columnsOf(tool);
	const found = new Found(columns.length);
	const reader = readerFor(tool, provider, found);
	for (const line of sampleOutput(name, via)) reader.line(line.trimEnd());
	reader.end();
	return found.rows.map((cells) =>
		Object.fromEntries(columns.map((column, index) => [column.name, cells[index] ?? null])),
	);
}

async function digestOfRun(run: MadeRun) {
	const { runs } = await digestOf(made([], [run]), catalog);
	const [digest] = runs;
	if (!digest) throw new Error('no run');
	return digest;
}

const busy = readingWith({ value: 97, verdict: 'bad', why: 'CPUs are 97 % busy', suspects: ['cc1 (7)'] });
const calm = readingWith({ value: 3 });

describe('readings', () => {
	test('keep their values, their worst and last verdict and when they turned', async () => {
		const events = [
			...secondOf(1000, [calm], [calm]),
			...secondOf(2000, [busy], [{ ...busy, suspects: [] }]),
			...secondOf(3000, [calm], [calm]),
			...secondOf(4000, [busy], [busy]),
			...secondOf(5000, [calm], [calm]),
		];
		const { readings } = await digestOf(made(events), catalog);
		expect(readings).toHaveLength(1);
		const [cpu] = readings;
		expect(cpu).toMatchObject({ target: 'host', resource: 'cpu', kind: 'utilization', unit: '%' });
		expect(cpu?.series.stretches.map(({ max }) => max)).toEqual([3, 97, 3, 97, 3]);
		expect(cpu?.series.verdicts).toEqual({ ok: 3, unknown: 0, warn: 0, bad: 2 });
		expect(cpu?.last?.reading.verdict).toBe('ok');
		// The first one names nobody, so it says less.
		expect(cpu?.worst).toEqual({ time: begun + 4000, reading: busy });
		expect(cpu?.turns.all().map(({ time }) => time - begun)).toEqual([1000, 2000, 3000, 4000, 5000]);
	});

	test('of two targets stay apart', async () => {
		const events = [
			...secondOf(1000, [calm], [calm]),
			{ at: at(1500), type: 'target', target: 'pid:7' },
			...secondOf(2000, [busy], [busy]),
		];
		const { readings, targets } = await digestOf(made(events), catalog);
		expect(readings.map(({ target, series }) => [target, series.max])).toEqual([
			['host', 3],
			['pid:7', 97],
		]);
		expect(targets.map(({ target }) => target)).toEqual(['host', 'pid:7']);
	});

	test('over a day are few points, and the one second that was bad is among them', async () => {
		const events = [secondOf(0, [calm], [calm])];
		for (let second = 1; second < 20_000; second++)
			events.push(second === 7777 ? secondOf(second * 1000, [busy], [busy]) : secondOf(second * 1000, [calm]));
		const { readings } = await digestOf(made(events.flat()), catalog);
		const stretches = readings[0]?.series.stretches ?? [];
		expect(stretches.length).toBeLessThanOrEqual(240);
		expect(stretches.length).toBeGreaterThan(100);
		const wrong = stretches.filter(({ verdict }) => verdict === 'bad');
		expect(wrong).toHaveLength(1);
		expect(wrong[0]).toMatchObject({ min: 3, max: 97 });
		expect(wrong[0]?.from).toBeLessThanOrEqual(begun + 7_777_000);
		expect(wrong[0]?.to).toBeGreaterThanOrEqual(begun + 7_777_000);
		expect(stretches.reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
		expect(readings[0]?.series.average).toBeCloseTo(3 + 94 / 20_000, 9);
	});

	test('of more devices than have room leave out those that were never wrong', async () => {
		const device = (n: number) => readingWith({ check: 'network.drops', resource: 'network', device: `veth${n}` });
		const many = Array.from({ length: 2500 }, (_, n) => device(n));
		const late = { ...device(2499), verdict: 'bad' as const };
		const events = [...secondOf(0, many, many), ...secondOf(1000, [late], [late])];
		const { readings, readingsLeftOut } = await digestOf(made(events), catalog);
		expect(readings).toHaveLength(2000);
		expect(readings.find(({ device }) => device === 'veth2499')?.worst?.reading.verdict).toBe('bad');
		expect(readingsLeftOut).toBeGreaterThanOrEqual(500);
	});
});

describe('the rows of a run', () => {
	test('of a histogram add up to what the tool printed, and stand in their slices of time', async () => {
		const { found } = await digestOfRun({
			tool: 'runqlat',
			via: 'libbpf',
			output: sampleOutput('cpu/runqlat', 'libbpf'),
		});
		if (found.shape !== 'histograms') throw new Error(found.shape);
		const counts = new Map<number, number>();
		for (const { low, count } of sampleRows('cpu/runqlat', 'libbpf'))
			counts.set(Number(low), (counts.get(Number(low)) ?? 0) + Number(count));
		const [histogram] = found.histograms;
		expect(new Map(histogram?.buckets.map(({ low, count }) => [low, count]))).toEqual(counts);
		expect(histogram?.slices).toHaveLength(found.intervals);
		const inSlices = histogram?.slices.flatMap(({ buckets }) => buckets.map(({ count }) => count)) ?? [];
		expect(inSlices.reduce((sum, count) => sum + count, 0)).toBe(histogram?.total);
	});

	test('of a histogram over hours have few slices and lose nothing', async () => {
		const block = sampleOutput('cpu/runqlat', 'libbpf').join('');
		const once = await digestOfRun({ tool: 'runqlat', via: 'libbpf', output: [block] });
		const often = await digestOfRun({ tool: 'runqlat', via: 'libbpf', output: Array(200).fill(block) });
		if (once.found.shape !== 'histograms' || often.found.shape !== 'histograms') throw new Error('no histograms');
		expect(often.found.histograms[0]?.total).toBe(200 * Number(once.found.histograms[0]?.total));
		expect(often.found.histograms[0]?.slices.length).toBeLessThanOrEqual(60);
		expect(often.found.intervals).toBe(200 * once.found.intervals);
	});

	test('of stacks are the tree of them', async () => {
		const { found } = await digestOfRun({
			tool: 'profile',
			via: 'libbpf',
			output: sampleOutput('cpu/profile', 'libbpf'),
		});
		if (found.shape !== 'stacks') throw new Error(found.shape);
		const rows = sampleRows('cpu/profile', 'libbpf');
		const tree = stackTreeOf(rows.map(({ count, process, stack }) => rowOf([count ?? 0, process ?? '', stack ?? ''])));
		expect(found.tree).toEqual(tree);
	});

	test('of events are the largest ones, and all of them by their process', async () => {
		const { found } = await digestOfRun({
			tool: 'biosnoop',
			via: 'bcc',
			output: sampleOutput('disk/biosnoop', 'bcc'),
		});
		if (found.shape !== 'table') throw new Error(found.shape);
		const rows = sampleRows('disk/biosnoop', 'bcc');
		expect(found.total).toBe(rows.length);
		expect(found.sort).toBe('latency');
		const latency = found.rows.columns.findIndex(({ name }) => name === 'latency');
		const largest = rows.map((row) => Number(row.latency)).sort((a, b) => b - a);
		expect(found.rows.rows.map((cells) => cells[latency])).toEqual(largest.slice(0, found.rows.rows.length));
		const names = found.groups?.columns.map(({ name }) => name);
		expect(names?.slice(0, 6)).toEqual(['command', 'count', 'bytes_sum', 'bytes_avg', 'bytes_max', 'bytes_p99']);
		const python = found.groups?.rows.find(([command]) => command === 'python3');
		const theirs = rows.filter(({ command }) => command === 'python3');
		expect(python?.[1]).toBe(theirs.length);
		expect(python?.[2]).toBe(theirs.reduce((sum, { bytes }) => sum + Number(bytes), 0));
	});

	test('of intervals are summed up by whom they speak of, not by the CPU it was on', async () => {
		const { found } = await digestOfRun({
			tool: 'pidstat',
			via: 'classic',
			output: sampleOutput('cpu/pidstat', 'classic'),
		});
		if (found.shape !== 'table') throw new Error(found.shape);
		expect(found.groups?.columns.slice(0, 4).map(({ name }) => name)).toEqual(['uid', 'pid', 'command', 'count']);
		const [top] = found.groups?.rows ?? [];
		const rows = sampleRows('cpu/pidstat', 'classic').filter(({ pid }) => pid === top?.[1]);
		const cpu = found.groups?.columns.findIndex(({ name }) => name === 'cpu_max') ?? -1;
		expect(top?.[cpu]).toBe(Math.max(...rows.map((row) => Number(row.cpu))));
		expect(top?.[cpu - 1]).toBeCloseTo(rows.reduce((sum, row) => sum + Number(row.cpu), 0) / rows.length, 9);
	});

	test('of a million events take no more than a hundred', async () => {
		const line = (n: number) => `${n}.000000 proc${n % 3} ${n} vda W 1 4096 ${(n * 7919) % 100_003}.00\n`;
		const output = Array.from({ length: 40 }, (_, piece) =>
			Array.from({ length: 1000 }, (_, n) => line(1000 * piece + n)).join(''),
		);
		const header = 'TIME(s)     COMM           PID     DISK      T SECTOR     BYTES  LAT(ms)\n';
		const { found } = await digestOfRun({ tool: 'biosnoop', via: 'bcc', output: [header, ...output] });
		if (found.shape !== 'table') throw new Error(found.shape);
		expect(found.total).toBe(40_000);
		expect(found.rows.rows).toHaveLength(100);
		const all = Array.from({ length: 40_000 }, (_, n) => (n * 7919) % 100_003).sort((a, b) => b - a);
		expect(found.rows.rows.map((cells) => cells[7])).toEqual(all.slice(0, 100));
		expect(found.groups?.of).toBe(3);
	});

	test('that are text keep their beginning and end', async () => {
		const output = Array.from({ length: 1000 }, (_, n) => `\x1b[31mline\x1b[0m ${n}\n`);
		const { found } = await digestOfRun({ tool: 'dmesg', via: 'classic', output });
		if (found.shape !== 'text') throw new Error(found.shape);
		expect(found.total).toBe(1000);
		expect([found.first[0], found.first.length, found.last.at(-1), found.last.length]).toEqual([
			'line 0',
			100,
			'line 999',
			100,
		]);
	});

	test('of a tool that this catalog has not are text', async () => {
		const { found, tool } = await digestOfRun({ tool: 'own-tool', via: 'bcc', output: ['a b\n'] });
		expect([tool.name, found]).toEqual(['own-tool', { shape: 'text', first: ['a b'], last: [], total: 1 }]);
	});
});

test('what a run said besides, its command and how it ended are told as they were', async () => {
	const argv = ['/usr/bin/x', 'a b', '\x1b[31m'];
	const run = await digestOfRun({
		tool: 'execsnoop',
		via: 'bcc',
		output: [],
		stderr: 'WARNING: lost 7 events\n',
		script: 'BEGIN {\n\tprintf("\x07");\n}\n',
		about: { argv, state: { state: 'running' }, bytesNotKept: 12, params: { pid: 7, name: 'x', bad: {} } },
	});
	expect(run).toMatchObject({ argv, bytesNotKept: 12, eventsLost: 7, params: { pid: 7, name: 'x' } });
	expect(run.messages).toEqual(['WARNING: lost 7 events']);
	expect(run.script).toBe('BEGIN {\n    printf("·");\n}\n');
	expect(run.ending.ending).toBe('console');
});

test('marks, notes and what else happened stand in the order of time', async () => {
	const mark = { resource: 'disk', kind: 'errors', target: 'host' };
	const events = [
		{ at: at(1000), type: 'mark', ...mark, as: 'suspicious', note: 'sda\x1b[2J?' },
		{ at: at(2000), type: 'run-started', run: 'runs/01-biosnoop', argv: ['biosnoop'] },
		{ at: at(3000), type: 'mark', ...mark, as: 'looked at', note: 'no' },
		{ at: at(4000), type: 'mark', resource: 'nothing', kind: 'errors' },
	];
	const { story, notes, marks, end } = await digestOf(made(events), catalog);
	expect(story.all().map(({ time }) => time - begun)).toEqual([1000, 2000, 3000, 4000]);
	expect(notes.all()[0]?.text).toBe('disk errors of host is marked: suspicious. Note: sda·[2J?');
	expect(marks).toEqual([{ time: begun + 3000, ...mark, as: 'looked at', note: 'no' }]);
	expect(end).toBe(begun + 4000);
});

test('what is damaged is left out and told, however much it is', async () => {
	const folder = made(secondOf(0, [calm], [calm]), [{ tool: 'biosnoop', via: 'bcc', output: [] }]);
	appendFileSync(join(folder, 'events.ndjson'), `${'{"torn\n'.repeat(1000)}`);
	writeFileSync(join(folder, 'runs/01-biosnoop/run.json'), 'null');
	const { warnings, readings, runs } = await digestOf(folder, catalog);
	expect(warnings.total).toBe(1000);
	expect(warnings.all().length).toBeLessThanOrEqual(20);
	expect([readings.length, runs.length]).toEqual([1, 1]);
});
