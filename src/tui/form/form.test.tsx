import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { standingForms } from '../../../test/fixtures/forms.ts';
import { Random } from '../../../test/fixtures/random.ts';
import { renderAt, standingControls, standingStore } from '../../../test/fixtures/standing-screen.tsx';
import { firstProvider, hostScope, kernelWith, type ToolDraft, toolOf } from '../../../test/fixtures/tools.ts';
import { UsageError } from '../../catalog/argv.ts';
import { resolve } from '../../catalog/resolve.ts';
import type { Tool } from '../../catalog/tool.ts';
import { columnsOf } from '../../output/reader-for.ts';
import type { Run } from '../../runs/run.ts';
import type { Given } from '../../session/last-values.ts';
import { widthOf } from '../../table/fit.ts';
import { Table } from '../../table/table.ts';
import { App } from '../App.tsx';
import { createActions } from '../actions.ts';
import type { Filled } from './form.ts';

const keys = {
	enter: '\r',
	esc: '\u001b',
	down: '\u001b[B',
	up: '\u001b[A',
	backspace: '\u007f',
	ctrlR: '\u0012',
	ctrlU: '\u0015',
	ctrlY: '\u0019',
	tab: '\t',
};

const params: ToolDraft['params'] = {
	pid: { type: 'pid', optional: true, help: 'Only this process' },
	interval: { type: 'seconds', default: 1, max: 60, help: 'Seconds between tables' },
	name: { type: 'text', optional: true, help: 'Only this name' },
	failed: { type: 'flag', default: false, help: 'Only those that fail' },
};

const asks = toolOf({ params, providers: [{ via: 'classic', run: ['sh'], package: 'dash' }] }, 'asks');
const needs = toolOf(
	{
		params: { interface: { type: 'interface', help: 'The interface to ask' } },
		providers: [{ via: 'classic', run: ['sh'], package: 'dash' }],
	},
	'needs',
);
const plain = toolOf({ providers: [{ via: 'classic', run: ['sh'], package: 'dash' }] }, 'plain');
const whole = toolOf(
	{ output: { class: 'terminal' }, providers: [{ via: 'classic', run: ['sh'], package: 'dash' }] },
	'whole',
);

interface Options {
	tool?: Tool;
	last?: Given;
	size?: [number, number];
	start?: (tool: Tool, filled?: Filled) => Run;
}

/** A run that goes on until it is stopped. */
function standingRun(tool: Tool, { values, limit = 60 }: Filled = { values: {}, limit: undefined }) {
	let end: () => void = () => {};
	const run = {
		request: { tool, provider: firstProvider(tool), values, scope: hostScope, narrowing: 'host', limit },
		state: { state: 'running' } as Run['state'],
		table: new Table(columnsOf(tool), tool.output.class),
		judgement: { badge: 'complete', why: 'no events lost' },
		cost: { processSeconds: 0, bpfSeconds: 0, percent: 0, programs: 0 },
		seconds: 1,
		ended: new Promise<void>((settle) => {
			end = settle;
		}),
		stop() {
			run.state = { state: 'ended', ending: 'user', code: 0, signal: null };
			end();
		},
	};
	return run as unknown as Run;
}

/** A console with one tool under its list, and what it was asked to do. */
function open({ tool = asks, last = {}, size = [80, 24], start = standingRun }: Options = {}) {
	const store = standingStore(['cpu']);
	const forms = standingForms(last);
	const started: (Filled | undefined)[] = [];
	const lent: string[] = [];
	const tools = [{ tool, resolution: resolve(tool, kernelWith(), hostScope) }];
	const controls = standingControls({
		start: (tool, filled) => {
			started.push(filled);
			return start(tool, filled);
		},
		forms: forms.controls,
		lendTerminal: async ({ name }) => {
			lent.push(name);
			return `${name} has ended.`;
		},
		nextTools: () => tools,
		allTools: () => tools,
	});
	const actions = createActions(store, controls);
	actions.first();
	const app = <App store={store} actions={actions} forms={forms.controls} history={() => []} />;
	const screen = renderAt(size, app);
	const text = () => stripVTControlCharacters(screen.lastFrame() ?? '');
	return {
		...forms,
		store,
		started,
		lent,
		text,
		press: async (...all: string[]) => {
			for (const key of all) {
				screen.stdin.write(key);
				if (key === keys.esc) await new Promise((settle) => setTimeout(settle, 40));
			}
		},
		shows: (what: string | RegExp) => vi.waitFor(() => expect(text()).toMatch(what), { timeout: 1500 }),
	};
}

