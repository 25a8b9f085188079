import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { toolOf } from '../../test/fixtures/tools.ts';
import type { OutputClass } from '../catalog/tool.ts';
import type { Reading } from '../checks/check.ts';
import { Groups } from '../table/groups.ts';
import { clockText, Replay } from './replay.ts';
import type { ReplayedRun } from './replayed-run.ts';
import { tell } from './tell.ts';

const start = Date.parse('2026-03-01T10:00:00.000Z');
const at = (ms: number) => new Date(start + ms).toISOString();

const columns = [
	{ name: 'key', type: 'text' as const },
	{ name: 'size', type: 'int' as const },
];

function toolNamed(name: string, outputClass: OutputClass) {
	return toolOf(
		{
			output: { class: outputClass, columns: outputClass === 'text' ? [] : columns },
			providers: [
				{ via: 'classic', run: ['sh'], package: 'dash', columns: { KEY: 'key', SIZE: 'size' }, reads: 'columns' },
			],
		},
		name,
	);
}

const catalog = { tools: [toolNamed('events', 'event-stream'), toolNamed('intervals', 'interval-table')], bad: [] };

interface Piece {
	ms: number;
	text: string;
	stream?: 'stdout' | 'stderr';
}

/** A session as a recorder would have left it. */
function sessionOf(events: unknown[], runs: { tool: string; begins: number; pieces: Piece[]; state?: object }[] = []) {
	const folder = mkdtempSync(join(tmpdir(), 'replay-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const session = { format: 1, program: 'bpftools', host: { hostname: 'box' }, target: 'host', started: at(0) };
	writeFileSync(join(folder, 'session.json'), JSON.stringify({ ...session, ended: null }));
	writeFileSync(join(folder, 'events.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
	for (const [index, { tool, begins, pieces, state }] of runs.entries()) {
		const home = join(folder, 'runs', `0${index + 1}-${tool}`);
		mkdirSync(home, { recursive: true });
		for (const { ms, text, stream = 'stdout' } of pieces) {
			appendFileSync(join(home, stream === 'stdout' ? 'output.log' : 'stderr.log'), text);
			const entry = { ms, stream, bytes: Buffer.byteLength(text) };
			appendFileSync(join(home, 'timing.ndjson'), `${JSON.stringify(entry)}\n`);
		}
		const run = {
			tool,
			provider: 'classic',
			argv: ['sh'],
			target: 'host',
			narrowing: 'host',
			limit: 60,
			started: at(begins),
			seconds: (pieces.at(-1)?.ms ?? 0) / 1000,
			state: state ?? { state: 'ended', ending: 'exit', code: 0, signal: null },
			evidence: { badge: 'complete', why: 'the command reported no error' },
			cost: { processSeconds: 1, bpfSeconds: 0 },
		};
		writeFileSync(join(home, 'run.json'), JSON.stringify(run));
	}
	return folder;
}

function reading(part: Partial<Reading>): Reading {
	return {
		check: 'disk.latency',
		resource: 'disk',
		kind: 'saturation',
		device: 'vda',
		value: 1,
		unit: 'ms',
		verdict: 'ok',
		why: 'It is quick.',
		suspects: [],
		...part,
	};
}

const seconds = (ms: number, { check, device, value, verdict }: Reading) => ({
	at: at(ms),
	type: 'readings',
	readings: [{ check, device, value, verdict }],
});
const turn = (ms: number, of: Reading) => ({ at: at(ms), type: 'verdict', reading: of });

/** All that panes show of a run. */
function shownOf({ table, state, seconds, judgement }: ReplayedRun) {
	const cells = (rows: { cell(index: number): unknown }[]) => rows.map((row) => [row.cell(0), row.cell(1)]);
	return {
		rows: cells(table.rows()),
		intervals: table.intervals().map(({ at, rows }) => ({ at, rows: cells(rows) })),
		total: table.total,
		dropped: table.dropped,
		state,
		seconds,
		judgement,
	};
}

/** Output in pieces that end anywhere, also within a line and a character. */
function randomPieces(random: Random): Piece[] {
	let text = '';
	const pieces: Piece[] = [];
	let ms = 0;
	for (let n = 0; n < 60; n++) {
		if (n % 7 === 0) text += 'KEY SIZE\n';
		text += `k${random.below(6)} ${n}\n`;
		ms += random.below(901);
		const cut = random.below(text.length + 1);
		pieces.push({ ms, text: text.slice(0, cut) });
		text = text.slice(cut);
	}
	pieces.push({ ms: ms + 1, text });
	return pieces.filter((piece) => piece.text !== '');
}

describe('a replay', () => {
	test.each([1, 2, 3, 4, 5])('shows the same at a moment, by whatever way it came there (%i)', (seed) => {
		const random = new Random(seed);
		const folder = sessionOf(
			[],
			[
				{ tool: 'events', begins: 500, pieces: randomPieces(random) },
				{ tool: 'intervals', begins: 4000, pieces: randomPieces(random) },
			],
		);
		const wandering = new Replay(folder, catalog);
		const length = wandering.end - start;
		for (let n = 0; n < 25; n++) {
			const time = start + random.below(length + 1);
			wandering.seek(time);
			// A seek may be given up for another before everything is read.
			let pieces = random.below(41);
			wandering.catchUp(() => pieces-- <= 0);
			if (random.below(4) === 0) continue;
			expect(wandering.catchUp(() => false)).toBe(true);
			const straight = new Replay(folder, catalog);
			straight.seek(time);
			straight.catchUp(() => false);
			expect(wandering.runs.map(shownOf)).toEqual(straight.runs.map(shownOf));
			expect(time < start + 500 || straight.runs.some(({ table }) => table.version > 0)).toBe(true);
		}
		wandering.seek(wandering.end);
		wandering.catchUp(() => false);
		expect(wandering.runs.map(({ table, state }) => [table.total, state.state])).toEqual([
			[60, 'ended'],
			[60, 'ended'],
		]);
	});

	test('groups go back and on with their rows', () => {
		const pieces = [
			{ ms: 0, text: 'KEY SIZE\na 1\n' },
			{ ms: 1000, text: 'a 2\nb 3\n' },
			{ ms: 2000, text: 'a 4\n' },
		];
		const replay = new Replay(sessionOf([], [{ tool: 'events', begins: 0, pieces }]), catalog);
		const [run] = replay.runs as [ReplayedRun];
		const groups = new Groups(run.table.columns, [0]);
		run.table.group(groups);
		const counts = (ms: number) => {
			replay.seek(start + ms);
			replay.catchUp(() => false);
			return groups.rows().map((row) => [row.cell(0), row.cell(1)]);
		};
		expect(counts(2000)).toEqual([
			['a', 3],
			['b', 1],
		]);
		expect(counts(500)).toEqual([['a', 1]]);
		expect(counts(1000)).toEqual([
			['a', 2],
			['b', 1],
		]);
	});

	test('passes time at its speed, stands still when it is told to, and at the end', () => {
		const replay = new Replay(sessionOf([seconds(0, reading({})), seconds(10_000, reading({}))]), catalog);
		replay.pass(1000);
		expect(replay.time - start).toBe(1000);
		replay.changeSpeed(1);
		replay.pass(1000);
		expect(replay.time - start).toBe(3000);
		replay.isPlaying = false;
		replay.pass(1000);
		expect(replay.time - start).toBe(3000);
		replay.isPlaying = true;
		replay.pass(60_000);
		expect([replay.time, replay.isPlaying]).toEqual([start + 10_000, false]);
		replay.seek(0);
		expect(replay.time).toBe(start);
	});

	test('has the checklist as it was, with the sentence of the last turn', () => {
		const slow = reading({ value: 90, verdict: 'bad', why: 'It takes 90 ms.' });
		const folder = sessionOf([
			turn(0, reading({})),
			seconds(1, reading({})),
			seconds(1000, reading({ value: 2 })),
			turn(2000, slow),
			seconds(2001, slow),
			seconds(3001, { ...slow, value: 95 }),
			turn(4000, reading({ value: 3 })),
			seconds(4001, reading({ value: 3 })),
		]);
		const replay = new Replay(folder, catalog);
		const shown = (ms: number) => {
			replay.seek(start + ms);
			return replay.readings.map(({ value, verdict, why }) => `${verdict} ${value}: ${why}`);
		};
		expect(shown(3500)).toEqual(['bad 95: It takes 90 ms. (at 10:00:02Z)']);
		expect(shown(2500)).toEqual(['bad 90: It takes 90 ms.']);
		expect(shown(1500)).toEqual(['ok 2: It is quick. (at 10:00:00Z)']);
		expect(shown(2000)).toEqual(['bad 90: It takes 90 ms.']);
		expect(shown(4500)).toEqual(['ok 3: It is quick.']);
		expect(replay.history(slow)).toEqual([1, 2, 90, 95, 3]);
		replay.seek(start);
		expect(replay.seekNextBad()).toMatchObject({ verdict: 'bad', value: 90 });
		expect([replay.time, replay.isPlaying]).toEqual([start + 2000, false]);
		expect(replay.seekNextBad()).toBeUndefined();
	});

	test('of a console that was killed goes to the last byte', () => {
		const pieces = [
			{ ms: 0, text: 'KEY SIZE\na 1\n' },
			{ ms: 1500, text: 'b 2\n' },
		];
		const folder = sessionOf(
			[seconds(0, reading({}))],
			[{ tool: 'events', begins: 0, pieces, state: { state: 'running' } }],
		);
		appendFileSync(join(folder, 'runs/01-events/output.log'), 'c 3\n');
		appendFileSync(join(folder, 'runs/01-events/timing.ndjson'), '{"ms":1600,"str');
		appendFileSync(join(folder, 'events.ndjson'), '{"at":"2026-');
		const replay = new Replay(folder, catalog);
		expect(replay.story.warnings).toEqual([
			'events.ndjson line 2 is torn and was skipped',
			'runs/01-events/timing.ndjson ends in the middle of a line',
		]);
		expect(replay.end - start).toBe(1500);
		replay.seek(replay.end);
		replay.catchUp(() => false);
		const [run] = replay.runs as [ReplayedRun];
		expect(run.table.rows().map((row) => row.cell(0))).toEqual(['a', 'b', 'c']);
		expect(run.state).toMatchObject({ state: 'ended', ending: 'console' });
	});

	test('of a tool that is in no catalog is text', () => {
		const pieces = [{ ms: 0, text: 'one\n' }];
		const replay = new Replay(sessionOf([], [{ tool: 'gone', begins: 0, pieces }]), catalog);
		replay.catchUp(() => false);
		expect(replay.runs[0]?.table.rows().map((row) => row.cell(0))).toEqual(['one']);
	});

	test('of nonsense still stands', () => {
		const pieces = [{ ms: 1e300, text: 'a 1\n' }];
		const folder = sessionOf([], [{ tool: 'events', begins: 0, pieces }]);
		mkdirSync(join(folder, 'runs/02-odd/output.log'), { recursive: true });
		writeFileSync(join(folder, 'runs/02-odd/run.json'), '{"argv":7,"started":[],"seconds":"long","state":3}');
		const replay = new Replay(folder, catalog);
		replay.seek(Number.POSITIVE_INFINITY);
		expect(replay.catchUp(() => false)).toBe(true);
		expect(clockText(replay.time)).toMatch(/Z$/);
		expect(replay.runs.map(({ table }) => table.total)).toEqual([0, 0]);
	});

	test('lets nothing of a made-up session command the terminal', () => {
		const evil = 'x\u001b[2J\u202e';
		const folder = sessionOf(
			[
				turn(0, reading({ verdict: 'bad', why: evil, device: evil, suspects: [evil] })),
				seconds(1, reading({ device: evil })),
				{ at: at(2), type: 'run-started', run: `runs/${evil}`, argv: ['sh', evil] },
				{ at: at(3), type: 'note', text: evil },
				{ at: at(4), type: 'verdict', reading: { check: 1, resource: 'moon' } },
				{ at: 5 },
				null,
			],
			[],
		);
		const replay = new Replay(folder, catalog);
		replay.seek(replay.end);
		const texts = JSON.stringify([replay.readings, tell(replay.story), replay.target]);
		expect(replay.readings).toHaveLength(1);
		expect(texts).not.toMatch(/\\u001b|\u202e/);
	});
});

test('the story tells what turned, what ran and what it cost, in the order of time', () => {
	const slow = reading({ value: 90, verdict: 'bad', why: 'It takes 90 ms.', suspects: ['dd (7)'] });
	const folder = sessionOf([
		turn(0, reading({})),
		turn(2000, slow),
		{ at: at(2500), type: 'mark', target: 'host', resource: 'disk', kind: 'saturation', as: 'suspicious', note: 'dd?' },
		{ at: at(3000), type: 'run-started', run: 'runs/01-events', argv: ['sh', '-c', 'echo a b'] },
		{ at: at(3001), type: 'ledger', what: 'made', path: '/proc/sys/kernel/bpf_stats_enabled', old: '0', new: '1' },
		{
			at: at(5000),
			type: 'run-ended',
			run: 'runs/01-events',
			seconds: 2,
			rows: 3,
			state: { state: 'ended', ending: 'limit', code: 0, signal: null },
			evidence: { badge: 'lossy', why: '4 events were lost' },
			cost: { processSeconds: 0.5, bpfSeconds: 0.25 },
		},
		{ at: at(5500), type: 'layout', zoomed: false, panes: [] },
		turn(6000, reading({ why: 'It is quick again.' })),
		{ at: at(7000), type: 'console-ended', why: 'quit' },
	]);
	expect(tell(new Replay(folder, catalog).story).map(({ time, text }) => `${time - start} ${text}`)).toEqual([
		'2000 disk saturation is bad: It takes 90 ms. Suspects: dd (7).',
		'2500 disk saturation of host is marked: suspicious. Note: dd?',
		"3000 01-events was started: sh -c 'echo a b'",
		'3001 Set on the host: /proc/sys/kernel/bpf_stats_enabled to 1; it was 0.',
		'5000 01-events ended after 2s, at its limit. 3 rows. Evidence: lossy, 4 events were lost. It cost 750ms of CPU time.',
		'6000 disk saturation is ok: It is quick again.',
		'7000 The console ended: quit.',
	]);
});
