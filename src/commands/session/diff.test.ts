import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type MadeRun, makeSession, readingWith, secondOf } from '../../../test/support/made-session.ts';
import { UsageError } from '../../catalog/argv.ts';
import { diffCommand } from './diff.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/json.md'), 'utf8');

function folderOf(sessions: Record<string, { events?: object[]; runs?: MadeRun[]; about?: object }>): string {
	const parent = mkdtempSync(join(tmpdir(), 'diff-'));
	onTestFinished(() => rmSync(parent, { recursive: true }));
	for (const [name, { events = [], runs = [], about = {} }] of Object.entries(sessions)) {
		makeSession(join(parent, name), events, runs, about);
	}
	return parent;
}

async function diff(parent: string, ...args: string[]): Promise<string> {
	let text = '';
	const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
		text += chunk;
		return true;
	});
	try {
		expect(await diffCommand.run([...args, '--session-dir', parent])).toBe(0);
	} finally {
		write.mockRestore();
	}
	return text;
}

const busy = (value: number, verdict: 'ok' | 'bad') =>
	readingWith({ value, verdict, why: `CPUs are ${value} % busy`, suspects: verdict === 'bad' ? ['hog (pid 7)'] : [] });
const seconds = (reading: ReturnType<typeof busy>) =>
	Array.from({ length: 20 }, (_, n) => secondOf(1000 * n, [reading], n === 0 ? [reading] : [])).flat();

const syscount = (write: number): MadeRun => ({
	tool: 'syscount',
	via: 'libbpf',
	output: ['[10:00:00]\nSYSCALL COUNT\n', `read 500\nwrite ${write}\n`],
});
const profile = (stacks: string): MadeRun => ({ tool: 'profile', via: 'libbpf', output: [stacks] });
const runqlat = (buckets: string): MadeRun => ({
	tool: 'runqlat',
	via: 'libbpf',
	output: ['     usecs               : count    distribution\n', buckets],
});

const quiet = {
	events: seconds(busy(4, 'ok')),
	runs: [syscount(20), profile('swapper;do_idle 900\nsshd;main 100\n'), runqlat('  2 -> 3  : 1000 |***|\n')],
};
const loud = {
	events: seconds(busy(99, 'bad')),
	runs: [syscount(90_000), profile('swapper;do_idle 100\nhog;spin 900\n'), runqlat(' 1024 -> 2047 : 900 |***|\n')],
	about: { host: { hostname: 'box', kernel: '6.18.1', cpus: 4 } },
};

