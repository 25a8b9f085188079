import { execFileSync } from 'node:child_process';
import {
	appendFileSync,
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { firstProvider, hostScope, kernelWith, toolOf } from '../../test/fixtures/tools.ts';
import { readSession } from '../../test/support/read-session.ts';
import { UsageError } from '../catalog/argv.ts';
import type { Tool } from '../catalog/tool.ts';
import type { Reading } from '../checks/check.ts';
import { openHost } from '../host/host.ts';
import { Ledger } from '../runs/ledger.ts';
import { Run } from '../runs/run.ts';
import { folderSize } from './folder-size.ts';
import { LiveSession } from './live-session.ts';
import type { RecordedRun } from './read-session.ts';
import { recordReadings } from './record-readings.ts';
import { Recorder } from './recorder.ts';
import { ReplayedRun } from './replayed-run.ts';
import { readStory } from './story.ts';
import { tell } from './tell.ts';

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'session-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

const about = { program: 'bpftools', host: { hostname: 'box', kernel: '6.12.0' }, target: 'host' };

function toolThat(does: string): Tool {
	return toolOf({ providers: [{ via: 'classic', run: ['sh', '-c', does], package: 'dash' }] }, 'says');
}

/** Runs that trace nothing leave this machine's settings as they are. */
class IdleLedger extends Ledger {
	override hold() {
		return { renew() {}, release() {} };
	}
}

function runOf(does: string): Run {
	const tool = toolThat(does);
	const request = {
		tool,
		provider: firstProvider(tool),
		program: '/bin/sh',
		values: { pid: 7 },
		scope: hostScope,
		narrowing: 'host' as const,
		kernel: kernelWith(),
		limit: 60,
	};
	return new Run(request, openHost(), new IdleLedger());
}

/** A session of one run that has ended. */
async function recorded(does: string) {
	const recorder = new Recorder(temporaryFolder(), about);
	const run = runOf(does);
	const name = recorder.follow(run) as string;
	await run.ended;
	await vi.waitFor(() => expect(readFileSync(join(recorder.folder, 'events.ndjson'), 'utf8')).toContain('run-ended'));
	return { recorder, run, folder: join(recorder.folder, name) };
}

describe('a session', () => {
	test('is read back as it was recorded', () => {
		const recorder = new Recorder(temporaryFolder(), about);
		recorder.event('note', { text: 'line\nbreak "quoted" é 👍' });
		recorder.event('tick');
		recorder.close();
		const { session, events, runs, warnings } = readSession(recorder.folder);
		expect(session).toMatchObject({ format: 1, ...about });
		expect(Date.parse(session.ended ?? '')).toBeGreaterThanOrEqual(Date.parse(session.started));
		expect(events.map(({ at: _, ...event }) => event)).toEqual([
			{ type: 'note', text: 'line\nbreak "quoted" é 👍' },
			{ type: 'tick' },
		]);
		expect({ runs, warnings }).toEqual({ runs: [], warnings: [] });
	});

	test('that was never closed has no end, and all that it saw', () => {
		const recorder = new Recorder(temporaryFolder(), about);
		recorder.event('note', { text: 'last words' });
		const { session, events, warnings } = readSession(recorder.folder);
		expect(session.ended).toBeNull();
		expect(events).toHaveLength(1);
		expect(warnings).toEqual([]);
	});

	test('with a torn last line is read up to it, with a warning', () => {
		const recorder = new Recorder(temporaryFolder(), about);
		recorder.event('note', { text: 'whole' });
		appendFileSync(join(recorder.folder, 'events.ndjson'), '{"at":"2026-01-01T00:00:00.000Z","ty');
		const { events, warnings } = readSession(recorder.folder);
		expect(events.map(({ type }) => type)).toEqual(['note']);
		expect(warnings).toEqual(['events.ndjson line 2 is torn and was skipped']);
	});

	test('of a newer program is refused with a sentence', () => {
		const { folder } = new Recorder(temporaryFolder(), about);
		writeFileSync(join(folder, 'session.json'), JSON.stringify({ format: 2, ...about }));
		expect(() => readSession(folder)).toThrow(
			new UsageError(`${folder} was written by a newer bpftools (format 2; this one reads up to 1).`),
		);
	});

	test('is not just any folder', () => {
		const folder = temporaryFolder();
		expect(() => readSession(folder)).toThrow(new UsageError(`${folder} is not a session: it has no session.json.`));
	});

	test.each(['', '{"format": 1, "pro', '[]', 'null'])(
		'whose session.json is damaged (%j) is refused with a sentence',
		(text) => {
			const folder = temporaryFolder();
			writeFileSync(join(folder, 'session.json'), text);
			let refusal: unknown;
			try {
				readSession(folder);
			} catch (error) {
				refusal = error;
			}
			expect(refusal).toBeInstanceOf(UsageError);
			expect((refusal as Error).message).toContain(folder);
		},
	);

	test('whose session.json no one may read is refused with the reason', () => {
		const folder = temporaryFolder();
		// Nothing is closed to root, but a folder is no file for anybody.
		mkdirSync(join(folder, 'session.json'));
		expect(() => readSession(folder)).toThrow(/ can't be read: EISDIR/);
	});

	test('stands beside others of the same second', () => {
		const parent = join(temporaryFolder(), 'made', 'on demand');
		const recorders = Array.from({ length: 5 }, () => new Recorder(parent, about));
		expect(new Set(recorders.map(({ folder }) => folder)).size).toBe(5);
		for (const { folder } of recorders) expect(readSession(folder).session.target).toBe('host');
		expect(readdirSync(parent)).toHaveLength(5);
	});

	test('that can have no folder says so at once', () => {
		const file = join(temporaryFolder(), 'file');
		writeFileSync(file, '');
		expect(() => new Recorder(file, about)).toThrow(/EEXIST|ENOTDIR/);
	});
});

describe('a recorded run', () => {
	test('keeps every byte, when it came, and how it ended', async () => {
		const { recorder, run, folder } = await recorded('printf "one\\377\\n"; echo careful >&2; sleep 0.1; echo two');
		expect(readFileSync(join(folder, 'output.log'), 'latin1')).toBe('one\xff\ntwo\n');
		expect(readFileSync(join(folder, 'stderr.log'), 'latin1')).toBe('careful\n');
		const timing = readFileSync(join(folder, 'timing.ndjson'), 'utf8')
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line) as { ms: number; stream: string; bytes: number });
		const sum = (stream: string) =>
			timing.filter((each) => each.stream === stream).reduce((sum, { bytes }) => sum + bytes, 0);
		expect([sum('stdout'), sum('stderr')]).toEqual([9, 8]);
		expect(timing.map(({ ms }) => ms)).toEqual(timing.map(({ ms }) => ms).toSorted((a, b) => a - b));
		const { runs, events, warnings } = readSession(recorder.folder);
		expect(warnings).toEqual([]);
		expect(runs).toHaveLength(1);
		expect(runs[0]).toMatchObject({
			name: '01-says',
			folder,
			run: {
				tool: 'says',
				provider: 'classic',
				argv: run.argv,
				params: { pid: 7 },
				limit: 60,
				rows: 2,
				bytesNotKept: 0,
				state: { state: 'ended', ending: 'exit', code: 0 },
				evidence: { badge: 'complete' },
			},
		});
		expect(events.map(({ type, run }) => `${type} ${run}`)).toEqual([
			'run-started runs/01-says',
			'run-ended runs/01-says',
		]);
	});

	test('that was cut short by a kill is still there, as running', () => {
		const recorder = new Recorder(temporaryFolder(), about);
		const run = runOf('exec sleep 300');
		onTestFinished(() => run.kill());
		recorder.follow(run);
		expect(readSession(recorder.folder).runs[0]?.run).toMatchObject({ state: { state: 'running' } });
	});

	test('that is damaged is left out with a warning, and the others are read', async () => {
		const { recorder, folder } = await recorded('true');
		const other = join(recorder.folder, 'runs', '02-other');
		mkdirSync(other);
		writeFileSync(join(other, 'run.json'), '{');
		mkdirSync(join(recorder.folder, 'runs', '03-empty'));
		mkdirSync(join(recorder.folder, 'runs', '04-null'));
		writeFileSync(join(recorder.folder, 'runs', '04-null', 'run.json'), 'null');
		const { runs, warnings } = readSession(recorder.folder);
		expect(runs.map((run) => run.folder)).toEqual([folder, join(recorder.folder, 'runs', '04-null')]);
		expect(runs[1]?.run).toEqual({});
		expect(warnings).toHaveLength(2);
		expect(warnings[0]).toMatch(/^runs\/02-other was skipped: /);
	});

	test('and all the others are left out with a warning where there is no folder of them', () => {
		const recorder = new Recorder(temporaryFolder(), about);
		onTestFinished(() => recorder.close());
		writeFileSync(join(recorder.folder, 'runs'), '');
		expect(readSession(recorder.folder)).toMatchObject({
			runs: [],
			warnings: [expect.stringMatching(/^its runs were skipped: ENOTDIR/)],
		});
	});
});

