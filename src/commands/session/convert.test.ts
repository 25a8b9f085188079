import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { describe, expect, onTestFinished, test } from 'vitest';
import { needs, titled } from '../../../test/support/needs.ts';
import { findProgram } from '../../host/programs.ts';
import { fieldsOf } from '../../host/protobuf.ts';
import { PerfScriptReader } from '../../output/stacks.ts';
import { sessionConvertCommand } from './convert.ts';

const samples = join(import.meta.dirname, '../../../tools-catalog');

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'convert-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** A session whose runs have the outputs of the catalog's samples, or this one. */
function sessionOf(...runs: { tool: string; provider: string; output: string }[]): string {
	const folder = temporaryFolder();
	const started = '2026-01-01T00:00:00.000Z';
	writeFileSync(join(folder, 'session.json'), JSON.stringify({ format: 1, host: {}, target: 'host', started }));
	for (const [index, { tool, provider, output }] of runs.entries()) {
		const run = join(folder, `runs/0${index + 1}-${tool}`);
		mkdirSync(run, { recursive: true });
		writeFileSync(join(run, 'run.json'), JSON.stringify({ tool, provider, started, seconds: 4 }));
		writeFileSync(join(run, 'output.log'), output);
	}
	return folder;
}

function sample(path: string, provider: string) {
	const text = readFileSync(join(samples, path, 'samples', `${provider}.txt`), 'utf8');
	return { tool: path.split('/')[1] as string, provider, output: text.replace(/^(# .*: .*\n)+/, '') };
}

async function convert(session: string, format: string, ...run: string[]): Promise<Buffer> {
	const file = join(temporaryFolder(), 'output');
	expect(await sessionConvertCommand.run([session, ...run, '--to', format, '--output', file])).toBe(0);
	return readFileSync(file);
}

const stacks = {
	tool: 'profile',
	provider: 'bcc',
	output: 'web server;main;handle<a, b>(int);read é 3\nweb server;main;write 2\nidle 7\nweb server;main;write 1\n',
};
const total = 13;

/** The one for which Debian has modules. */
const python3 = '/usr/bin/python3';

function python(script: string, input: Buffer): unknown {
	return JSON.parse(execFileSync(python3, ['-c', `import sys, json\n${script}`], { input, encoding: 'utf8' }));
}

const lackOfPython = needs({ program: python3 });

function lackOfModule(name: string, from: string): string | undefined {
	const isThere = !lackOfPython && spawnSync(python3, ['-c', `import ${name}`]).status === 0;
	return isThere ? undefined : `${from} is not installed`;
}

describe('rows', () => {
	const odd = '/bin/sh -c a,b "two words"\t\'q\' é 👍';
	const run = () =>
		sessionOf({
			tool: 'execsnoop',
			provider: 'libbpf',
			output: `PCOMM PID PPID RET ARGS\nsh 1 2 0 ${odd}\nls 3 4 -1 \n`,
		});
	const shown = [
		['sh', '1', '2', '0', odd.replace('\t', '·')],
		['ls', '3', '4', '-1', ''],
	];

	test.skipIf(lackOfPython)(titled('as CSV are read by Python', lackOfPython), async () => {
		const rows = python(
			'import csv\nprint(json.dumps(list(csv.reader(sys.stdin))))',
			await convert(run(), 'csv'),
		) as string[][];
		expect(rows[0]).toEqual(expect.arrayContaining(['command', 'pid', 'args']));
		const order = ['command', 'pid', 'ppid', 'result', 'args'].map((name) => rows[0]?.indexOf(name) ?? -1);
		expect(rows.slice(1).map((row) => order.map((index) => row[index]))).toEqual(shown);
	});

	test.skipIf(lackOfPython)(titled('as NDJSON are read by Python', lackOfPython), async () => {
		const rows = python(
			'print(json.dumps([json.loads(line) for line in sys.stdin]))',
			await convert(run(), 'ndjson'),
		) as Record<string, unknown>[];
		expect(rows.map(({ command, pid, args }) => [command, String(pid), args ?? ''])).toEqual(
			shown.map(([command, pid, , , args]) => [command, pid, args]),
		);
	});

	test('of intervals have their number', async () => {
		const text = (await convert(sessionOf(sample('cpu/pidstat', 'classic')), 'csv')).toString();
		expect(text).toMatch(/^interval,.*\n1,/);
		expect(text).toMatch(/^2,/m);
	});
});

describe('stacks', () => {
	test('of one path are put together, as folded lines', async () => {
		const lines = (await convert(sessionOf(stacks), 'folded')).toString().trim().split('\n').sort();
		expect(lines).toEqual(['idle 7', 'web server;main;handle<a, b>(int);read é 3', 'web server;main;write 3']);
	});

	const flameGraph = findProgram('flamegraph.pl', ['/usr/share/perl5/Devel/NYTProf']) ?? 'flamegraph.pl';
	const lackOfFlameGraph = needs({ program: flameGraph });
	test.skipIf(lackOfFlameGraph)(titled('as folded lines are drawn by flamegraph.pl', lackOfFlameGraph), async () => {
		const input = await convert(sessionOf(stacks), 'folded');
		const svg = execFileSync(flameGraph, { input, encoding: 'utf8' });
		expect(svg).toContain(`>all (${total} samples, 100%)<`);
		expect(svg).toContain('>main (6 samples');
	});

	test('as speedscope have each frame once, and a weight for each sample', async () => {
		const { shared, profiles } = JSON.parse((await convert(sessionOf(stacks), 'speedscope')).toString());
		const names = shared.frames.map(({ name }: { name: string }) => name);
		expect(new Set(names).size).toBe(names.length);
		const [{ samples, weights, endValue }] = profiles;
		expect(endValue).toBe(total);
		const lines = samples.map(
			(frames: number[], index: number) => `${frames.map((frame) => names[frame]).join(';')} ${weights[index]}`,
		);
		expect(lines.sort()).toEqual((await convert(sessionOf(stacks), 'folded')).toString().trim().split('\n').sort());
	});

	test('as a pprof profile have their texts, and no text twice', async () => {
		const profile = gunzipSync(await convert(sessionOf(stacks), 'pprof'));
		const texts = fieldsOf(profile, 6).map(String);
		expect(texts[0]).toBe('');
		expect(new Set(texts).size).toBe(texts.length);
		expect(texts).toEqual(expect.arrayContaining(['main', 'handle<a, b>(int)', 'read é', 'web server']));
		expect(fieldsOf(profile, 2)).toHaveLength(3);
	});

	test('as a pprof profile are read by pprof-format, each with its process', async () => {
		const {
			sample,
			location,
			function: functions,
			stringTable,
			sampleType,
			durationNanos,
		} = Profile.decode(gunzipSync(await convert(sessionOf(stacks), 'pprof')));
		const text = (index: number | bigint) => stringTable.strings[Number(index)];
		const frame = (id: number | bigint) => {
			const { functionId } = location.find((one) => one.id === id)?.line[0] ?? {};
			return text(functions.find((one) => one.id === functionId)?.name ?? 0);
		};
		expect(sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([['samples', 'count']]);
		expect(Number(durationNanos)).toBe(4e9);
		const found = sample.map(({ locationId, value, label }) => ({
			frames: locationId.map(frame),
			value: value.map(Number),
			label: label.map(({ key, str }) => [text(key), text(str)]),
		}));
		const label = [['process', 'web server']];
		expect(found).toHaveLength(3);
		expect(found).toContainEqual({ frames: ['read é', 'handle<a, b>(int)', 'main'], value: [3], label });
		expect(found).toContainEqual({ frames: ['write', 'main'], value: [3], label });
		expect(found).toContainEqual({ frames: [], value: [7], label: [['process', 'idle']] });
	});

	test('as perf script are as many samples, and read back by the reader of perf', async () => {
		const text = (await convert(sessionOf(stacks), 'perf-script')).toString();
		const found: unknown[][] = [];
		const unread: string[] = [];
		const perf = new PerfScriptReader({
			begin() {},
			row: (row) => found.push([row.cell(1), row.cell(2)]),
			remark() {},
			unread: (line) => unread.push(line),
		});
		for (const line of text.split('\n')) perf.line(line);
		perf.end();
		expect(unread).toEqual([]);
		expect(found).toHaveLength(total);
		expect(found.filter(([process, stack]) => process === 'web server' && stack === 'main;write')).toHaveLength(3);
		expect(found.filter(([process, stack]) => process === 'idle' && stack === '')).toHaveLength(7);
	});

	test.each(['bcc', 'bpftrace', 'libbpf', 'perf'])(
		'of a real profile by %s have the same sum in each format',
		async (provider) => {
			const session = sessionOf(sample('cpu/profile', provider));
			const lines = (await convert(session, 'folded')).toString().trim().split('\n');
			const sum = lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
			expect(sum).toBeGreaterThan(10);
			expect(JSON.parse((await convert(session, 'speedscope')).toString()).profiles[0].endValue).toBe(sum);
			expect((await convert(session, 'perf-script')).toString().match(/ samples: $/gm)).toHaveLength(sum);
			expect(fieldsOf(gunzipSync(await convert(session, 'pprof')), 2)).toHaveLength(lines.length);
		},
	);
});

describe('readings', () => {
	function session(): string {
		const folder = sessionOf();
		const reading = (check: string, device: string | null, value: number | null, verdict: string) => ({
			check,
			device,
			value,
			verdict,
		});
		const event = (at: string, ...readings: object[]) =>
			JSON.stringify({ at: `2026-01-01T00:00:0${at}Z`, type: 'readings', readings });
		writeFileSync(
			join(folder, 'events.ndjson'),
			[
				event('1.000', reading('cpu.run-queue', null, 1.5, 'ok'), reading('disk.errors', 'vd"a\\', 0, 'ok')),
				'{"at":"2026-01-01T00:00:01.500Z","type":"note","text":"x"}',
				event('2.000', reading('cpu.run-queue', null, 9, 'bad'), reading('disk.errors', 'vd"a\\', null, 'unknown')),
				event('2.000', reading('cpu.run-queue', null, 10, 'bad')),
				'',
			].join('\n'),
		);
		return folder;
	}

	test('as OpenMetrics stand by series, with their times', async () => {
		expect((await convert(session(), 'openmetrics')).toString().split('\n')).toEqual([
			'# TYPE bpftools_cpu_run_queue gauge',
			'# HELP bpftools_cpu_run_queue Reading of the check cpu.run-queue',
			'bpftools_cpu_run_queue 1.5 1767225601.000',
			'bpftools_cpu_run_queue 9 1767225602.000',
			'# TYPE bpftools_disk_errors gauge',
			'# HELP bpftools_disk_errors Reading of the check disk.errors',
			'bpftools_disk_errors{device="vd\\"a\\\\"} 0 1767225601.000',
			'# TYPE bpftools_verdict gauge',
			'# HELP bpftools_verdict 0 is ok, 1 is warn, 2 is bad',
			'bpftools_verdict{check="cpu.run-queue"} 0 1767225601.000',
			'bpftools_verdict{check="cpu.run-queue"} 2 1767225602.000',
			'bpftools_verdict{check="disk.errors",device="vd\\"a\\\\"} 0 1767225601.000',
			'# EOF',
			'',
		]);
	});

	const lackOfParser = lackOfModule('prometheus_client.openmetrics.parser', 'python3-prometheus-client');
	test.skipIf(lackOfParser)(titled("as OpenMetrics are read by Prometheus' own parser", lackOfParser), async () => {
		const script = `from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(json.dumps([[s.name, s.labels, s.value] for f in parse(sys.stdin.read()) for s in f.samples]))`;
		const found = python(script, await convert(session(), 'openmetrics')) as unknown[];
		expect(found).toHaveLength(6);
		expect(found).toContainEqual(['bpftools_disk_errors', { device: 'vd"a\\' }, 0]);
	});
});

describe('what a tool printed as asciicast', () => {
	const session = () => {
		const folder = sessionOf({ tool: 'zz', provider: 'libbpf', output: 'one\nzwölf\nlast' });
		const timing = [
			[5, 'stdout', 4],
			[250, 'stdout', 3],
			[260, 'stderr', 6],
			[300, 'stdout', 4],
		].map(([ms, stream, bytes]) => JSON.stringify({ ms, stream, bytes }));
		writeFileSync(join(folder, 'runs/01-zz/timing.ndjson'), `${timing.join('\n')}\n{"ms":9`);
		writeFileSync(join(folder, 'runs/01-zz/stderr.log'), 'oops!\n');
		return folder;
	};

	test('comes when it came, and no letter in two pieces', async () => {
		const [header, ...events] = (await convert(session(), 'asciicast')).toString().trim().split('\n');
		expect(JSON.parse(header as string)).toMatchObject({ version: 2, timestamp: 1767225600, title: 'zz' });
		expect(events.map((line) => JSON.parse(line))).toEqual([
			[0.005, 'o', 'one\r\n'],
			[0.25, 'o', 'zw'],
			[0.26, 'o', 'oops!\r\n'],
			[0.3, 'o', 'ölf\r\n'],
			[0.3, 'o', 'last'],
		]);
	});

	const lackOfAsciinema = lackOfModule('asciinema.asciicast', 'asciinema');
	test.skipIf(lackOfAsciinema)(titled('is read by asciinema', lackOfAsciinema), async () => {
		const file = join(temporaryFolder(), 'run.cast');
		writeFileSync(file, await convert(session(), 'asciicast'));
		const script = `from asciinema.asciicast import open_from_url
with open_from_url(sys.stdin.read()) as cast: print(json.dumps([e[2] for e in cast.events()]))`;
		expect(python(script, Buffer.from(file))).toEqual(['one\r\n', 'zw', 'oops!\r\n', 'ölf\r\n', 'last']);
	});
});

describe('is refused in one sentence:', () => {
	const rows = { tool: 'execsnoop', provider: 'libbpf', output: '' };
	const cases: [string, () => string[], RegExp][] = [
		['no session', () => [], /takes a session/],
		['no format', () => [sessionOf(rows)], /--to is one of csv, .*asciicast\./],
		['an unknown format', () => [sessionOf(rows), '--to', 'xml'], /not "xml"/],
		['stacks of rows', () => [sessionOf(rows), '--to', 'pprof'], /01-execsnoop has rows and no stacks/],
		['no run of two', () => [sessionOf(rows, rows), '--to', 'csv'], /Which run\? They are 01-execsnoop, 02-execsnoop/],
		['a run that there is not', () => [sessionOf(rows), '7', '--to', 'csv'], /There is no run "7"; they are 01/],
		['a run of readings', () => [sessionOf(rows), '1', '--to', 'openmetrics'], /whole session/],
		['an unknown tool', () => [sessionOf({ ...rows, tool: 'zz' }), '--to', 'csv'], /this catalog has no zz\./],
		['an unknown session', () => ['nowhere', '--to', 'csv'], /There is no session "nowhere"/],
	];
	test.each(cases)('%s', async (_, args, sentence) => {
		await expect(sessionConvertCommand.run(args())).rejects.toThrow(sentence);
	});
});