describe('starting', () => {
	test('a tool without parameters starts at once', async () => {
		const { press, started, store } = open({ tool: plain });
		await press(keys.enter);
		expect(started).toEqual([undefined]);
		expect(store.getState().panes).toHaveLength(1);
	});

	test('one with parameters shows them first, defaults filled in; Enter again starts it', async () => {
		const { press, started, shows, remembered } = open();
		await press(keys.enter);
		await shows(/▸ pid +Only this process \(Space lists them\)/);
		await shows(/interval +1 +Seconds between tables/);
		await shows(/failed +\[ \]/);
		await shows(/duration +60 +Seconds until it is stopped/);
		await shows(/Command by classic, on host/);
		await shows('/usr/bin/shows --interval=1');
		expect(started).toEqual([]);
		await press(keys.enter);
		expect(started).toEqual([{ values: { interval: 1, failed: false }, limit: 60 }]);
		expect(remembered).toEqual({ asks: { interval: '1', duration: '60' } });
	});

	test('r starts it at once with what it had the last time, in the list of all tools Ctrl-R', async () => {
		const last = { interval: '5', duration: '9' };
		const first = open({ last });
		await first.press('r');
		expect(first.started).toEqual([{ values: { interval: 5, failed: false }, limit: 9 }]);
		const second = open({ last });
		await second.press('t', keys.ctrlR);
		expect(second.started).toEqual([{ values: { interval: 5, failed: false }, limit: 9 }]);
	});

	test('a value that is needed is asked for, by Enter and by r', async () => {
		for (const key of [[keys.enter, keys.enter], ['r']]) {
			const { press, started, shows } = open({ tool: needs });
			await press(...key);
			await shows(/needs needs --interface: The interface to ask\./);
			expect(started).toEqual([]);
			await press('eth0', keys.enter);
			expect(started).toEqual([{ values: { interface: 'eth0' }, limit: 60 }]);
		}
	});

	test('values of the last time stand in the form', async () => {
		const { press, shows } = open({ last: { interval: '7', name: 'x y' } });
		await press(keys.enter);
		await shows(/interval +7 /);
		await shows("'--name=x y'");
	});

	test('what goes wrong is said, and the form stays', async () => {
		const { press, shows, text } = open({
			start: () => {
				throw new UsageError("asks can't run here: no reason.");
			},
		});
		await press(keys.enter, keys.enter);
		await shows("asks can't run here: no reason.");
		expect(text()).toContain('duration');
	});

	test('a tool that takes the terminal gets it, and no pane', async () => {
		const { press, lent, shows, store } = open({ tool: whole });
		await press(keys.enter);
		await shows('whole has ended.');
		expect(lent).toEqual(['whole']);
		expect(store.getState().panes).toEqual([]);
	});
});

describe('typing', () => {
	test('replaces a value, and tells what is wrong with it', async () => {
		const { press, shows, text } = open();
		await press(keys.enter, keys.down, '99');
		await shows('--interval of asks is a whole number from 1 to 60, not "99".');
		await shows('The command line comes here once every field is right.');
		await press(keys.backspace);
		await shows('--interval=9');
		await press(keys.ctrlU, 'z');
		await shows('is a whole number from 1 to 60, not "z".');
		await press(keys.backspace);
		await vi.waitFor(() => expect(text()).not.toContain('whole number'));
	});

	test('of a limit that is none is told at its field', async () => {
		const { press, shows, started } = open();
		await press(keys.enter, keys.up, keys.down, keys.down, keys.down, keys.down, '0');
		await shows('--duration is a number of seconds, above 0 and up to 86400, not "0".');
		await press(keys.up, keys.up, keys.enter);
		expect(started).toEqual([]);
	});

	test('arrives as it was pressed, however fast: Enter right behind a number starts', async () => {
		const { press, started } = open();
		await press(keys.enter, keys.down, '33\r');
		expect(started).toEqual([{ values: { interval: 33, failed: false }, limit: 60 }]);
	});

	test('letters are text where text is asked for, and keys elsewhere', async () => {
		const { press, shows, store } = open();
		await press(keys.enter, keys.tab, keys.tab, 'query X?');
		await shows("'--name=query X?'");
		await press(keys.tab, ' ');
		await shows(/failed +\[x\]/);
		await shows('--failed=true');
		await press('q');
		expect(store.getState().overlay).toBeUndefined();
	});

	test('help goes back to the form', async () => {
		const { press, shows } = open();
		await press(keys.enter, '5', '?');
		await shows(/of \d+ lines/);
		await press('q');
		await shows('--pid=5');
	});
});