describe('a session that is at its bounds', () => {
	const kilobytes = 1024;
	/** 100 bytes a line. */
	const prints = (lines: number) => `yes ${'x'.repeat(99)} | head -n ${lines}`;
	const keepOf = (sessionBytes: number) => ({ sessionBytes, folderBytes: 1e9, days: 30 });
	const runJson = (recorder: Recorder, name: string) =>
		JSON.parse(readFileSync(join(recorder.folder, name, 'run.json'), 'utf8'));
	const sizeOf = (recorder: Recorder, name: string) =>
		statSync(join(recorder.folder, name, 'output.log'), { throwIfNoEntry: false })?.size;

	async function ran(recorder: Recorder, does: string): Promise<string> {
		const run = runOf(does);
		const name = recorder.follow(run) as string;
		await run.ended;
		await vi.waitFor(() => expect(runJson(recorder, name).state.state).toBe('ended'));
		return name;
	}

	test('keeps the beginning of a run that is too long for it, and says how much is missing', async () => {
		const recorder = new Recorder(temporaryFolder(), about, keepOf(400 * kilobytes));
		const name = await ran(recorder, prints(3000));
		const kept = sizeOf(recorder, name) as number;
		expect(kept).toBeGreaterThan(0);
		expect(kept).toBeLessThanOrEqual(100 * kilobytes);
		expect(runJson(recorder, name)).toMatchObject({ rows: 3000, bytesNotKept: 300_000 - kept });
		expect(recorder.takeNotices()).toEqual(['01-says goes on; no more of its output is kept.']);
		recorder.close();
		const [run] = readStory(recorder.folder).runs;
		const replayed = new ReplayedRun(run as RecordedRun, { tools: [], bad: [] });
		replayed.moveTo(Number.POSITIVE_INFINITY, () => false);
		expect(replayed.judgement).toEqual({
			badge: 'partial',
			why: expect.stringMatching(/^the last \d+K of its output/),
		});
	});

	test('drops the output of its oldest runs for that of new ones, and tells which', async () => {
		const recorder = new Recorder(temporaryFolder(), about, keepOf(400 * kilobytes));
		const names: string[] = [];
		for (let n = 0; n < 6; n++) names.push(await ran(recorder, prints(900)));
		recorder.close();
		expect(names.map((name) => sizeOf(recorder, name))).toEqual([undefined, undefined, 90_000, 90_000, 90_000, 90_000]);
		expect(runJson(recorder, names[0] as string)).toMatchObject({ rows: 900, bytesNotKept: 0 });
		expect(runJson(recorder, names[0] as string).bytesDropped).toBeGreaterThan(90_000);
		expect(folderSize(recorder.folder)).toBeLessThan(420 * kilobytes);
		expect(recorder.takeNotices()).toEqual([
			'The output of 01-says went, to keep this session within 400K.',
			'The output of 02-says went, to keep this session within 400K.',
		]);
		const story = readStory(recorder.folder);
		const told = tell(story).map(({ text }) => text);
		expect(told).toContainEqual(expect.stringMatching(/^The output of 02-says was dropped, \d+K, to keep/));
		expect(told).toContainEqual(expect.stringMatching(/^01-says ended .* Its output, \d+K, has been dropped since\.$/));
		const replayed = new ReplayedRun(story.runs[0] as RecordedRun, { tools: [], bad: [] });
		expect(replayed.moveTo(Number.POSITIVE_INFINITY, () => false)).toBe(true);
		expect(replayed.judgement).toEqual({
			badge: 'partial',
			why: expect.stringMatching(/^its output \(\d+K\) was dropped/),
		});
	});

	test('has its readings ever less often, so that they grow ever slower', () => {
		const recorder = new Recorder(temporaryFolder(), about, keepOf(64 * kilobytes));
		const record = recordReadings(recorder);
		const reading = {
			check: 'cpu.busy',
			resource: 'cpu',
			kind: 'utilization',
			device: null,
			value: 1,
			unit: '%',
		} as const;
		for (let n = 0; n < 2000; n++) record([{ ...reading, verdict: 'ok', why: 'It is.', suspects: [] }]);
		const { events } = readSession(recorder.folder);
		const thinned = events.flatMap(({ type, seconds }) => (type === 'readings-thinned' ? [seconds] : []));
		expect(thinned.slice(0, 3)).toEqual([2, 4, 8]);
		expect(recorder.eventBytes).toBeLessThan(40 * kilobytes);
		recorder.close();
	});
});