describe('session diff', () => {
	test('tells what is different, what weighs most first', async () => {
		const text = await diff(folderOf({ quiet, loud }), 'quiet', 'loud');
		const places = [
			'B is worse in 1 check. The numbers of 1 reading and 3 runs differ.',
			'kernel  6.12.0        6.18.1',
			'cpu.utilization: ok in A, bad in B',
			'  A  CPUs are 4 % busy\n  B  CPUs are 99 % busy. Suspects: hog (pid 7)',
			'cpu.utilization         4      4        99     99   25  %',
			'write         20  90000',
			'hog              0.0 %  90.0 %   +90.0',
			'swapper (idle)  90.0 %  10.0 %   -80.0',
			'In A and never in B: sshd 10.0 %.',
			'all  A       500',
		].map((part) => [part, text.indexOf(part)] as const);
		for (const [part, place] of places) expect(place, `${part}\n${text}`).toBeGreaterThanOrEqual(0);
		expect(places.map(([, place]) => place)).toEqual(places.map(([, place]) => place).toSorted((a, b) => a - b));
		expect(text).not.toContain('read ');
	});

	test('of a session and its copy says that nothing differs', async () => {
		const parent = folderOf({ loud, copy: loud });
		expect(await diff(parent, 'loud', 'loud')).toMatch(
			/^A loud: .*\nB loud: .*\n\nBoth are the same session\. Nothing differs/,
		);
		expect(await diff(parent, 'loud', 'copy')).toContain(
			'Nothing differs that matters. Compared: 1 check and 3 pairs of runs.',
		);
		expect(JSON.parse(await diff(parent, 'loud', 'copy', '--json'))).toMatchObject({ differs: false, readings: [] });
	});

	test('--json has the keys that the page promises, and no others', async () => {
		const section = page.split(/^## /m).find((part) => part.startsWith('session diff --json')) ?? '';
		const promised = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, key = '']) => key);
		const object = JSON.parse(await diff(folderOf({ quiet, loud }), 'quiet', 'loud', '--json'));
		expect(Object.keys(object).sort()).toEqual(promised.sort());
		expect(object).toMatchObject({ differs: true, isSameSession: false, runs: [{ tool: 'syscount' }, {}, {}] });
	});

	test('--out writes Markdown and a flame graph, and writes over nothing', async () => {
		const parent = folderOf({ quiet, loud });
		const out = join(parent, 'out');
		expect(await diff(parent, 'quiet', 'loud', '--out', out)).toContain(
			`Written: ${out}/diff.md, ${out}/flame-1-profile.svg.`,
		);
		expect(readdirSync(out).sort()).toEqual(['diff.md', 'flame-1-profile.svg']);
		expect(readFileSync(join(out, 'diff.md'), 'utf8')).toContain('](flame-1-profile.svg)');
		expect(readFileSync(join(out, 'flame-1-profile.svg'), 'utf8')).toContain('hog (900 samples, 90.00%); not in A');
		rmSync(join(out, 'diff.md'));
		await expect(diff(parent, 'quiet', 'loud', '--out', out)).rejects.toThrow(/flame-1-profile\.svg is there already/);
		expect(existsSync(join(out, 'diff.md'))).toBe(false);
		writeFileSync(join(parent, 'file'), '');
		await expect(diff(parent, 'quiet', 'loud', '--out', join(parent, 'file'))).rejects.toThrow(UsageError);
	});

	test('a host that was started anew, and devices that only one has, are told in a line each', async () => {
		const disk = (device: string) => readingWith({ check: 'disk.queue', resource: 'disk', device, value: 1 });
		const of = (device: string, bootId: string) => ({
			events: secondOf(1000, [disk(device)], [disk(device)]),
			about: { host: { hostname: 'box', kernel: '6.12.0', bootId } },
		});
		const text = await diff(folderOf({ one: of('sda', 'x'), two: of('sdb', 'y') }), 'one', 'two');
		expect(text).toContain('boot  one  another: it was started anew in between\n');
		expect(text).toContain('Only B has sdb: disk.queue\nOnly A has sda: disk.queue\n');
	});

	test('runs that only one has, or that saw nothing, are told and not compared', async () => {
		const dropped = { ...syscount(5), output: [], about: { bytesDropped: 5000 } };
		const parent = folderOf({ quiet, other: { events: quiet.events, runs: [dropped, syscount(20)] } });
		const text = await diff(parent, 'quiet', 'other');
		expect(text).toMatch(
			/B is partial: its output \(4\.9K\) was dropped to save room\. Of B there is\nnothing to compare\./,
		);
		expect(text).toContain('Only in A: 02-profile, 03-runqlat\nOnly in B: 02-syscount\n');
	});

	test('sessions without anything in common are compared in one sentence', async () => {
		const text = await diff(folderOf({ quiet, empty: {} }), 'quiet', 'empty');
		expect(text).toContain('They have no check and no run in common, so nothing could be compared.');
	});

	test('what can not be read is one sentence', async () => {
		const parent = folderOf({ quiet, newer: { about: { format: 99 } } });
		await expect(diff(parent, 'quiet', 'newer')).rejects.toThrow(/newer was written by a newer bpftools \(format 99/);
		await expect(diff(parent, 'quiet', 'quie')).rejects.toThrow(/did you mean quiet\?/);
		for (const words of [[], ['quiet'], ['quiet', 'quiet', 'quiet']])
			await expect(diff(parent, ...words)).rejects.toThrow(
				new UsageError('It takes two sessions, A and B; "bpftools session ls" lists them.'),
			);
	});

	test('what a session says can not command the terminal', async () => {
		const nasty = { about: { host: { hostname: 'x\u001b[2J', kernel: '\u001b]0;x\u0007' }, target: 'a\u001b[31m' } };
		const parent = folderOf({ quiet, nasty: { ...nasty, runs: [{ ...syscount(1), tool: 'no\u001bsuch' }] } });
		expect(await diff(parent, 'quiet', 'nasty')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
	});
});