describe('a list to pick from', () => {
	test('is narrowed down by letters, and its choice goes into the field', async () => {
		const { press, shows, text } = open();
		await press(keys.enter, ' ');
		await shows('812  postgres');
		await press('ngi');
		await vi.waitFor(() => expect(text()).not.toContain('postgres'));
		await press(keys.enter);
		await shows(/pid +77 /);
		await shows('--pid=77');
	});

	test('is left with Esc, and the form with another', async () => {
		const { press, shows, text } = open();
		await press(keys.enter, ' ', 'zz');
		await shows('None has that in its name.');
		await press(keys.esc);
		await shows('Seconds until it is stopped');
		await press(keys.esc);
		await vi.waitFor(() => expect(text()).toContain('Run next'));
	});

	test('points at what stands in the field', async () => {
		const { press, store } = open();
		await press(keys.enter, '77', ' ');
		const { overlay } = store.getState();
		expect(overlay?.kind === 'form' && overlay.form.picker).toMatchObject({ cursor: 1, filter: '' });
	});
});

test('the command line is copied with y, and with Ctrl-Y where y is text', async () => {
	const { press, copied, shows } = open();
	await press(keys.enter, 'y');
	await shows('Copied, if this terminal');
	await press(keys.down, keys.down, 'y', keys.ctrlY);
	expect(copied).toEqual([
		'/usr/bin/shows --interval=1 --failed=false\n',
		'/usr/bin/shows --interval=1 --name=y --failed=false\n',
	]);
});

describe('a run that is there', () => {
	test('is stopped and started again in its pane with R, with the same values', async () => {
		const { press, started, store } = open({ last: { interval: '3' } });
		await press(keys.enter, keys.enter);
		const first = store.getState().panes[0];
		await press('<', 'R');
		await vi.waitFor(() => expect(started).toHaveLength(2));
		expect(started[1]).toEqual(started[0]);
		await vi.waitFor(() => expect(store.getState().panes[0]?.run).not.toBe(first?.run));
		expect(store.getState().panes).toMatchObject([{ id: first?.id, sort: 'line' }]);
		expect(first?.run.state).toMatchObject({ state: 'ended', ending: 'user' });
	});

	test('opens its form with A, and the new run comes into its pane', async () => {
		const { press, started, store, shows } = open({ last: { interval: '3', duration: '20' } });
		await press('r');
		await press('A');
		await shows(/duration +20 /);
		await press(keys.down, '4', keys.enter);
		await vi.waitFor(() => expect(started).toHaveLength(2));
		expect(started[1]).toEqual({ values: { interval: 4, failed: false }, limit: 20 });
		await vi.waitFor(() => expect(store.getState().panes).toHaveLength(1));
	});
});

test('a form fits on every screen, and what has the cursor is in sight', async () => {
	const long = 'a very long word of help that goes on and on '.repeat(3).trim();
	for (let seed = 1; seed <= 25; seed++) {
		const random = new Random(seed);
		const size: [number, number] = [60 + random.below(60), 16 + random.below(20)];
		const many = Object.fromEntries(
			Array.from({ length: 1 + random.below(20) }, (_, index) => [
				`p${index}`,
				{ type: random.pick(['int', 'text', 'flag', 'pid'] as const), optional: true, help: long },
			]),
		);
		const tool = toolOf(
			{ params: many, question: `${long}?`, providers: [{ via: 'classic', run: ['sh'], package: 'dash' }] },
			'wide',
		);
		const { press, text, store, shows } = open({ tool, size });
		await press(keys.enter);
		await shows('wide: A tool');
		for (let step = random.below(25); step > 0; step--)
			await press(random.pick([keys.down, keys.down, keys.up, 'x', '4']));
		await vi.waitFor(() => {
			const lines = text().split('\n');
			const what = `seed ${seed}, ${size.join('x')}:\n${text()}`;
			const { overlay } = store.getState();
			if (overlay?.kind !== 'form') throw new Error(what);
			const name = overlay.form.fields[overlay.form.at]?.name ?? 'Command by|The command';
			expect(text(), what).toMatch(new RegExp(`^▸ (${name})`, 'm'));
			expect(lines.length, what).toBeLessThanOrEqual(size[1]);
			expect(Math.max(...lines.map(widthOf)), what).toBeLessThanOrEqual(size[0]);
		});
	}
});
