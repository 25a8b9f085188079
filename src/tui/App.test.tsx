import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { standingForms } from '../../test/fixtures/forms.ts';
import { Random } from '../../test/fixtures/random.ts';
import { renderAt, standingControls, standingStore } from '../../test/fixtures/standing-screen.tsx';
import { firstProvider, hostScope, kernelWith, type ToolDraft, toolOf } from '../../test/fixtures/tools.ts';
import { UsageError } from '../catalog/argv.ts';
import { nextTools } from '../catalog/next-tools.ts';
import { resolve } from '../catalog/resolve.ts';
import type { Tool } from '../catalog/tool.ts';
import type { Reading } from '../checks/check.ts';
import type { TargetChoice } from '../commands/target.ts';
import { openHost } from '../host/host.ts';
import type { Scope } from '../host/target.ts';
import { type Cell, rowOf } from '../output/reader.ts';
import { columnsOf } from '../output/reader-for.ts';
import type { Judgement } from '../runs/evidence.ts';
import { Ledger } from '../runs/ledger.ts';
import { Run } from '../runs/run.ts';
import { widthOf } from '../table/fit.ts';
import { Table } from '../table/table.ts';
import { App } from './App.tsx';
import { createActions } from './actions.ts';
import { bindings, keyLabel } from './keys.ts';
import type { Pane } from './pane/pane.ts';
import { paneView } from './pane/pane-view.ts';
import { wishesOf } from './pane/wishes.ts';

const up = '\u001b[A';
const down = '\u001b[B';
const right = '\u001b[C';
const left = '\u001b[D';
const esc = '\u001b';
const enter = '\r';
const tab = '\t';
const backspace = '\u007f';
const ctrlC = '\u0003';

const resources = ['cpu', 'memory', 'disk', 'network'] as const;

function reading(part: Partial<Reading>): Reading {
	return {
		check: 'cpu.utilization',
		resource: 'cpu',
		kind: 'utilization',
		device: null,
		value: 7,
		unit: '%',
		verdict: 'ok',
		why: 'The CPUs are 7 % busy.',
		suspects: [],
		...part,
	};
}

const readings = [
	reading({}),
	reading({ kind: 'errors', value: 0, unit: '', why: 'No errors were counted.' }),
	reading({
		kind: 'saturation',
		value: 12,
		unit: '',
		verdict: 'bad',
		why: 'Twelve threads wait for two CPUs.',
		suspects: ['sha256sum (245): 98 % of a CPU'],
	}),
	reading({ resource: 'memory', value: null, verdict: 'unknown', why: 'The kernel has no PSI.' }),
	reading({ resource: 'disk', kind: 'saturation', value: 31, unit: 'ms', verdict: 'warn', why: 'vda takes 31 ms.' }),
];

function toolNamed(name: string, draft: ToolDraft = {}): Tool {
	return toolOf(
		{
			question: `What does ${name} see?`,
			answers: ['errors', 'utilization', 'saturation'],
			providers: [{ via: 'classic', run: ['sh'], package: 'dash' }],
			...draft,
		},
		name,
	);
}

const absent = toolNamed('absent', { providers: [{ via: 'classic', run: ['zz-absent'], package: 'zz' }] });
const catalog = [toolNamed('alpha'), toolNamed('beta', { title: 'Second letter' }), absent];

/** Runs that trace nothing leave this machine's settings as they are. */
class IdleLedger extends Ledger {
	override hold() {
		return { renew() {}, release() {} };
	}
}

