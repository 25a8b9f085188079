import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { at, type MadeRun, makeSession, readingWith, sampleOutput, secondOf } from '../../test/support/made-session.ts';
import { digestOf } from './digest.ts';
import { findingsOf } from './findings.ts';
import { html } from './html.ts';
import { fairShare, htmlReport } from './html-report.ts';
import { markdownReport } from './markdown-report.ts';
import { commandAgain, exactCommand } from './words.ts';
import { writeReport } from './write-report.ts';

function made(events: object[] = [], runs: MadeRun[] = [], about: object = {}): string {
	const folder = mkdtempSync(join(tmpdir(), 'report-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	return makeSession(folder, events, runs, about);
}

async function reportsOf(folder: string) {
	const digest = await digestOf(folder);
	return { digest, page: [...htmlReport(digest)].join(''), text: [...markdownReport(digest)].join('') };
}

const busy = readingWith({ value: 97, verdict: 'bad', why: 'CPUs are 97 % busy', suspects: ['cc1 (pid 7)'] });
const calm = readingWith({ value: 3, why: 'CPUs are 3 % busy' });

test('a text in a page is text, whatever it holds', () => {
	expect(html`<p title="${'"><script>'}">${['a\x1b[2J', "<b>'&"]}${html`<i>${'</i>'}</i>`}\n</p>`.text).toBe(
		'<p title="&quot;&gt;&lt;script&gt;">a·[2J&lt;b&gt;&#39;&amp;<i>&lt;/i&gt;</i>\n</p>',
	);
});

test.each([
	[[10, 10], 100, Number.POSITIVE_INFINITY],
	[[10, 200, 200], 110, 50],
	[[200, 0], 100, 100],
	[[], 100, Number.POSITIVE_INFINITY],
])('of %j with room for %i each gets at most %d', (sizes, room, most) => {
	expect(fairShare(sizes, room)).toBe(most);
});

describe('what was found', () => {
	test('is the worst of each cell with its sentence, and how it was in the end', async () => {
		const unasked = readingWith({
			check: 'cpu.machine-checks',
			kind: 'errors',
			verdict: 'unknown',
			value: null,
			why: 'no log',
		});
		const late = { ...unasked, verdict: 'ok' as const, why: 'nothing was logged' };
		const events = [
			...secondOf(1000, [calm, unasked], [calm, unasked]),
			...secondOf(2000, [busy, late], [busy, late]),
			...secondOf(3000, [calm, late], [calm]),
			{
				at: at(3500),
				type: 'mark',
				target: 'host',
				resource: 'cpu',
				kind: 'utilization',
				as: 'suspicious',
				note: 'why?',
			},
		];
		const { digest, page, text } = await reportsOf(made(events));
		const [host] = findingsOf(digest);
		expect(host?.rows[0]?.cells).toMatchObject({
			errors: { verdict: 'ok', why: 'nothing was logged' },
			utilization: { verdict: 'bad', last: 'ok', why: 'CPUs are 97 % busy', mark: { as: 'suspicious' } },
			saturation: { verdict: undefined },
		});
		expect(host?.problems).toHaveLength(1);
		expect(host?.problems[0]?.share).toBeCloseTo(1 / 3);
		for (const report of [page, text]) {
			expect(report).toContain('CPUs are 97 % busy');
			expect(report).toContain('cc1');
			expect(report).toContain('Bad: cpu utilization.');
			expect(report).toContain('why?');
		}
		expect(text).toMatch(/\| cpu +\| ok +\| \*\*bad\*\*, ok in the end \(suspicious\) \| not asked/);
	});

	test('leaves out what was only asked before there was an answer, and tells of devices that went while they were wrong', async () => {
		const first = readingWith({ device: null, verdict: 'unknown', value: null, why: 'this needs a second sample' });
		const disk = { ...busy, check: 'disk.errors', resource: 'disk' as const, kind: 'errors' as const, device: 'sdb' };
		const cpu = { ...calm, device: 'cpu0' };
		const events = [...secondOf(1000, [first, disk], [first, disk]), ...secondOf(2000, [cpu], [cpu])];
		const { digest, text } = await reportsOf(made(events));
		const [host] = findingsOf(digest);
		expect(host?.rows[0]?.cells.utilization).toMatchObject({ verdict: 'ok', last: 'ok', why: 'CPUs are 3 % busy' });
		expect(host?.unknown).toEqual([]);
		expect(host?.rows[1]?.cells.errors).toMatchObject({ verdict: 'bad', last: undefined });
		expect(host?.problems[0]?.last).toBe('gone');
		expect(text).toContain('100 % of the time; gone in the end.');
	});

	test('by a playbook stands above all, with the way to its run', async () => {
		const step = (number: number, name: string, run?: string) => ({
			at: at(number),
			type: 'playbook-step',
			...{ playbook: 'linux-60s', number, name, run, mark: 'look', text: `<${name}> is slow` },
		});
		const folder = made(
			[step(2, 'iostat', 'runs/01-iostat'), step(1, 'checks')],
			[{ tool: 'iostat', via: 'classic', output: [] }],
		);
		mkdirSync(join(folder, 'screens'));
		writeFileSync(join(folder, 'screens/01.txt'), 'as it \x1b[31mstood\nwith two lines\n');
		const { page, text } = await reportsOf(folder);
		expect(page).toMatch(/linux-60s[\s\S]*>checks<[\s\S]*<a href="#run-1">iostat<\/a>[\s\S]*&lt;iostat&gt; is slow/);
		expect(page).toContain('as it ·[31mstood\nwith two lines');
		expect(text).toMatch(/linux-60s[\s\S]*1\. \*\*checks\*\*[\s\S]*2\. \*\*iostat\*\* \(look\)/);
	});

	test('of a session without anything is said to be nothing', async () => {
		const { page, text } = await reportsOf(made());
		for (const report of [page, text]) {
			expect(report).toContain('No readings were recorded.');
			expect(report).toContain('No tool was run.');
		}
	});
});

describe('commands', () => {
	const argv = ['/usr/bin/x', "it's", 'a b', '$(reboot)', '-f', 'é\x1b', ''];

	test('mean the same words to a shell', async () => {
		const run = { tool: 'own', via: 'classic', output: ['x\n'], script: 'BEGIN {}\n', about: { argv } };
		const { digest } = await reportsOf(made([], [run]));
		const [first] = digest.runs;
		if (!first) throw new Error('no run');
		const command = exactCommand(first);
		expect(command).toMatch(/ < runs\/01-own\/script\.bt$/);
		const words = command.replace(/ < \S+$/, '').replace('/usr/bin/x', "printf '%s\\0'");
		expect(execFileSync('bash', ['-c', words]).toString()).toBe(`${argv.slice(1).join('\0')}\0`);
	});

	test('ask the same again, with its parameters, limit and target', async () => {
		const about = { params: { interval: 2, all: true, not: false, name: '-x' }, limit: 30, target: 'container:web 1' };
		const { digest, page, text } = await reportsOf(made([], [{ tool: 'own', via: 'bcc', output: [], about }]));
		const [first] = digest.runs;
		const command = first && commandAgain(first);
		expect(command).toBe("bpftools run own --interval 2 --all --name=-x --duration 30 --target 'container:web 1'");
		expect(text).toContain(command);
		expect(page).toContain(command?.replaceAll("'", '&#39;'));
	});
});

test('in Markdown nothing from outside is more than text', async () => {
	const name = '```\n# x\n|a|<script>*b*[l](http://x)';
	const reading = { ...busy, why: name, device: name, suspects: [name] };
	const run = { tool: 'dmesg', via: 'classic', output: ['````\n', '# not a heading\n'] };
	const { text } = await reportsOf(
		made([...secondOf(0, [reading], [reading]), { at: at(1), type: 'note', text: name }], [run]),
	);
	expect(text).toContain('`````\n````\n# not a heading\n`````');
	const outside = text.replace(/^(`{3,})[^`]*\n[\s\S]*?\n\1$/gm, '');
	expect(outside).not.toMatch(/(?<!\\)<script|(?<!\\)\[l\]|(?<!\\)`|(?<!\\)\|a/);
	for (const line of outside.split('\n').filter((line) => line.includes('script'))) expect(line).toMatch(/^(?:- |\|)/);
});

test('each shape of output has its section', async () => {
	const samples: [string, string][] = [
		['cpu/runqlat', 'libbpf'],
		['cpu/profile', 'libbpf'],
		['disk/biosnoop', 'bcc'],
		['cpu/pidstat', 'classic'],
		['software/dmesg', 'classic'],
		['network/nstat', 'classic'],
	];
	const runs = samples.map(([name, via]) => ({ tool: name.split('/')[1] ?? '', via, output: sampleOutput(name, via) }));
	const { page, text } = await reportsOf(made([], runs));
	const sections = page.split('<section ').slice(1);
	expect(sections).toHaveLength(runs.length);
	expect(sections[0]).toMatch(/class="histogram"[\s\S]*class="heat"/);
	expect(sections[1]).toMatch(/class="flames"[\s\S]*data-name="sha256sum"/);
	expect(sections[2]).toMatch(/Summed up[\s\S]*Rows <span[\s\S]*python3/);
	expect(sections[3]).toMatch(/Summed up[\s\S]*cpu_avg/);
	expect(sections[4]).toContain('<pre class="text">');
	expect(sections[5]).toMatch(/<table class="rows sortable">/);
	expect(text).toMatch(/Hottest paths[\s\S]*sha256sum > /);
	expect(text).toMatch(/p50 about \d+us/);
});

test('what has more than there is room for is cut in its details, never in its verdicts', async () => {
	const wide = 'x'.repeat(300);
	const output = [
		'TIME(s)     COMM           PID     DISK      T SECTOR     BYTES  LAT(ms)\n',
		...Array.from({ length: 300 }, (_, n) => `0.1 ${wide}${n} 1 vda R 1 4096 ${n}.5\n`),
	];
	const runs = Array.from({ length: 200 }, () => ({ tool: 'biosnoop', via: 'bcc', output }));
	const { page } = await reportsOf(made(secondOf(0, [busy], [busy]), runs));
	expect(Buffer.byteLength(page)).toBeLessThan(8 * 1024 * 1024);
	expect(page.split('<section ')).toHaveLength(201);
	expect(page).toContain('CPUs are 97 % busy');
	expect(page).toContain('</html>');
});

describe('the files', () => {
	test('are written whole, into a folder that is made', async () => {
		const folder = made(secondOf(0, [busy], [busy]));
		const out = join(folder, 'a/b');
		const written = await writeReport(folder, out);
		expect(readdirSync(out).sort()).toEqual(['report.html', 'report.md']);
		expect(readFileSync(written.html, 'utf8')).toMatch(/<\/html>\n$/);
		expect(readFileSync(written.markdown, 'utf8')).toMatch(/^# bpftools: box/);
	});

	test('leave nothing behind where they have no place', async () => {
		const folder = made();
		mkdirSync(join(folder, 'report.md'));
		await expect(writeReport(folder, folder)).rejects.toThrow();
		expect(existsSync(join(folder, 'report.md.new'))).toBe(false);
	});
});
