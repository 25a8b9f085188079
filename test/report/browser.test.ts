import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowOf } from '../../src/output/reader.ts';
import { compareStacks, flameDiffSvg } from '../../src/report/flame-diff.ts';
import { writeReport } from '../../src/report/write-report.ts';
import { flameSvg } from '../../src/session/flame-svg.ts';
import { type StackTree, stackTreeOf } from '../../src/table/stack-tree.ts';
import { Browser, type Page } from '../support/browser.ts';
import { at, type MadeRun, makeSession, readingWith, sampleOutput, secondOf } from '../support/made-session.ts';
import { needs, titled } from '../support/needs.ts';

const lacking = needs({ program: 'chromium' });
const folder = mkdtempSync(join(tmpdir(), 'report-'));
afterAll(() => rmSync(folder, { recursive: true }));

let browser: Browser;

async function reportOf(name: string, events: object[], runs: MadeRun[], about: object = {}): Promise<string> {
	const { html } = await writeReport(makeSession(join(folder, name), events, runs, about), join(folder, name));
	return pathToFileURL(html).href;
}

const samples: [string, string][] = [
	['cpu/runqlat', 'libbpf'],
	['cpu/profile', 'libbpf'],
	['disk/biosnoop', 'bcc'],
	['cpu/pidstat', 'classic'],
	['software/dmesg', 'classic'],
];

const busy = readingWith({ value: 97, verdict: 'bad', why: 'CPUs are 97 % busy', suspects: ['cc1 (pid 7)'] });
const seconds = Array.from({ length: 60 }, (_, second) =>
	secondOf(1000 * second, [{ ...busy, value: 40 + second }], second === 5 ? [busy] : []),
);