const folder = mkdtempSync(join(tmpdir(), 'console-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, 'counts');
writeFileSync(program, "#!/bin/sh\ntrap 'echo bye; exit 0' INT\necho hello\nwhile :; do sleep 0.05; done\n");
chmodSync(program, 0o755);

/** A real run of a small program in the tool's place. */
function realRun(tool: Tool): Run {
	const request = {
		tool,
		provider: firstProvider(tool),
		program,
		values: {},
		scope: hostScope,
		narrowing: 'host' as const,
		kernel: kernelWith(),
		limit: 60,
	};
	const run = new Run(request, openHost(), new IdleLedger());
	onTestFinished(() => run.kill());
	return run;
}

const columns: NonNullable<ToolDraft['output']>['columns'] = [
	{ name: 'pid', type: 'id' },
	{ name: 'command', type: 'text' },
	{ name: 'size', type: 'bytes' },
];

const table = toolNamed('table', { output: { class: 'event-stream', columns, sort: 'size' } });

interface Standing extends Partial<Judgement>, Partial<Pick<Run, 'successor'>> {
	tool?: Tool;
	rows?: Cell[][];
	ended?: boolean;
}

/** What a run looks like from outside, standing still. */
function standingRun(standing: Standing) {
	const { tool = table, rows = [], ended = false, badge = 'complete', why = 'no events lost', successor } = standing;
	const run = {
		successor,
		request: {
			tool,
			provider: firstProvider(tool),
			program,
			values: {},
			scope: hostScope,
			narrowing: 'host',
			limit: 60,
		},
		state: ended ? { state: 'ended', ending: 'exit', code: 0, signal: null } : { state: 'running' },
		table: new Table(columnsOf(tool), tool.output.class),
		judgement: { badge, why },
		cost: { processSeconds: 0, bpfSeconds: 0, percent: 0.3, programs: 0 },
		startedAt: 0,
		seconds: 12.7,
		stops: 0,
		stop() {
			run.stops++;
		},
	};
	for (const row of rows) run.table.add(rowOf(row));
	return run;
}

const targets: TargetChoice[] = [
	{ target: hostScope.target, text: 'host' },
	{
		target: { kind: 'process', name: 'pid:812', pid: 812 },
		text: 'pid:812  postgres',
	},
];

interface Options {
	size?: [columns: number, rows: number];
	tools?: Tool[];
	start?: (tool: Tool) => Run;
}

/** The console on a terminal that is not there. */
function open({ size = [150, 40], tools = catalog, start = realRun }: Options = {}) {
	const store = standingStore(resources);
	const done = { quits: 0, stopped: 0, kept: [] as { name: string; text: string }[] };
	const kernel = kernelWith();
	const { controls: forms } = standingForms();
	const controls = standingControls({
		start,
		forms,
		lendTerminal: async ({ name }) => `${name} has ended.`,
		nextTools: (resource, kind) => nextTools(tools, kernel, hostScope, resource, kind),
		allTools: () => tools.map((tool) => ({ tool, resolution: resolve(tool, kernel, hostScope) })),
		targets: (named) => {
			void Promise.resolve().then(() => named(targets));
			return targets.slice(0, 1);
		},
		lookAt: (target) => store.setState({ target }),
		keep(_run, name, text) {
			done.kept.push({ name, text });
			return `/sessions/${name}`;
		},
		keepScreen: () => '/sessions/now/screens/01.txt',
		turnRecording() {
			const isOff = !store.getState().recording.isOff;
			store.setState({ recording: { folder: '/sessions/now', failure: undefined, isOff } });
			return isOff ? 'Recording is off.' : 'Recording is on again.';
		},
		stopEverything: async () => `${++done.stopped} run stopped.`,
		quit: () => {
			done.quits++;
		},
	});
	const actions = createActions(store, controls);
	actions.first();
	store.setState({ readings });
	const app = <App store={store} actions={actions} forms={forms} history={() => [1, 2, 3]} />;
	const { resize, ...screen } = renderAt(size, app);
	// What the console does ten times a second: rows are not in the store.
	const redraw = () => store.setState(({ frame }) => ({ frame: frame + 1 }));
	const drawing = setInterval(() => store.getState().panes.length > 0 && redraw(), 100);
	onTestFinished(() => clearInterval(drawing));
	const text = () => stripVTControlCharacters(screen.lastFrame() ?? '');
	return {
		store,
		done,
		redraw,
		resize,
		text,
		lines: () => text().split('\n'),
		press: async (...keys: string[]) => {
			for (const key of keys) {
				screen.stdin.write(key);
				// An escapeKey may be the beginning of another key for a moment.
				if (key === esc) await new Promise((resolve) => setTimeout(resolve, 40));
			}
		},
		shows: (what: string | RegExp) =>
			vi.waitFor(() => expect(text()).toMatch(what), {
				timeout: 1500,
			}),
	};
}

/** A console whose first pane shows these rows, and has the focus. */
async function openOn(rows: Cell[][], options: Omit<Standing, 'rows'> & Omit<Options, 'start'> = {}) {
	const run = standingRun({ ...options, rows });
	const console = open({ ...options, start: () => run as unknown as Run });
	await console.press(enter);
	await console.shows(` ${run.request.tool.name} `.trimEnd());
	return { ...console, run };
}

const sizes: Cell[][] = [
	[1, 'one', 10],
	[2, 'two', 3000],
	[3, 'three', 200],
];

/** The names in the order in which they stand on the screen. */
const order = (text: string) => [...text.matchAll(/\b(one|two|three|four)\b/g)].map(([name]) => name);

describe('the checklist', () => {
	test('shows a mark and a value for each cell, errors first', async () => {
		const { shows, lines } = open();
		await shows(/errors +utilization +saturation/);
		expect(lines().find((line) => line.startsWith('cpu'))).toMatch(/^cpu +✓ 0 +✓ 7% +✗ 12\b/);
		expect(lines().find((line) => line.startsWith('memory'))).toMatch(/^memory +\? -/);
		expect(lines().find((line) => line.startsWith('disk'))).toMatch(/^disk +! 31/);
		expect(lines().find((line) => line.startsWith('network'))).toMatch(/^network *$/);
	});

	test('a cell with one question that has no answer stays unknown, and tells how many have one', async () => {
		const { shows, store } = open();
		const without = reading({ check: 'cpu.other', value: null, verdict: 'unknown', why: 'Nobody counts it.' });
		store.setState({ readings: [...readings, without] });
		await shows(/^cpu +✓ 0 +\? 1\/2 ok +✗ 12\b/m);
	});

	test('has the host, what is recorded and what tracing costs above it', async () => {
		const { shows, store } = open();
		await shows(/^bpftools · box · Linux 6\.12\.0 · host +rec · nothing runs$/m);
		store.setState({ recording: { folder: '/sessions/now', failure: undefined, isLost: true } });
		await shows(/ +rec, lost with container · nothing runs$/m);
		store.setState({ recording: { folder: '/sessions/now', failure: 'no space left' } });
		await shows('NOT RECORDING');
	});

	test('tells why a cell is as it is, and who is behind it', async () => {
		const { shows, press } = open();
		await shows('No errors were counted.');
		await press(right, right);
		await shows('Twelve threads wait for two CPUs.');
		await shows('    sha256sum (245): 98 % of a CPU');
		await press(down, left);
		await shows('? The kernel has no PSI.');
	});

	test.each([
		['arrows', down, right, up, left],
		['letters', 'j', 'l', 'k', 'h'],
	])('is walked with %s, and has edges', async (_, downwards, rightwards, upwards, leftwards) => {
		const { store, press } = open();
		await press(downwards, rightwards);
		expect(store.getState().cell).toEqual({ row: 1, column: 1 });
		await press(upwards, upwards, leftwards, leftwards);
		expect(store.getState().cell).toEqual({ row: 0, column: 0 });
		await press(downwards.repeat(9), rightwards.repeat(9));
		expect(store.getState().cell).toEqual({ row: 3, column: 2 });
	});

	test('is left for its next problem with e, the bad ones first', async () => {
		const { store, press, shows } = open();
		await press('e');
		expect(store.getState().cell).toEqual({ row: 0, column: 2 });
		store.setState({ readings: readings.filter(({ verdict }) => verdict !== 'bad') });
		await press('e');
		expect(store.getState().cell).toEqual({ row: 2, column: 2 });
		store.setState({ readings: [] });
		await press('e');
		await shows('No cell warns.');
	});

	test('shows a cell in full with d, and goes back', async () => {
		const { press, shows } = open();
		await press(right, 'd');
		await shows('cpu utilization');
		await shows('/proc/stat');
		await press('q');
		await shows('Run next');
	});

	test('scrolls a cell in full to its end and no further', async () => {
		const { press, shows, text } = open({ size: [60, 16] });
		await press(right, 'd');
		await shows(/cpu utilization +\(↓ \d+ more lines\)/);
		const first = text();
		await press('G');
		await vi.waitFor(() => expect(text()).not.toContain('more line'));
		await press(up);
		await shows('(↓ 1 more line)');
		await press('g');
		await vi.waitFor(() => expect(text()).toBe(first));
	});
});

describe('the tools to run next', () => {
	test('have the columns of the checklist in full above them, beside a pane, and what is left out of a reading told', async () => {
		const long = toolNamed('long', { reading: 'much to be read '.repeat(30) });
		const { press, shows, store } = open({
			size: [120, 40],
			tools: [long],
			start: () => standingRun({ rows: sizes }) as unknown as Run,
		});
		await press(enter);
		store.setState({ focus: 'checklist' });
		await shows(/errors +utilization +saturation +/);
		await shows(/(much to be read ){2}.*\n.*\n.*\n.*much to be.*…/);
	});

	test('name their questions, and why one cannot run', async () => {
		const { shows } = open();
		await shows('▸ alpha  What does alpha see?');
		await shows('✗ absent  classic: zz-absent is not installed');
	});

	test('start with Enter, and their rows come into a pane', async () => {
		const { press, shows, store } = open();
		await press(enter);
		await shows(/alpha · classic · \ds of 60s · [a-z]+ · .*1 row\b/);
		await shows('hello');
		expect(store.getState().focus).toBe(1);
	});

	test('are walked once they have the focus', async () => {
		const { press, shows } = open();
		await press(tab, down);
		await shows('▸ beta');
		await press(enter);
		await shows('beta · classic');
	});

	test('that cannot start say why', async () => {
		const { press, shows } = open({
			start: () => {
				throw new UsageError("alpha can't run here: no reason.");
			},
		});
		await press(enter);
		await shows("alpha can't run here: no reason.");
		await press(down);
		await vi.waitFor(() => expect(open().text()).not.toContain('no reason'));
	});

	test('are none where no tool helps', async () => {
		const { press, shows } = open({ tools: [] });
		await press(enter);
		await shows('No tool is known for this cell.');
	});

	test('start in six panes at most', async () => {
		const { press, shows, store } = open({ start: () => standingRun({}) as unknown as Run });
		for (let n = 0; n < 7; n++) {
			await press(enter);
			store.setState({ focus: 'checklist' });
		}
		await shows('6 panes are open; close one with x first.');
		expect(store.getState().panes).toHaveLength(6);
	});
});

describe('a pane', () => {
	test('tells what runs, how long, how far to trust it, and what it costs', async () => {
		const { shows } = await openOn(sizes);
		await shows('table · classic · 12s of 60s · complete · 0.3% · 3 rows · by size');
	});

	test("is sorted by its tool's column, with a mark", async () => {
		const { shows, text } = await openOn(sizes);
		await shows(/pid +command +size▼/);
		expect(order(text())).toEqual(['two', 'three', 'one']);
		await shows(/2 +two +2\.9K/);
	});

	test('is sorted by the next column with >, by the one before with <, and turned around with r', async () => {
		const { press, shows, text } = await openOn(sizes);
		await press('<');
		await shows('command▲');
		expect(order(text())).toEqual(['one', 'three', 'two']);
		await press('<');
		await shows('pid▼');
		await press('>', '>');
		await shows('size▼');
		await press('r');
		await shows('size▲');
		expect(order(text())).toEqual(['one', 'three', 'two']);
		// Behind the last column there is none: events as they come, newest first.
		await press('r', '>');
		await vi.waitFor(() => expect(order(text())).toEqual(['three', 'two', 'one']));
	});

	test('scrolls to the column that it is sorted by', async () => {
		const many = Array.from({ length: 12 }, (_, n) => ({ name: `column_${n}`, type: 'int' as const }));
		const tool = toolNamed('wide', { output: { class: 'event-stream', columns: many } });
		const { press, shows, text } = await openOn([many.map((_, n) => n)], { tool, size: [120, 24] });
		await press('<');
		await shows('column_11▼');
		expect(text()).not.toMatch(/column_0\b/);
		await press('>', '>');
		await shows(/column_0▼ +column_1 /);
	});

	test('groups its rows by the sorted column with b, and shows them again', async () => {
		const { press, shows, run, redraw } = await openOn([...sizes, [4, 'two', 1]], { size: [160, 40] });
		await press('<', 'b');
		await shows(/command +count▼ +rate +size_sum +size_avg +size_max +size_p99/);
		await shows('3 groups of 4 rows');
		await shows(/two +2 /);
		run.table.add(rowOf([5, 'two', 1]));
		redraw();
		await shows(/two +3 /);
		await press('b');
		await shows(/pid +command +size/);
	});

	test('that is sorted by nothing cannot be grouped by it, and says so', async () => {
		const { press, shows } = await openOn(sizes);
		await press('>', 'b');
		await shows('Choose the column to group by first, with < or >; or several, with c.');
	});

	test('opens a group with Enter, and leaves it with Esc', async () => {
		const { press, shows, text } = await openOn([...sizes, [4, 'two', 1]], { size: [160, 40] });
		await press('<', 'b', enter);
		await shows('command = two');
		await shows(/pid +command +size▼/);
		expect(order(text())).toEqual(['two', 'two', 'two']);
		await press(esc);
		await shows('per command');
		await press('b');
		await shows('4 rows');
	});

	test('groups by several columns, chosen in the list of columns', async () => {
		const { press, shows } = await openOn([...sizes, [2, 'two', 1]], { size: [160, 40] });
		await press('c', 'b', down, 'b', 'q');
		await shows('per pid, command');
		await shows('3 groups of 4 rows');
		await shows(/pid +command +count▼ +rate +size_sum/);
		await shows(/2 +two +2 /);
	});

	test('shows, hides and moves columns, and sorts by one', async () => {
		const { press, shows, text } = await openOn(sizes);
		await press('c');
		await shows('Columns of table');
		await press(down, ' ');
		await shows('[ ] command');
		await press(down, 'K', 'K');
		await press('q');
		await shows(/size▼ +pid\b/);
		expect(text()).toContain('1 column hidden');
		await press('c', down, enter);
		await shows(/size +pid▼/);
	});

	test('has no more room between a column and its meaning than the list needs', async () => {
		const tool = toolNamed('told', {
			output: { class: 'event-stream', columns: [{ name: 'fd', type: 'id', help: 'The descriptor' }] },
		});
		const { press, shows } = await openOn([[1]], { tool });
		await press('c');
		await shows(/\[x\] fd {2}id {2,4}The descriptor/);
	});

	test('is told of as it is looked at, for the session', async () => {
		const { press, shows, store } = await openOn(sizes);
		await press('<', 'b', '/', 'two', enter, 'r');
		await shows('filter: two  (');
		expect(wishesOf(store.getState(), () => 'runs/01-table')).toMatchObject({
			zoomed: false,
			panes: [
				{ run: 'runs/01-table', groupedBy: ['command'], filter: 'two', sort: 'count', reverse: true, hidden: [] },
			],
		});
	});

	test('opens a row in full with Enter', async () => {
		const { press, shows } = await openOn(sizes);
		await press(enter);
		await shows(/^size +2\.9K {2}\(3000 bytes\)/m);
		await press('q');
		await shows('by size');
	});

	test('tells how many lines of a row lie below', async () => {
		const many = Array.from({ length: 30 }, (_, n) => ({ name: `c${n}`, type: 'int' as const }));
		const tool = toolNamed('wide', { output: { class: 'event-stream', columns: many } });
		const { press, shows, text } = await openOn([many.map((_, n) => n)], { tool, size: [110, 24] });
		await press(enter);
		await shows('One row  (↓ 9 more lines)');
		await press('G');
		await vi.waitFor(() => expect(text()).not.toContain('more line'));
		await shows(/^c29 +29/m);
	});

	test('keeps its cursor on a row wherever the row goes, and on top while it is not moved', async () => {
		const { press, store, run, redraw } = await openOn(sizes);
		const pointed = () => {
			const view = paneView(store.getState().panes[0] as Pane);
			return view.rows[view.cursor]?.cell(1);
		};
		run.table.add(rowOf([4, 'four', 9000]));
		redraw();
		await vi.waitFor(() => expect(pointed()).toBe('four'));
		await press(down);
		await vi.waitFor(() => expect(pointed()).toBe('two'));
		run.table.add(rowOf([5, 'five', 8000]));
		run.table.add(rowOf([6, 'six', 4]));
		redraw();
		await vi.waitFor(() => expect(pointed()).toBe('two'));
		await press('r');
		await vi.waitFor(() => expect(pointed()).toBe('six'));
	});

	test('tells what it does not understand of a filter while it is typed', async () => {
		const { press, shows } = await openOn(sizes);
		await press('/', 'sizes>1');
		await shows('there is no column sizes');
		await press(backspace, backspace, backspace, '>1k');
		await shows('filter: size>1k_  (2 rows hidden)');
	});

	test('takes keys that arrive together one by one, Enter and Backspace among them', async () => {
		const { press, shows } = await openOn(sizes);
		await press('/twx\x7f\rb');
		await shows('filter: tw  (');
		await shows('per size');
	});

	test('calls back with the arrows what it was filtered by before', async () => {
		const { press, shows } = await openOn(sizes);
		await press('/', 'one', enter, '/', '\u0015', 'two', enter, '/');
		await press(up);
		await shows('filter: one_');
		await press(down);
		await shows('filter: two_');
	});

	test('is split in two, each with a sorting and grouping of its own; the last one stops the run', async () => {
		const { press, shows, store, run, text } = await openOn(sizes);
		await press('|', '<', 'b');
		await shows('per command');
		expect(store.getState().panes).toHaveLength(2);
		await shows('by size');
		await press('x');
		await vi.waitFor(() => expect(store.getState().panes).toHaveLength(1));
		expect(run.stops).toBe(0);
		expect(text()).not.toContain('per command');
		await press('x');
		await vi.waitFor(() => expect(run.stops).toBe(1));
	});

	describe('of a tool that prints its rows again and again', () => {
		const top = toolNamed('top', { output: { class: 'interval-table', columns, sort: 'size' } });

		async function openOnIntervals() {
			const console = await openOn([], { tool: top });
			for (const sizes of [
				[10, 20],
				[11, 25],
				[40, 26],
			]) {
				console.run.table.begin();
				console.run.table.add(rowOf([1, 'one', sizes[0] as number]));
				console.run.table.add(rowOf([2, 'two', sizes[1] as number]));
			}
			console.redraw();
			await console.shows(/40\s/);
			return console;
		}

		test('goes back and forth in time with [ and ]', async () => {
			const { press, shows, text } = await openOnIntervals();
			expect(order(text())).toEqual(['one', 'two']);
			await press('[');
			await shows('1 back');
			await shows(/two +25/);
			expect(order(text())).toEqual(['two', 'one']);
			await press('[', '[', '[');
			await shows('2 back');
			await press(']', ']', ']');
			await vi.waitFor(() => expect(text()).not.toContain('back ('));
			await shows(/one +40/);
		});

		test('stays at the interval that it went back to while others come, with its changes too', async () => {
			const { press, shows, run, redraw, text } = await openOnIntervals();
			await press('[');
			await shows(/PAUSED, 0 behind · 1 back/);
			run.table.begin();
			run.table.add(rowOf([1, 'one', 99]));
			redraw();
			await shows('PAUSED, 1 behind');
			expect(text()).toMatch(/two +25/);
			await press('D');
			await shows(/two +25 +5/);
			await press('[');
			await shows(/two +20/);
			await press(']', ']');
			await shows(/one +99/);
			expect(text()).not.toContain('PAUSED');
		});

		test('shows the change since the interval before with D', async () => {
			const { press, shows } = await openOnIntervals();
			await press('D');
			await shows(/size▼ +size_change/);
			await shows(/one +40 +29/);
			await press('[');
			await shows(/two +25 +5/);
		});

		test('opens a group with its rows of all intervals, and says that it has no others', async () => {
			const { press, shows, run, redraw } = await openOnIntervals();
			await press('<', 'b');
			await shows('per command');
			run.table.begin();
			run.table.add(rowOf([2, 'two', 27]));
			redraw();
			await press('[');
			await shows('Groups are counted over all intervals; b shows single rows again.');
			await press('g', enter);
			await shows('command = two');
			await shows(/two +27\s[\s\S]*two +26\s[\s\S]*two +25\s[\s\S]*two +20\s/);
		});

		test('shows how the number under the cursor went', async () => {
			const { press, shows } = await openOnIntervals();
			await shows('size of the last 3: ▁▁█ 10 to 40');
			await press(down);
			await shows('size of the last 3: ▁▇█ 20 to 26');
		});
	});

	test('of events has no intervals to go back to, and says so', async () => {
		const { press, shows } = await openOn(sizes);
		await press('[');
		await shows('There is no interval before: these rows come one by one.');
		await press('D');
		await shows('Only a tool that prints its rows again and again has changes to show.');
		await press('W');
		await shows('Only lines of text go on in the next line.');
	});

	test('stands still while it is paused, and tells how many rows came meanwhile', async () => {
		const { press, shows, run, redraw, text } = await openOn(sizes);
		await press(' ');
		run.table.add(rowOf([4, 'four', 9e9]));
		redraw();
		await shows('PAUSED, 1 behind');
		expect(order(text())).toEqual(['two', 'three', 'one']);
		await press(' ');
		await vi.waitFor(() => expect(order(text())).toEqual(['four', 'two', 'three', 'one']));
		expect(text()).not.toContain('PAUSED');
	});

	test('of lines stands still while it is paused, too', async () => {
		const { press, shows, run, redraw, text } = await openOn([['one'], ['two']], { tool: toolNamed('lines') });
		await press(' ');
		run.table.add(rowOf(['three']));
		redraw();
		await shows('PAUSED, 1 behind');
		expect(order(text())).toEqual(['one', 'two']);
	});

	test('that is paused has its mark on the column that its rows are sorted by', async () => {
		const { press, text, shows } = await openOn(sizes);
		await press(' ', '<');
		await shows(/[▲▼]/);
		await vi.waitFor(() =>
			expect(order(text())).toEqual(text().includes('command▲') ? ['one', 'three', 'two'] : ['two', 'three', 'one']),
		);
	});

	test('is filtered while one types; Enter keeps the filter', async () => {
		const { press, shows, text } = await openOn(sizes);
		await press('/', 't', 'x', backspace, 'w');
		await shows('filter: tw_  (2 rows hidden)');
		expect(order(text())).toEqual(['two']);
		await press(enter);
		await shows('filter: tw  (2 rows hidden)');
		// Keys are keys again.
		await press('r');
		await shows('size▲');
	});

	test('has the filter back that it had, after Esc', async () => {
		const { press, shows, text } = await openOn(sizes);
		await press('/', 'size>100', enter);
		await vi.waitFor(() => expect(order(text())).toEqual(['two', 'three']));
		await press('/', '\u0015', 'nothing has this');
		await shows('The filter hides all rows.');
		await press(esc);
		await shows('filter: size>100  (1 row hidden)');
	});

	test('without rows tells whether nothing happened or nothing was attached', async () => {
		const { shows } = await openOn([], { badge: 'complete', why: '2 BPF programs loaded, and nothing happened' });
		await shows('No rows yet: 2 BPF programs loaded, and nothing happened.');
		const blind = await openOn([], { badge: 'blind', why: 'cannot attach kprobe, Invalid argument', ended: true });
		await blind.shows('blind: cannot attach kprobe, Invalid argument');
		const replaced = await openOn([], { badge: 'blind', why: 'load failed', ended: true, successor: 'bpftrace' });
		await replaced.shows('When you start it again, bpftrace takes its place.');
	});

	test('tells why it is not complete however many rows there are', async () => {
		const many = Array.from({ length: 100 }, (_, pid): Cell[] => [pid, 'one', pid]);
		const { shows, press } = await openOn(many, { badge: 'lossy', why: '12 events were lost' });
		await shows('lossy: 12 events were lost');
		await press('/', 'x', 'y', 'z');
		await shows(/The filter hides all rows\.[\s\S]*lossy: 12 events were lost/);
	});

	test('whose newest interval is empty says so', async () => {
		const top = toolNamed('top', { output: { class: 'interval-table', columns } });
		const { shows, run, redraw } = await openOn([[1, 'one', 10]], { tool: top });
		run.table.begin();
		redraw();
		await shows('No rows in this interval.');
	});

	test('of a histogram shows its buckets as bars', async () => {
		const tool = toolNamed('latency', { output: { class: 'histogram', unit: 'us' } });
		const { shows } = await openOn(
			[
				['', 0, 1, 1],
				['', 2, 3, 3],
			],
			{ tool },
		);
		await shows(/from +to +count/);
		await shows(/75.0% █+/);
	});

	describe('of a histogram', () => {
		const latency = toolNamed('latency', { output: { class: 'histogram', unit: 'us' } });

		async function openOnIntervals() {
			const console = await openOn([], { tool: latency });
			for (const count of [4, 7, 5]) {
				console.run.table.begin();
				console.run.table.add(rowOf(['', 8, 15, count]));
			}
			console.redraw();
			await console.shows(/total 5 \(-2\)/);
			return console;
		}

		test('goes back in time with its changes', async () => {
			const { press, shows } = await openOnIntervals();
			await press('[');
			await shows(/total 7 \(\+3\)/);
		});

		test('is a heat map, and a table, with v', async () => {
			const { press, shows } = await openOnIntervals();
			await press('v');
			await shows('3 of 3 intervals');
			await press('v');
			await shows(/low +high +count/);
			await press('v');
			await shows(/total 5 \(-2\)/);
		});

		test('has the change of each bucket in its table with D, and none of its bounds', async () => {
			const { press, shows, run, redraw } = await openOn([], { tool: latency });
			for (const counts of [
				[4, 10],
				[7, 5],
			]) {
				run.table.begin();
				for (const [index, count] of counts.entries()) run.table.add(rowOf(['', 8 * index, 8 * index + 7, count]));
			}
			redraw();
			await press('v', 'v', 'D');
			await shows(/low +high +count +count_change/);
			await shows(/ 0 +7 +7 +3\b/);
			await shows(/ 8 +15 +5 +-5\b/);
		});

		test('stands still while it is frozen, as a heat map too', async () => {
			const { press, shows, run, redraw, text } = await openOnIntervals();
			await press('v', ' ');
			run.table.begin();
			run.table.add(rowOf(['', 8, 15, 9]));
			redraw();
			await shows('PAUSED, 1 behind');
			expect(text()).toContain('3 of 3 intervals');
			await press(' ');
			await shows('4 of 4 intervals');
		});
	});

	describe('of stacks', () => {
		const stacks = toolNamed('stacks', { output: { class: 'stacks' } });
		const rows: Cell[][] = [
			[6, 'python3', 'main;read;vfs_read'],
			[2, 'python3', 'main;write'],
			[2, 'sh', 'fork'],
		];

		test('is a flame graph: the cursor tells frames, Enter zooms, q gives the whole back', async () => {
			const { press, shows, text } = await openOn(rows, { tool: stacks });
			await shows('10 samples, 100.0% of all');
			await press('k', 'l');
			await shows(/sh *\n.*2 samples, 20.0% of all/);
			await press('h', 'k', enter);
			await shows('zoomed to 80.0%');
			await shows('main');
			await press('q');
			await vi.waitFor(() => expect(text()).not.toContain('zoomed'));
			await press('r');
			await vi.waitFor(() => expect(text().indexOf('▏all')).toBeLessThan(text().indexOf('vfs_read')));
		});

		test('is searched: what is found is marked, with its share', async () => {
			const { press, shows } = await openOn(rows, { tool: stacks });
			await press('n');
			await shows('search: _');
			await press('read');
			await shows('"read" in 60.0%');
			await press(enter);
			await shows(/▸read/);
			await press('n');
			await shows(/▸vfs_read/);
			await press('N');
			await shows(/▸read/);
		});

		test('is a call tree with v, opened and closed with arrows and Enter', async () => {
			const { press, shows, text } = await openOn(rows, { tool: stacks });
			await press('v');
			await shows(/8 +80\.0% +0 +0\.0% +▸ python3/);
			await press('l');
			await shows(/6 +60\.0% .* ▸ read/);
			await press('h');
			await vi.waitFor(() => expect(text()).not.toContain('▸ read'));
			await press('v');
			await shows(/count.*process +stack/);
		});

		test('is saved as a picture with S', async () => {
			const { press, shows, done } = await openOn(rows, { tool: stacks });
			await press('S');
			await shows('Saved: /sessions/flame.svg');
			expect(done.kept[0]?.text).toMatch(/<svg [\s\S]*vfs_read/);
		});
	});

	describe('of text', () => {
		const text = toolNamed('log', { output: { class: 'text' } });
		const rows: Cell[][] = [['all is well'], ['oom: killed 12'], [`${'long '.repeat(40)}end`], ['another oom']];

		test('goes from match to match with n and N', async () => {
			const { press, shows, store } = await openOn(rows, { tool: text });
			await press('s', 'oom', enter);
			await shows('"oom" in 2 of them');
			const line = () => store.getState().panes[0]?.cursor.line;
			expect(line()).toBe(1);
			await press('n');
			expect(line()).toBe(3);
			await press('N');
			expect(line()).toBe(1);
			await press('s', '/(');
			await shows(/search: oom\/\(|Invalid/);
		});

		test('wraps long lines with W, and scrolls along them without', async () => {
			const { press, shows, text: screen } = await openOn(rows, { tool: text, size: [101, 30] });
			await vi.waitFor(() => expect(screen()).not.toContain('end'));
			await press('W');
			await shows('long end');
			await press('W', 'l');
			await shows('from column 9');
		});
	});

	test('of intervals is a chart with v, of all rows and the first ones', async () => {
		const top = toolNamed('top', {
			output: {
				class: 'interval-table',
				columns: [
					{ name: 'command', type: 'text' },
					{ name: 'size', type: 'bytes' },
				],
			},
		});
		const { press, shows, run, redraw } = await openOn([], { tool: top });
		for (const size of [10, 20, 30]) {
			run.table.begin();
			run.table.add(rowOf(['one', size]));
			run.table.add(rowOf(['two', 1]));
		}
		redraw();
		await press('v');
		await shows('size over time, in bytes');
		await shows(/all 2 rows 31 +─ one 30/);
	});

	test('has the whole screen with z, and gives it back', async () => {
		const { press, shows, lines } = await openOn(sizes);
		await press('z');
		await vi.waitFor(() => expect(lines().some((line) => line.startsWith('table · classic'))).toBe(true));
		await press('z');
		await shows('Run next');
	});

	test('keeps the row under its cursor in sight', async () => {
		const { press, shows } = await openOn(Array.from({ length: 500 }, (_, pid) => [pid, `row${pid}.`, 500 - pid]));
		await shows('row0.');
		await press('G');
		await shows('row499.');
		await press('g');
		await shows('row0.');
	});
});

describe('stopping', () => {
	test('x stops the tool, and closes the pane of one that has ended', async () => {
		const { press, shows, store, text } = open();
		await press(enter);
		await shows('hello');
		const run = store.getState().panes[0]?.run as Run;
		await press('x');
		await shows('Stopping alpha; x again closes its pane.');
		await run.ended;
		store.setState({ message: '' });
		await shows('alpha · classic · stopped ·');
		await shows('bye');
		await press('x');
		await vi.waitFor(() => expect(text()).not.toContain('alpha · classic'));
		expect(store.getState()).toMatchObject({ panes: [], focus: 'checklist' });
	});

	test('x while it is stopping does not close the pane', async () => {
		const { press, run, store } = await openOn(sizes);
		await press('x', 'x');
		expect(store.getState().panes).toHaveLength(1);
		expect(run.stops).toBeGreaterThan(0);
	});

	test('X stops everything from anywhere, and says what it did', async () => {
		for (const first of [[], [enter], ['?'], ['t'], ['d']]) {
			const { press, shows, done } = open({ start: () => standingRun({}) as unknown as Run });
			await press(...first, 'X');
			await shows('1 run stopped.');
			expect(done.stopped, first.join()).toBe(1);
		}
	});

	test('q asks before it quits while something runs', async () => {
		const { press, shows, done } = await openOn(sizes);
		await press('q', 'q');
		await shows('A tool is still running. Stop and quit? y/n');
		await press('n');
		await shows('Run next');
		expect(done.quits).toBe(0);
		await press('q', 'y');
		expect(done.quits).toBe(1);
	});

	test('q quits at once when nothing runs, or all has ended', async () => {
		const idle = open();
		await idle.press('q');
		expect(idle.done.quits).toBe(1);
		const ended = await openOn(sizes, { ended: true });
		await ended.press('q', 'q');
		expect(ended.done.quits).toBe(1);
	});

	test('Q quits at once', async () => {
		const { press, done } = await openOn(sizes);
		await press('Q');
		expect(done.quits).toBe(1);
	});

	test('Ctrl-C stops the focused tool; elsewhere it quits when it is pressed twice', async () => {
		const { press, run, done, shows } = await openOn(sizes);
		await press(ctrlC);
		expect(run.stops).toBe(1);
		await press('q', ctrlC);
		await shows('Press Ctrl-C again to quit.');
		expect(done.quits).toBe(0);
		await press(ctrlC);
		expect(done.quits).toBe(1);
	});
});

describe('help', () => {
	test.each([
		[120, 40],
		[80, 24],
		[60, 16],
	])('at %ix%i lists every key with what it does, within the screen', async (columns, rows) => {
		const { press, shows, lines, text } = open({ size: [columns, rows] });
		await press('?');
		await shows(/1 to \d+ of \d+ lines/);
		let seen = '';
		for (let page = 0; page < 3 * bindings.length; page++) {
			seen += text().replaceAll(/\s+/g, ' ');
			for (const line of lines()) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
			expect(lines().length).toBeLessThanOrEqual(rows);
			const before = text();
			await press(down);
			if (/ to (\d+) of \1 lines/.test(before)) break;
			await vi.waitFor(() => expect(text()).not.toBe(before));
		}
		for (const { keys, help } of bindings) {
			for (const key of keys) expect(seen, help).toContain(` ${keyLabel(key)} `);
			for (const word of help.split(' ')) expect(seen, help).toContain(word);
		}
	});

	test('begins with the keys of where one is, and gives that back', async () => {
		const { press, shows, text, lines } = await openOn(sizes, { size: [120, 24] });
		await press('?');
		await shows(/1 to \d+ of \d+ lines/);
		expect(text()).toContain('Filter rows: ');
		expect(text()).not.toContain('(pane)');
		expect(lines().filter((line) => /^ \S+.* {2,}\S/.test(line)).length).toBeGreaterThan(15);
		await press('q', 'c', '?');
		await shows('Show or hide the column');
		expect(text()).not.toContain('Filter rows: ');
		await press('q');
		await shows('Columns of table');
	});

	test('goes away with q, Esc or Backspace', async () => {
		for (const key of ['q', esc, backspace]) {
			const { press, shows } = open();
			await press('?');
			await shows(/of \d+ lines/);
			await press(key);
			await shows('Run next');
		}
	});
});

describe('all tools', () => {
	test('are listed with what serves them, and why one cannot', async () => {
		const { press, shows } = open();
		await press('t');
		await shows(/alpha +cpu +classic +What does alpha see\?/);
		await shows(/absent +cpu +no provider +classic: zz-absent is not installed/);
	});

	test('are narrowed down by letters, in their names and titles', async () => {
		const { press, text, shows } = open();
		await press('t', 's', 'e', 'c');
		await shows('sec_');
		await vi.waitFor(() => expect(text()).not.toContain('alpha'));
		expect(text()).toContain('beta');
		await press(backspace, backspace, backspace, 'z', 'z');
		await shows('No tool has that in its name or title.');
		await press(backspace, backspace);
		await shows('alpha');
	});

	test('have the one of the typed name first', async () => {
		const tools = ['processes', 'ssh', 'ss'].map((name) => toolNamed(name));
		const { press, shows, text } = open({ tools });
		await press('t', 's', 's');
		await shows('ss_');
		const listed = text().match(/^\w+(?= +cpu +classic)/gm);
		expect(listed).toEqual(['ss', 'ssh', 'processes']);
	});

	test('start with Enter', async () => {
		const { press, shows, store } = open();
		await press('t', down, enter);
		await shows('beta · classic');
		expect(store.getState().overlay).toBeUndefined();
	});
});

describe('the way through the checklist', () => {
	test('leads to the worst cell, and on when it is marked', async () => {
		const { press, shows, store } = open();
		await shows(/next \(n\): ✗ cpu saturation/);
		await press('n');
		expect(store.getState().cell).toEqual({ row: 0, column: 2 });
		await press(' ');
		await shows(/cpu .*v✗ 12/);
		await shows(/next \(n\): ! disk saturation/);
		await press('n', 's');
		await shows(/disk .*\*! 31/);
		await shows(/next \(n\): \? memory utilization/);
		await press('n', '-', 'n', ' ', 'n', ' ', 'n');
		await shows('Every cell is marked.');
	});

	test('takes a mark back with the same key', async () => {
		const { press, shows } = open();
		await press('n', ' ', ' ');
		await shows(/next \(n\): ✗ cpu saturation/);
	});

	test('keeps a note on a cell; Esc drops what was typed', async () => {
		const { press, shows, store, text } = open();
		await press('n', 'a', 'b', 'a', 'd', ' ', '7');
		await shows('Note: bad 7_');
		await shows('type a note  Enter keep  Esc drop');
		await press(enter, 'a', 'x', esc);
		await shows('Note: bad 7');
		expect(Object.values(store.getState().marks)).toMatchObject([
			{ target: 'host', resource: 'cpu', kind: 'saturation', as: undefined, note: 'bad 7' },
		]);
		await press(up, down, down);
		await vi.waitFor(() => expect(text()).not.toContain('Note:'));
	});

	test('has marks of its own for each target', async () => {
		const { press, shows } = open();
		await press('n', ' ', 'o', 'p', 'o', 's', 't');
		await shows(/narrow the list\): post_/);
		await press(enter);
		await shows(/next \(n\): ✗ cpu saturation/);
	});
});

describe('the target', () => {
	test('is chosen from a list that letters narrow down, and named in the header', async () => {
		const { shows, press, lines } = open();
		await shows(/ host /);
		await press('o');
		await shows(/Look at .*_\n *host/);
		await press('p', 'o', 's', 't', 'g');
		await shows(/narrow the list\): postg_/);
		expect(lines().some((line) => line.trim() === 'host')).toBe(false);
		await press(enter);
		await shows(/bpftools · .* · pid:812/);
	});

	test('stays as it is when the list is left, or holds nothing', async () => {
		const { shows, press } = open();
		await press('o', 'z', 'z');
		await shows(/No container and no process has that/);
		await press(enter, esc);
		await shows(/bpftools · box · Linux 6.12.0 · host/);
	});

	test('of a run stands in its title; one that shows the whole host says so', async () => {
		const scope: Scope = { ...hostScope, target: { kind: 'process', name: 'pid:812', pid: 812 } };
		for (const [narrowing, title] of [
			['pid', /table · classic · pid:812/],
			['not', /table · classic · WHOLE HOST/],
		] as const) {
			const run = standingRun({});
			Object.assign(run.request, { scope, narrowing });
			const { shows, press } = open({ tools: [table], start: () => run as unknown as Run });
			await press(enter);
			await shows(title);
		}
	});
});

describe('keys', () => {
	test('that arrive together each count', async () => {
		const { press, store } = open();
		await press('jjl');
		expect(store.getState().cell).toEqual({ row: 2, column: 1 });
	});

	test('are not what a terminal answers by itself', async () => {
		const { press, store } = await openOn(sizes);
		await press('\u001b[?1;2c', '\u001b[I', '\u001b[99~');
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(store.getState().overlay).toBeUndefined();
		expect(store.getState().panes[0]).toMatchObject({ reverse: false, sort: 'size' });
	});

	test('save the screen with P, and turn recording off and on with w, wherever one is', async () => {
		const { press, shows } = open();
		await press('P');
		await shows('Saved: /sessions/now/screens/01.txt');
		await press('w');
		await shows(/ rec off · nothing runs$/m);
		await shows('Recording is off.');
		await press('d', 'w');
		await shows(/ rec · nothing runs$/m);
		await press('?', 'P');
		await shows('Saved: /sessions/now/screens/01.txt');
	});

	test('that mean nothing here do nothing', async () => {
		const { press, store } = open();
		const before = store.getState();
		await press('i', 'y', '5', '~', '\u001bi');
		expect(store.getState()).toEqual(before);
	});

	test('are named in the last line', async () => {
		const { lines, shows, press } = open();
		await shows('? help');
		expect(lines().at(-1)).toMatch(/Enter run tool.*\? help +q back/);
		await press(enter);
		await shows('/ filter');
	});
});

describe('the screen', () => {
	test.each<[number, number]>([
		[59, 40],
		[120, 15],
		[20, 5],
	])('of %ix%i is too small, and says so; when it grows the console is there', async (columns, rows) => {
		const { shows, resize } = open({ size: [columns, rows] });
		await vi.waitFor(async () => shows(new RegExp(`terminal\\s+has\\s+${columns}x${rows}`)));
		await shows(/60x16/);
		resize([80, 24]);
		await shows('Run next');
	});

	test.each<[number, number]>([
		[60, 16],
		[110, 16],
		[80, 24],
	])('of %ix%i shows the titles of four panes whose tools have much to explain', async (columns, rows) => {
		const why = 'cannot attach kprobe, Invalid argument, and then some more words that go on '.repeat(3).trim();
		for (const badge of ['starting', 'complete', 'blind'] as const) {
			const { press, store, shows, lines } = open({
				size: [columns, rows],
				start: () => standingRun({ badge, why }) as unknown as Run,
			});
			for (let n = 0; n < 4; n++) {
				store.setState({ focus: 'checklist' });
				await press(enter);
			}
			await shows(badge);
			await vi.waitFor(() =>
				expect(
					lines().flatMap((line) => line.match(/table · classic/g) ?? []),
					lines().join('\n'),
				).toHaveLength(4),
			);
		}
	});

	test('is never overrun, whatever it shows', async () => {
		const wide = '漢字 a very long name of a process that does not end '.repeat(3);
		const tools = [
			table,
			toolNamed('lines'),
			toolNamed('latency', { output: { class: 'histogram', unit: 'us' } }),
			toolNamed('stacks', { output: { class: 'stacks' } }),
		];
		const badges = ['starting', 'complete', 'lossy', 'partial', 'blind'] as const;
		for (let seed = 1; seed <= 40; seed++) {
			const random = new Random(seed);
			const size: [number, number] = [60 + random.below(100), 16 + random.below(40)];
			const { store, press, lines, shows } = open({
				size,
				tools: [toolNamed(`tool-${'x'.repeat(30)}`, { question: `${wide}?` }), absent],
				start: () => {
					const tool = random.pick(tools);
					const rows = random.many(30, () =>
						columnsOf(tool).map(({ type }) => (type === 'text' ? wide : random.below(1e9))),
					);
					return standingRun({ tool, rows, badge: random.pick(badges), why: wide.trim() }) as unknown as Run;
				},
			});
			store.setState({
				readings: readings.map((reading) => ({ ...reading, why: wide, suspects: [wide, wide] })),
				about: { hostname: wide, kernel: wide, hidden: "NOT SEEN: the host's network" },
			});
			for (let panes = random.below(5); panes > 0; panes--) {
				await press(enter);
				if (panes > 1) store.setState({ focus: 'checklist' });
			}
			await press(
				...random.many(3, () => random.pick(['/', 'a', 'z', tab, '>', 'b', ' ', 'j', 'l', 'd', 't', 'v', 's', 'n'])),
			);
			await shows(/bpftools/);
			await vi.waitFor(() => {
				const what = `seed ${seed}, ${size.join('x')}:\n${lines().join('\n')}`;
				expect(lines().length, what).toBeLessThanOrEqual(size[1]);
				expect(Math.max(...lines().map(widthOf)), what).toBeLessThanOrEqual(size[0]);
			});
		}
	});
});