describe('recording that is turned off', () => {
	test('leaves what there is, keeps nothing of what comes, and goes on when it is turned on', async () => {
		const recorder = new Recorder(temporaryFolder(), about);
		const going = runOf('echo before; read -r _ < /dev/zero; exec sleep 300');
		onTestFinished(() => going.kill());
		const name = recorder.follow(going) as string;
		await vi.waitFor(() => expect(going.table.total).toBe(1), { timeout: 5000 });
		recorder.turn(false);
		recorder.event('note', { text: 'secret' });
		expect(recorder.follow(runOf('echo secret'))).toBeUndefined();
		expect([recorder.keepScreen('secret'), recorder.keepFile(going, 'flame.svg', 'secret')]).toEqual([
			undefined,
			undefined,
		]);
		recorder.turn(true);
		recorder.event('note', { text: 'again' });
		const screen = recorder.keepScreen('what was seen\n') as string;
		expect(readFileSync(screen, 'utf8')).toBe('what was seen\n');
		const next = recorder.follow(runOf('echo after'));
		expect(next).toBe('runs/02-says');
		recorder.close();
		const { runs, events } = readSession(recorder.folder);
		expect(runs.map((run) => run.name)).toEqual(['01-says', '02-says']);
		expect(readFileSync(join(recorder.folder, name, 'output.log'), 'utf8')).toBe('before\n');
		expect(events.map(({ type }) => type).slice(0, 6)).toEqual([
			...['run-started', 'recording', 'recording', 'note', 'saved', 'run-started'],
		]);
		const files = readdirSync(recorder.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
			entry.isFile(),
		);
		for (const { parentPath, name: file } of files) {
			expect(readFileSync(join(parentPath, file), 'utf8'), file).not.toContain('secret');
		}
		expect(tell(readStory(recorder.folder)).map(({ text }) => text)).toEqual(
			expect.arrayContaining(['Recording was turned off.', 'Recording is on again.', 'Saved: screens/01.txt.']),
		);
	});
});