describe.skipIf(lacking)(titled('in a browser', lacking), () => {
	beforeAll(() => {
		browser = new Browser();
	});
	afterAll(() => browser.close());

	describe('a report', () => {
		let page: Page;
		let url: string;
		beforeAll(async () => {
			const runs = samples.map(([name, via]) => ({
				tool: name.split('/')[1] ?? '',
				via,
				output: sampleOutput(name, via),
			}));
			url = await reportOf('usual', seconds.flat(), runs);
			page = await browser.open(url);
		});
		const column = (table: string, number: number) =>
			page.value<string[]>(`[...${table}.tBodies[0].rows].map((row) => row.cells[${number}].textContent)`);
		const rows = `document.querySelectorAll('#run-3 table.rows')[1]`;
		const head = (name: string) => `[...${rows}.tHead.rows[0].cells].find((cell) => cell.textContent === '${name}')`;
		const flames = `document.querySelector('#run-2 .flames')`;
		const frame = (name: string) => `${flames}.querySelector('.frame[data-name="${name}"]')`;
		const shownFrames = () =>
			page.value<string[]>(
				`[...${flames}.querySelectorAll('.frame')].filter((e) => e.style.display !== 'none').map((e) => e.dataset.name)`,
			);
		const widthOf = (name: string) =>
			page.value<number>(`Number(${frame(name)}.querySelector('rect').getAttribute('width'))`);

		test('opens without a complaint and asks for nothing but itself', async () => {
			expect(await page.value('document.readyState')).toBe('complete');
			expect(page.complaints).toEqual([]);
			expect(page.requests).toEqual([url]);
			const shown = ['.verdicts', '.timeline', '.chart', '.histogram', '.heat', '.flames svg', 'pre'];
			for (const what of shown) {
				const { width, height } = await page.value<DOMRect>(
					`document.querySelector('${what}').getBoundingClientRect().toJSON()`,
				);
				expect(Math.min(width, height), what).toBeGreaterThan(10);
			}
		});

		test('is sorted by a click on a heading: numbers largest first, then smallest, texts from a to z', async () => {
			const latency = async () => (await column(rows, 7)).map((text) => Number.parseFloat(text));
			await page.click(`${head('latency')}.querySelector('button')`);
			const down = await latency();
			expect(down).toEqual(down.toSorted((a, b) => b - a));
			expect(await page.value(`${head('latency')}.getAttribute('aria-sort')`)).toBe('descending');
			await page.click(`${head('latency')}.querySelector('button')`);
			expect(await latency()).toEqual(down.toReversed());
			expect(new Set(down).size).toBeGreaterThan(3);
			await page.click(`${head('kind')}.querySelector('button')`);
			const kinds = await column(rows, 4);
			expect(kinds).toEqual(kinds.toSorted());
			expect(await page.value(`${head('latency')}.hasAttribute('aria-sort')`)).toBe(false);
		});

		test('is sorted by keys as well', async () => {
			await page.value(`${head('pid')}.querySelector('button').focus()`);
			await page.press('Enter');
			expect(await page.value(`${head('pid')}.getAttribute('aria-sort')`)).toBe('descending');
		});

		test('a click zooms into a flame graph, and a button back', async () => {
			const [all, before] = [await shownFrames(), await widthOf('curl')];
			await page.click(frame('curl'));
			expect(await widthOf('curl')).toBeGreaterThan(1150);
			expect(await widthOf('curl')).toBeGreaterThan(2 * before);
			const inside = await shownFrames();
			expect(inside).toContain('all');
			expect(inside).not.toContain('sha256sum');
			expect(await page.value(`${flames}.querySelector('.details').textContent`)).toMatch(/^curl \(\d+ samples/);
			await page.click(`${flames}.querySelector('button')`);
			expect(await shownFrames()).toEqual(all);
			expect(await widthOf('curl')).toBeCloseTo(before, 1);
		});

		test('frames are found by their names', async () => {
			await page.click(`${flames}.querySelector('input')`);
			await page.type('SHA256');
			expect(await page.value(`${flames}.querySelectorAll('.frame.found').length`)).toBeGreaterThan(0);
			const found = await page.value<string>(`${flames}.querySelector('[role=status]').textContent`);
			const share = await page.value<number>(`100 * Number(${frame('sha256sum')}.dataset.share)`);
			expect(found).toBe(`"SHA256" in ${share.toFixed(1)}%`);
			await page.click(`${flames}.querySelector('button')`);
			expect(await page.value(`${flames}.querySelectorAll('.frame.found').length`)).toBe(0);
		});

		test('arrows go from frame to frame, Enter zooms, Escape shows all', async () => {
			const all = await shownFrames();
			await page.value(`${flames}.querySelector('svg').focus()`);
			await page.press('ArrowUp');
			const name = await page.value<string>(`${flames}.querySelector('.frame.at').dataset.name`);
			expect(name).not.toBe('all');
			await page.press('Enter');
			expect((await shownFrames()).length).toBeLessThan(all.length);
			await page.press('ArrowDown');
			expect(await page.value(`${flames}.querySelector('.frame.at').dataset.name`)).toBe('all');
			await page.press('Escape');
			expect(await shownFrames()).toEqual(all);
		});

		test.each(['light', 'dark'])('can be read when it is %s', async (scheme) => {
			await page.prefer([{ name: 'prefers-color-scheme', value: scheme }]);
			const colors = await page.value<[string, string, string]>(
				`[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color, getComputedStyle(document.querySelector('.quiet')).color]`,
			);
			const [back, text, quiet] = colors.map(luminance) as [number, number, number];
			expect(back > 0.5).toBe(scheme === 'light');
			for (const written of [text, quiet])
				expect((Math.max(back, written) + 0.05) / (Math.min(back, written) + 0.05)).toBeGreaterThan(4.5);
		});

		test.each([1250, 400])('is no wider than a window of %i points', async (width) => {
			await page.resize(width);
			expect(await page.value('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
		});

		test('is all there without scripts', async () => {
			await page.withoutScripts();
			await page.load(url);
			expect(await page.value(`document.querySelector('.flamebar')`)).toBeNull();
			expect(await page.value(`document.querySelectorAll('.frame').length`)).toBeGreaterThan(50);
			expect(await column(rows, 1)).toContain('python3');
			expect(page.complaints).toEqual([]);
		});
	});

	test('of a session full of markup and scripts nothing becomes either', async () => {
		const evil = [
			`</script><script>document.title='hacked'</script>`,
			`"><img src="http://evil.invalid/x" onerror="document.title='hacked'">`,
			`' onmouseover='document.title="hacked"' x='`,
			`javascript:document.title='hacked'`,
			`<svg onload="document.title='hacked'"><style>*{display:none}</style>`,
			`]]><iframe src="https://evil.invalid"></iframe>`,
			'\x1b[2J\x1b]0;hacked\x07\u202etxt',
		].join(' ');
		const reading = { ...busy, why: evil, device: evil, suspects: [evil], unit: evil };
		const about = {
			argv: ['x', evil],
			params: { [evil]: evil },
			target: evil,
			evidence: { badge: 'partial', why: evil },
			state: { state: 'ended', ending: 'exit', code: null, signal: evil },
		};
		const run = (tool: string, via: string, output: string[]) => ({
			tool,
			via,
			output,
			stderr: evil,
			script: evil,
			about,
		});
		const runs = [
			run(evil, evil, [`${evil}\n`]),
			run('dmesg', 'classic', [`${evil}\n`]),
			run('execsnoop', 'bcc', ['PCOMM PID PPID RET ARGS\n', `x 1 1 0 ${evil}\n`]),
			run('runqlat', 'libbpf', [
				`pid = ${evil}\n`,
				'     usecs               : count    distribution\n',
				'  0 -> 1 : 5 |****|\n',
			]),
			run('profile', 'libbpf', [`${evil.replaceAll(';', '')};${evil.replaceAll(';', '')} 7\n`]),
			run('biosnoop', 'bcc', [
				'TIME(s) COMM PID DISK T SECTOR BYTES LAT(ms)\n',
				`0.1 ${evil.split(' ')[0]} 1 </td><b> R 1 1 1\n`,
			]),
		];
		const events = [
			...secondOf(0, [reading], [reading]),
			{ at: at(1), type: 'note', text: evil },
			{ at: at(2), type: 'mark', resource: 'cpu', kind: 'errors', target: 'host', as: evil, note: evil },
			{ at: at(3), type: 'run-started', run: evil, argv: [evil] },
			{ at: at(4), type: 'target', target: evil },
			...secondOf(1000, [reading], [reading]),
		];
		const url = await reportOf('hostile', events, runs, {
			host: { hostname: evil, kernel: evil, os: { name: evil } },
			target: evil,
		});
		const page = await browser.open(url);
		expect([page.complaints, page.requests]).toEqual([[], [url]]);
		expect(await page.value('document.title')).toMatch(/^bpftools: <\/script>/);
		expect(await page.value(`document.querySelectorAll('img, iframe, object, embed, base, form, link').length`)).toBe(
			0,
		);
		expect(await page.value(`document.querySelectorAll('script, style').length`)).toBe(2);
		expect(await page.value(`document.body.innerText.includes('onerror=')`)).toBe(true);
		expect(
			await page.value(`/[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202e]/.test(document.documentElement.outerHTML)`),
		).toBe(false);
		const attributes = await page.value<[string, string][]>(
			`[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes].map((a) => [a.name, a.value])).filter(([name]) => /^on|href|src|style|action/.test(name))`,
		);
		expect(attributes.filter(([name, value]) => name !== 'href' || !/^#[\w-]+$/.test(value))).toEqual([]);
		await page.value(`document.querySelectorAll('th button').forEach((button) => button.click())`);
		await page.click(`document.querySelectorAll('.frame')[1]`);
		expect(await page.value('document.title')).toMatch(/^bpftools: <\/script>/);
		expect(page.dialogs).toEqual([]);
	});

	test('a flame graph that is alone in its file zooms and searches', async () => {
		const file = join(folder, 'flame.svg');
		const rows: [number, string, string][] = [
			[3, 'bash', 'main;read'],
			[1, 'curl', 'main;connect'],
		];
		const about = { title: 'profile', subtitle: 'host1, 60 s', unit: 'samples' };
		writeFileSync(file, flameSvg(stackTreeOf(rows.map((row) => rowOf(row))), about));
		const url = pathToFileURL(file).href;
		const page = await browser.open(url);
		const frame = (name: string) => `document.querySelector('.frame[data-name="${name}"]')`;
		const isShown = (name: string) => page.value(`${frame(name)}.style.display !== 'none'`);
		await page.click(frame('curl'));
		expect([await isShown('bash'), await isShown('connect')]).toEqual([false, true]);
		expect(await page.value(`document.querySelector('.details').textContent`)).toBe('curl (1 samples, 25.00%)');
		await page.click(`document.getElementById('reset')`);
		expect(await isShown('bash')).toBe(true);
		page.answer = 'read';
		await page.click(`document.getElementById('search')`);
		expect(page.dialogs).toEqual(['Frames whose name has']);
		expect(await page.value(`document.getElementById('found').textContent`)).toBe('"read" in 75.0%');
		expect([page.complaints, page.requests]).toEqual([[], [url]]);
	});

	test('a differential flame graph zooms, and says of each frame how it was', async () => {
		const file = join(folder, 'flame-diff.svg');
		const [a, b] = [
			[rowOf([900, 'swapper', 'idle']), rowOf([100, 'curl', 'main;connect'])],
			[rowOf([300, 'swapper', 'idle']), rowOf([100, 'curl', 'main;connect']), rowOf([600, 'hog', 'main;spin'])],
		].map((rows) => stackTreeOf(rows)) as [StackTree, StackTree];
		writeFileSync(file, flameDiffSvg(compareStacks(a, b), { title: 'profile', subtitle: 'A, B', unit: 'samples' }));
		const url = pathToFileURL(file).href;
		const page = await browser.open(url);
		const frame = (name: string) => `document.querySelector('.frame[data-name="${name}"]')`;
		const details = () => page.value(`document.querySelector('.details').textContent`);
		const rgb = (name: string) =>
			page.value<number[]>(`getComputedStyle(${frame(name)}.querySelector('rect')).fill.match(/\\d+/g).map(Number)`);
		const [[red = 0, , blueOfHog = 0], [redOfIdle = 0, , blue = 0]] = [await rgb('spin'), await rgb('idle')];
		expect([red > blueOfHog, blue > redOfIdle]).toEqual([true, true]);
		await page.click(frame('swapper'));
		expect(await details()).toBe('swapper (300 samples, 30.00%); in A 90.0%, -60.00 points');
		expect(await page.value(`${frame('hog')}.style.display`)).toBe('none');
		await page.click(`document.getElementById('reset')`);
		await page.click(frame('spin'));
		expect(await details()).toBe('spin (600 samples, 60.00%); not in A');
		expect([page.complaints, page.requests]).toEqual([[], [url]]);
	});
});

/** As the guidelines for contrast have it. */
function luminance(color: string): number {
	const [r, g, b] = (color.match(/\d+/g) ?? []).map((part) => {
		const value = Number(part) / 255;
		return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	}) as [number, number, number];
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
