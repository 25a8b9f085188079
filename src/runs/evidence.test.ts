import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { firstProvider, toolOf } from '../../test/fixtures/tools.ts';
import type { Column, Provider } from '../catalog/tool.ts';
import { LineSplitter } from '../output/lines.ts';
import { readerFor } from '../output/reader-for.ts';
import { Evidence, isHarmless } from './evidence.ts';

const columns: Column[] = [
	{ name: 'pid', type: 'int' },
	{ name: 'command', type: 'text' },
	{ name: 'fd', type: 'int' },
	{ name: 'error', type: 'int' },
	{ name: 'path', type: 'text' },
];

function linesOf(file: string): string[] {
	const text = readFileSync(join(import.meta.dirname, 'samples', file), 'utf8');
	return text
		.replace(/^(?:# (?:command|version|kernel|excerpt): .*\n)+/, '')
		.split('\n')
		.filter(Boolean);
}

/** What a run of these words on stdout and stderr proves; both were printed by real tools that failed. */
function evidenceOf(sample: string, via: Provider['via'], { programs = 0 } = {}) {
	const tool = toolOf({
		output: { class: 'event-stream', columns },
		providers: [
			via === 'bpftrace'
				? { via, script: 'x.bt', package: 'x' }
				: {
						via,
						run: ['x'],
						columns: { PID: 'pid', COMM: 'command', FD: 'fd', ERR: 'error', PATH: 'path' },
						package: 'x',
					},
		],
	});
	const evidence = new Evidence(via);
	const reader = readerFor(tool, firstProvider(tool), {
		begin() {},
		row: () => evidence.rows++,
		remark: (remark) => {
			if (remark.kind === 'attached') evidence.attached = remark.probes;
			else if (remark.kind === 'lost') evidence.lost += remark.events;
		},
		unread: () => evidence.unread++,
	});
	const splitter = new LineSplitter((line) => reader.line(line), reader.longestLine);
	splitter.push(Buffer.from(linesOf(`${sample}.out.txt`).join('\n')));
	splitter.end();
	reader.end();
	for (const line of linesOf(`${sample}.err.txt`)) evidence.stderrLine(line);
	evidence.programs = programs;
	return evidence;
}

const exited = (code: number) => ({ code, asked: false });
const stopped = { code: 0, asked: true };

describe('tools that failed', () => {
	test.each(['bpftrace-no-kprobe', 'bpftrace-no-kprobe-alone'])(
		'%s: bpftrace tells how many probes it has before it attaches them, so its word is no proof',
		(sample) => {
			const evidence = evidenceOf(sample, 'bpftrace');
			expect(evidence.attached).toBeGreaterThan(0);
			expect(evidence.judge(exited(255))).toEqual({
				badge: 'blind',
				why: expect.stringMatching(/attach/),
			});
			expect(evidence.judge(undefined).badge).toBe('blind');
		},
	);

	test.each([
		['bpftrace-no-tracepoint', 'bpftrace', 1, /tracepoint not found: sched:no_such_event/],
		['bpftrace-syntax', 'bpftrace', 1, /Unknown function: cout/],
		['bpftrace-no-kprobe', 'bpftrace', 255, /no_such_function|cannot attach kprobe/],
		['libbpf-no-function', 'libbpf', 1, /failed to create kprobe 'no_such_function/],
		['libbpf-no-module', 'libbpf', 1, /failed to create kprobe 'xfs_file_read_iter/],
	] as const)('%s is blind, for the reason that the tool itself gave', (sample, via, code, reason) => {
		expect(evidenceOf(sample, via).judge(exited(code))).toEqual({ badge: 'blind', why: expect.stringMatching(reason) });
	});

	test('a tool that found nothing to attach to and ends well is blind all the same', () => {
		expect(evidenceOf('bcc-no-function', 'bcc').judge(exited(0)).badge).toBe('blind');
	});

	test('a tool that never loaded a program is blind even when the user ended it', () => {
		expect(new Evidence('libbpf').judge(stopped)).toEqual({ badge: 'blind', why: 'no probe was seen attached' });
	});
});

describe('lost events', () => {
	test.each([
		['bpftrace-lost', 'bpftrace', 815_214],
		['libbpf-lost', 'libbpf', 31_350],
		['bcc-lost', 'bcc', 29_809],
	] as const)('%s is lossy, and how many is told', (sample, via, lost) => {
		const evidence = evidenceOf(sample, via, { programs: 2 });
		if (via !== 'bpftrace') expect(evidence.rows).toBeGreaterThan(10);
		evidence.rows ||= 1;
		expect(evidence.lost).toBe(lost);
		expect(evidence.judge(stopped)).toEqual({ badge: 'lossy', why: `${lost} events were lost` });
	});

	test('add up', () => {
		const evidence = new Evidence('libbpf');
		evidence.rows = 1;
		evidence.programs = 1;
		evidence.stderrLine('Lost 3 events on CPU #0!');
		evidence.stderrLine('lost 4 samples');
		evidence.stderrLine('5 events were lost');
		expect(evidence.judge(undefined).why).toBe('12 events were lost');
	});
});

describe('a run without rows', () => {
	test('says that nothing happened, once programs were seen attached', () => {
		const evidence = new Evidence('libbpf');
		evidence.programs = 2;
		for (const ended of [undefined, stopped, exited(0)]) {
			expect(evidence.judge(ended)).toEqual({ badge: 'complete', why: '2 BPF programs loaded, and nothing happened' });
		}
	});

	test('is starting as long as nothing is attached and it goes on', () => {
		expect(new Evidence('bpftrace').judge(undefined).badge).toBe('starting');
	});

	test('is blind when bpftrace itself says that it has no probes', () => {
		const evidence = new Evidence('bpftrace');
		evidence.attached = 0;
		expect(evidence.judge(undefined).badge).toBe('blind');
	});

	test('of a classic command is complete when the command reported no error', () => {
		expect(new Evidence('classic').judge(exited(0)).badge).toBe('complete');
		expect(new Evidence('classic').judge(exited(2))).toEqual({
			badge: 'blind',
			why: 'it ended with exit code 2 and printed no rows',
		});
	});
});

describe('a run with rows', () => {
	const withRows = (via: Provider['via'], rows = 5) => {
		const evidence = new Evidence(via);
		evidence.rows = rows;
		evidence.programs = 3;
		return evidence;
	};

	test('is complete when nothing speaks against it', () => {
		expect(withRows('bcc').judge(stopped)).toEqual({ badge: 'complete', why: '3 BPF programs loaded, no events lost' });
	});

	test('is partial when some probes were left out', () => {
		const evidence = withRows('bpftrace');
		evidence.stderrLine('WARNING: could not attach probe kprobe:gone, skipping');
		expect(evidence.judge(undefined)).toEqual({
			badge: 'partial',
			why: '1 probes could not be attached: WARNING: could not attach probe kprobe:gone, skipping',
		});
	});

	test('is partial when it ended early by itself', () => {
		expect(withRows('libbpf').judge(exited(1))).toEqual({
			badge: 'partial',
			why: 'it ended early, with exit code 1',
		});
	});

	test('is not blamed for the exit code of an end that was asked for', () => {
		expect(withRows('libbpf').judge({ code: 130, asked: true }).badge).toBe('complete');
	});

	test('is partial when more lines could not be read than could', () => {
		const evidence = withRows('libbpf', 2);
		evidence.unread = 2;
		expect(evidence.judge(undefined).badge).toBe('complete');
		evidence.unread = 3;
		expect(evidence.judge(undefined)).toEqual({ badge: 'partial', why: '3 lines could not be read, 2 could' });
	});

	test('is complete though Python grumbled at being interrupted', () => {
		const evidence = withRows('bcc');
		for (const line of linesOf('bcc-sigint-swallowed.err.txt')) evidence.stderrLine(line);
		expect(evidence.judge(stopped).badge).toBe('complete');
	});
});

test('a warning about locked memory is harmless, other failures are not', () => {
	expect(isHarmless('failed to increase RLIMIT_MEMLOCK')).toBe(true);
	expect(isHarmless('failed to attach kprobe: -2')).toBe(false);
});

test('a tool that fails a thousand times over is remembered by its first failures', () => {
	const evidence = new Evidence('libbpf');
	for (let n = 0; n < 1000; n++) evidence.stderrLine(`failed to attach kprobe: ${n}`);
	expect(evidence.failures.length).toBeLessThan(100);
	expect(evidence.judge(exited(1)).why).toBe('failed to attach kprobe: 0');
});
