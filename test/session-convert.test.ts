/** What speedscope, whose code is not ours, reads of converted stacks, in its own page. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser, type Page } from './support/browser.ts';
import { eventually } from './support/eventually.ts';
import { makeSession, sampleOutput } from './support/made-session.ts';
import { needs, titled } from './support/needs.ts';
import { run, scratchFolder } from './support/program.ts';

const speedscope = join(import.meta.dirname, '../node_modules/speedscope/dist/release/index.html');

/** How often each stack was met, as "outermost;…;innermost". */
type Stacks = Map<string, number>;

interface Read {
	name: string;
	/** What it took the file for. */
	format: string | undefined;
	profiles: { name: string; unit: string; stacks: Stacks }[];
}

/** What bcc's profile prints is folded already, so what is right can be had without our reader of it. */
const lines = [
	...sampleOutput('cpu/profile', 'bcc').filter((line) => line.trim() !== ''),
	'web server;main;handle<a, b>(int);read é 30\n',
	'web server;main;write 200\n',
	'web server;main;handle<a, b>(int) 1000\n',
	'idle 7\n',
];
const recorded: Stacks = new Map();
for (const line of lines) {
	const [, stack = '', count] = /^(.*) (\d+)$/.exec(line.trim()) ?? [];
	add(recorded, stack, Number(count));
}

function add(stacks: Stacks, stack: string, count: number): void {
	stacks.set(stack, (stacks.get(stack) ?? 0) + count);
}

function withoutProcess(stack: string): string {
	return stack.split(';').slice(1).join(';');
}

const lacking = needs({ program: 'chromium' });

describe.skipIf(lacking)(titled('Stacks are read by speedscope', lacking), () => {
	const scratch = scratchFolder();
	let browser: Browser;
	let session = '';
	beforeAll(() => {
		browser = new Browser();
		session = makeSession(join(scratch.path, 'session'), [], [{ tool: 'profile', via: 'bcc', output: lines }]);
	});
	afterAll(async () => {
		await browser.close();
		scratch[Symbol.dispose]();
	});

	let files = 0;

	async function convert(format: string): Promise<Buffer> {
		const file = join(scratch.path, `${++files}-${format}`);
		const result = await run(['session', 'convert', session, '--to', format, '--output', file]);
		expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
		return readFileSync(file);
	}

	/** A page that was given this file, the way speedscope's own command does it. */
	async function show(file: Buffer): Promise<Page> {
		const script = join(scratch.path, `${++files}.js`);
		writeFileSync(script, `speedscope.loadFileFromBase64('given', '${file.toString('base64')}')`);
		const page = await browser.open(`${pathToFileURL(speedscope)}#localProfilePath=${script}`);
		const isDone = '/Export|Something went wrong/.test(document.body.innerText)';
		await eventually(
			'speedscope has read or refused a file',
			async () => page.dialogs.length > 0 || (await page.value<boolean>(isDone)),
		);
		return page;
	}

	/** What speedscope itself writes of what it has read. */
	async function exported(page: Page): Promise<Read> {
		await page.value(
			`URL.createObjectURL = (blob) => { blob.text().then((text) => { window.exported = text; }); return 'javascript:'; }`,
		);
		await page.click(`[...document.querySelectorAll('div')].findLast((e) => e.textContent.endsWith('Export'))`);
		const text = await eventually('speedscope has written what it read', () => page.value<string>('window.exported'));
		const { name, profiles, shared } = JSON.parse(text);
		return {
			name,
			format: page.complaints.map((text) => /Importing (?:as|from) ([^"]*)/.exec(text)?.[1]).find(Boolean),
			profiles: profiles.map((profile: Profile) => ({
				name: profile.name,
				unit: profile.unit,
				stacks: stacksOf(profile, shared.frames),
			})),
		};
	}

	const read = async (format: string) => exported(await show(await convert(format)));

	test('as folded lines', async () => {
		const { format, profiles } = await read('folded');
		expect(format).toBe('collapsed stack format');
		expect(profiles.map(({ stacks }) => stacks)).toEqual([recorded]);
	});

	test('as its own format', async () => {
		expect(await read('speedscope')).toEqual({
			name: '01-profile',
			format: 'speedscope json file',
			profiles: [{ name: '01-profile', unit: 'none', stacks: recorded }],
		});
	});

	test('as a pprof profile, without its labels', async () => {
		const frames: Stacks = new Map();
		for (const [stack, count] of recorded) add(frames, withoutProcess(stack), count);
		const { format, profiles } = await read('pprof');
		expect(format).toBe('protobuf encoded pprof file');
		expect(profiles.map(({ stacks }) => stacks)).toEqual([frames]);
	});

	test('as output of perf script, by process', async () => {
		const { format, profiles } = await read('perf-script');
		expect(format).toBe('linux perf script output');
		const processes = Map.groupBy(recorded, ([stack]) => stack.split(';')[0] as string);
		expect(profiles.map(({ name }) => name).sort()).toEqual([...processes.keys()].sort());
		for (const { name, unit, stacks } of profiles) {
			const right = new Map(
				processes
					.get(name)
					?.map(([stack, count]) => [withoutProcess(stack).replaceAll('[unknown]', '??? ([unknown])'), count]),
			);
			expect([...stacks.keys()].sort(), name).toEqual([...right.keys()].sort());
			for (const [stack, weight] of stacks) {
				// Only a process with a single sample has no time.
				const count = unit === 'seconds' ? weight * 1000 : weight;
				// The first and the last of a process have a neighbour on one side only, and count as half a sample.
				expect(count, stack).toBeGreaterThan((right.get(stack) ?? 0) - 1.001);
				expect(count, stack).toBeLessThan((right.get(stack) ?? 0) + 0.001);
			}
		}
	});

	const withoutNumbers = (file: Buffer) => Buffer.from(file.toString().replace(/\d+/g, ''));
	const cutOff = (file: Buffer) => file.subarray(0, file.length / 2);
	test.each([
		['folded', withoutNumbers],
		['perf-script', withoutNumbers],
		['speedscope', cutOff],
		['pprof', cutOff],
	])('but not when they are broken, as %s', async (format, broken) => {
		const page = await show(broken(await convert(format)));
		expect(await page.value('document.title')).toBe('speedscope');
		expect(await page.value('document.body.innerText')).not.toContain('Export');
	});
});

interface Profile {
	name: string;
	unit: string;
	endValue: number;
	events: { type: 'O' | 'C'; frame: number; at: number }[];
}

/** How long each stack stood: frames are opened and closed in the order of time. */
function stacksOf({ events, endValue }: Profile, frames: { name: string }[]): Stacks {
	const stacks: Stacks = new Map();
	const open: string[] = [];
	let since = 0;
	const until = (at: number) => {
		if (at > since) add(stacks, open.join(';'), at - since);
		since = at;
	};
	for (const { type, frame, at } of events) {
		until(at);
		if (type === 'O') open.push(frames[frame]?.name ?? '');
		else open.pop();
	}
	until(endValue);
	return stacks;
}