describe('a disk that is full', () => {
	const mounted = tinyDisk();
	const why = mounted ? '' : ' (needs root and mount(8): skipped)';

	test.skipIf(!mounted)(`stops the recording with a reason, and nothing else${why}`, async () => {
		const recorder = new Recorder(mounted as string, about);
		expect(recorder.failure).toBeUndefined();
		const run = runOf('seq 1 100000');
		recorder.follow(run);
		for (let n = 0; n < 100; n++) recorder.event('note', { text: 'x'.repeat(2000) });
		await run.ended;
		expect(recorder.failure).toMatch(/ENOSPC|no space/i);
		expect(run.table.total).toBe(100_000);
		const { events } = recorder;
		recorder.event('note');
		expect(recorder.events).toBe(events);
		recorder.close();
		const { session, warnings, events: read } = readSession(recorder.folder);
		expect(session).toMatchObject({ target: 'host', ended: expect.any(String) });
		expect(read.at(-1)).toMatchObject({ type: 'recording-stopped', why: expect.stringMatching(/ENOSPC|no space/i) });
		expect(warnings.length).toBeLessThanOrEqual(2);
	});

	test.skipIf(!mounted)(`from the start leaves a recorder that says so${why}`, () => {
		const full = join(mounted as string, 'full');
		try {
			writeFileSync(full, Buffer.alloc(128 * 1024));
		} catch {
			// As much as fits.
		}
		const recorder = new Recorder(mounted as string, about);
		expect(recorder.failure).toMatch(/ENOSPC|no space/i);
		expect(() => {
			recorder.event('note');
			recorder.close();
		}).not.toThrow();
	});
});

