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
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { firstProvider, hostScope, kernelWith, toolOf } from '../../test/fixtures/tools.ts';
import { UsageError } from '../catalog/argv.ts';
import type { Tool } from '../catalog/tool.ts';
import type { Reading } from '../checks/check.ts';
import { openHost } from '../host/host.ts';
import { Ledger } from '../runs/ledger.ts';
import { Run } from '../runs/run.ts';
import { LiveSession } from './live-session.ts';
import { readSession } from './read-session.ts';
import { recordReadings } from './record-readings.ts';
import { Recorder } from './recorder.ts';

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
	const name = recorder.follow(run);
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
		const { runs, warnings } = readSession(recorder.folder);
		expect(runs.map((run) => run.folder)).toEqual([folder]);
		expect(warnings).toHaveLength(2);
		expect(warnings[0]).toMatch(/^runs\/02-other was skipped: /);
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
		const { session, warnings } = readSession(recorder.folder);
		expect(session.target).toBe('host');
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