/** A file system of 64 kilobytes, gone when the tests are over. */
function tinyDisk(): string | undefined {
	const folder = mkdtempSync(join(tmpdir(), 'tiny-disk-'));
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
	} catch {
		rmSync(folder, { recursive: true });
		return undefined;
	}
	afterAll(() => {
		execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
		rmSync(folder, { recursive: true, force: true });
	});
	return folder;
}

test('readings are recorded each second, their sentences only when a verdict turns', () => {
	const recorder = new Recorder(temporaryFolder(), about);
	const record = recordReadings(recorder);
	const reading = (verdict: Reading['verdict'], value: number, device: string | null = null): Reading => ({
		check: 'disk.latency',
		resource: 'disk',
		kind: 'saturation',
		device,
		value,
		unit: 'ms',
		verdict,
		why: `It takes ${value} ms.`,
		suspects: [],
	});
	record([reading('ok', 1, 'vda'), reading('ok', 1, 'vdb')]);
	record([reading('ok', 2, 'vda'), reading('bad', 90, 'vdb')]);
	record([reading('ok', 3, 'vda'), reading('bad', 95, 'vdb')]);
	const { events } = readSession(recorder.folder);
	expect(events.filter(({ type }) => type === 'readings')).toHaveLength(3);
	const turns = events.flatMap(({ type, reading }) => (type === 'verdict' ? [reading as Reading] : []));
	expect(turns.map(({ device, verdict, why }) => `${device} ${verdict}: ${why}`)).toEqual([
		'vda ok: It takes 1 ms.',
		'vdb ok: It takes 1 ms.',
		'vdb bad: It takes 90 ms.',
	]);
});

describe('a live session', () => {
	function live(recorder?: Recorder) {
		const session = new LiveSession(openHost({ root: temporaryFolder() }), kernelWith(), hostScope.target, recorder);
		onTestFinished(() => session.close());
		return session;
	}

	/** A program for a tool whose name no other test has. */
	function installed(does: string): Tool {
		const folder = temporaryFolder();
		writeFileSync(join(folder, 'zz-session-tool'), `#!/bin/sh\n${does}\n`);
		chmodSync(join(folder, 'zz-session-tool'), 0o755);
		vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
		onTestFinished(() => void vi.unstubAllEnvs());
		return toolOf({ providers: [{ via: 'classic', run: ['zz-session-tool'], package: 'x' }] }, 'zz');
	}

	test('refuses a tool that nothing here can run, with every reason', () => {
		const tool = toolOf({ providers: [{ via: 'classic', run: ['zz-absent'], package: 'zz' }] }, 'zz');
		expect(() => live().start(tool, {})).toThrow(
			new UsageError("zz can't run here: classic: zz-absent is not installed (package zz)."),
		);
	});

	test('stops all that runs, and its folder tells what ran', async () => {
		const recorder = new Recorder(temporaryFolder(), about);
		const session = live(recorder);
		const tool = installed('echo ready; exec sleep 300');
		const runs = [session.start(tool, {}), session.start(tool, {})];
		for (const run of runs) await vi.waitFor(() => expect(run.table.total).toBe(1), { timeout: 5000 });
		expect(session.running).toHaveLength(2);
		expect(await session.stopAll('console')).toBe(2);
		expect(session.running).toEqual([]);
		expect(runs.map(({ state }) => state)).toEqual([
			expect.objectContaining({ state: 'ended', ending: 'console' }),
			expect.objectContaining({ state: 'ended', ending: 'console' }),
		]);
		await session.close();
		expect(session.ledger.changes()).toEqual([]);
		expect(readSession(recorder.folder).runs.map(({ name }) => name)).toEqual(['01-zz', '02-zz']);
		expect(existsSync(join(recorder.folder, 'runs/02-zz/output.log'))).toBe(true);
	});

	test('tells what the panic key did, and claims nothing that it could not count', async () => {
		const session = live();
		const run = session.start(installed('echo ready; exec sleep 300'), {});
		await vi.waitFor(() => expect(run.table.total).toBe(1), { timeout: 5000 });
		expect(await session.stopAndProve()).toMatch(
			/^1 run stopped; (without bpftool nobody can count what is left|\d+ BPF programs and \d+ probes more than before the first run)\.$/,
		);
	});
});
