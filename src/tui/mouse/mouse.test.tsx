import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import { Random } from '../../../test/fixtures/random.ts';
import { renderAt, standingControls, standingStore } from '../../../test/fixtures/standing-screen.tsx';
import { firstProvider, hostScope, kernelWith, toolOf } from '../../../test/fixtures/tools.ts';
import { resolve } from '../../catalog/resolve.ts';
import { type Cell, rowOf } from '../../output/reader.ts';
import { columnsOf } from '../../output/reader-for.ts';
import type { Run } from '../../runs/run.ts';
import { Table } from '../../table/table.ts';
import { App } from '../App.tsx';
import { createActions } from '../actions.ts';
import { newPane } from '../pane/pane.ts';
import { paneView } from '../pane/pane-view.ts';
import { wordAt } from './hit-test.ts';
import { mouseActions } from './mouse-actions.ts';
import type { MouseReport } from './mouse-reports.ts';

const resources = ['cpu', 'memory', 'disk', 'network'] as const;
const names = Array.from({ length: 12 }, (_, index) => `tool-${String.fromCharCode(97 + index)}`);
const tools = names.map((name) => ({
	tool: toolOf({ providers: [{ via: 'classic', run: ['sh'], package: 'dash' }] }, name),
	resolution: resolve(
		toolOf({ providers: [{ via: 'classic', run: ['sh'], package: 'dash' }] }, name),
		kernelWith(),
		hostScope,
	),
}));

const table = toolOf({
	output: {
		class: 'event-stream',
		columns: [
			{ name: 'pid', type: 'int' },
			{ name: 'command', type: 'text' },
			{ name: 'size', type: 'bytes' },
		],
	},
});

let nextPane = 1000;

/** Rows that differ in every column, each with a word that stands nowhere else on the screen. */
function paneOf(rows: number) {
	const id = nextPane++;
	const tool = { ...table, name: `pane${id}` };
	const run = {
		request: { tool, provider: firstProvider(tool), values: {}, scope: hostScope, narrowing: 'host', limit: 60 },
		state: { state: 'running' },
		table: new Table(columnsOf(tool), tool.output.class),
		judgement: { badge: 'complete', why: 'no events lost' },
		cost: { processSeconds: 0, bpfSeconds: 0, percent: 0, programs: 0 },
		seconds: 1,
	};
	for (let row = 0; row < rows; row++) {
		const cells: Cell[] = [100 + row, `row${id}x${row}`, (row * 37) % 101];
		run.table.add(rowOf(cells));
	}
	return newPane(id, run as unknown as Run);
}

function open(size: [number, number], panes: number, rows = 40) {
	const store = standingStore(resources);
	const controls = standingControls({ nextTools: () => tools, allTools: () => tools });
	const actions = createActions(store, controls);
	actions.first();
	store.setState({ panes: Array.from({ length: panes }, () => paneOf(rows)) });
	const app = <App store={store} actions={actions} forms={controls.forms} history={() => []} />;
	const screen = renderAt(size, app);
	const act = mouseActions(store, actions, () => ({ columns: size[0], rows: size[1] }));
	const report = (does: MouseReport['does'], x: number, y: number, button = 0) => act({ does, button, x, y });
	const lines = () => stripVTControlCharacters(screen.lastFrame() ?? '').split('\n');
	return {
		store,
		lines,
		report,
		/** Where on the screen a text stands. */
		async find(text: string): Promise<[number, number]> {
			return vi.waitFor(
				() => {
					const y = lines().findIndex((line) => line.includes(text));
					if (y < 0 || lines().length !== size[1]) throw new Error(`${text} is not in\n${lines().join('\n')}`);
					return [(lines()[y] as string).indexOf(text), y] as [number, number];
				},
				{ interval: 5 },
			);
		},
	};
}

test('a click on a cell of the checklist points at it', async () => {
	const { report, find, store } = open([80, 24], 0);
	const [, y] = await find('disk');
	for (const [column, title] of ['errors', 'utilization', 'saturation'].entries()) {
		const [x] = await find(title);
		report('press', x, y);
		expect(store.getState()).toMatchObject({ cell: { row: 2, column }, focus: 'checklist' });
	}
});

test('a click on a tool points at it, and only at a tool', async () => {
	const { report, find, store } = open([80, 24], 0);
	const [x, y] = await find('tool-c');
	report('press', x, y);
	expect(store.getState()).toMatchObject({ toolCursor: 2, focus: 'tools' });
	const [titleX, titleY] = await find('Run next');
	report('press', titleX, titleY);
	expect(store.getState().toolCursor).toBe(2);
});

test('whatever the screen, a click on a pane that is drawn there takes the focus to it, and one on a row the cursor', async () => {
	for (let seed = 1; seed <= 40; seed++) {
		const random = new Random(seed);
		const size: [number, number] = [60 + random.below(140), 16 + random.below(40)];
		const { report, find, store, lines } = open(size, 1 + random.below(6));
		const { panes } = store.getState();
		const focus = random.pick(panes).id;
		store.setState({ focus, panes: panes.map((pane) => ({ ...pane, filter: random.below(2) ? 'row' : '' })) });
		await find(`pane${focus} · classic`);
		const { id } = random.pick(panes);
		const what = `seed ${seed}, ${size.join('x')}, pane ${id}:\n${lines().join('\n')}`;
		const [x, y] = await find(`pane${id} · classic`);
		const drawn = [
			...lines()
				.join('\n')
				.matchAll(new RegExp(`row${id}x\\d+`, 'g')),
		].map(([word]) => word);
		if (drawn.length > 0) {
			const word = random.pick(drawn);
			const [rowX, rowY] = await find(`${word} `);
			report('press', rowX, rowY);
			const pane = store.getState().panes.find((pane) => pane.id === id);
			if (!pane) throw new Error(what);
			const view = paneView(pane);
			expect(view.rows[view.cursor]?.cell(1), what).toBe(word);
		} else report('press', x, y);
		expect(store.getState().focus, what).toBe(id);
	}
});

test('a click on the name of a column sorts by it, another turns it around', async () => {
	const { report, find, store } = open([120, 30], 1);
	const { id } = store.getState().panes[0] as { id: number };
	const [x, y] = await find('command ');
	report('press', x + 2, y);
	expect(store.getState()).toMatchObject({ focus: id, panes: [{ sort: 'command', reverse: false }] });
	await find('command▲');
	report('press', x + 2, y);
	expect(store.getState().panes).toMatchObject([{ sort: 'command', reverse: true }]);
	const [sizeX] = await find('size');
	report('press', sizeX, y);
	expect(store.getState().panes).toMatchObject([{ sort: 'size', reverse: false }]);
});

test('the wheel scrolls what is under it, and leaves the focus where it is', async () => {
	const { report, find, store } = open([120, 30], 2);
	const [, second] = store.getState().panes;
	const [x, y] = await find(`pane${second?.id} · classic`);
	report('wheel-down', x, y + 3);
	report('wheel-down', x, y + 3);
	const cursors = () => store.getState().panes.map((pane) => paneView(pane).cursor);
	expect(cursors()).toEqual([0, 6]);
	expect(store.getState().focus).toBe('checklist');
	report('wheel-up', x, y + 3);
	expect(cursors()).toEqual([0, 3]);
	const [toolX, toolY] = await find('tool-b');
	report('wheel-down', toolX, toolY);
	expect(store.getState()).toMatchObject({ toolCursor: 3, focus: 'checklist' });
});

test('a list that lies open is pointed into and scrolled', async () => {
	const { report, find, store } = open([80, 24], 0);
	store.setState({ overlay: { kind: 'catalog', cursor: 0, filter: '', tools } });
	await find('letters narrow');
	const [x, y] = await find('tool-e');
	report('press', x, y);
	expect(store.getState().overlay).toMatchObject({ cursor: 4 });
	report('wheel-down', x, y);
	expect(store.getState().overlay).toMatchObject({ cursor: 7 });
	report('press', 0, 1);
	expect(store.getState().overlay).toMatchObject({ cursor: 7 });
});

test('other buttons, releases, and clicks on the header or the line of keys do nothing', async () => {
	const { report, store, find } = open([80, 24], 1);
	await find('tool-a');
	const before = store.getState();
	for (const [does, x, y, button] of [
		['press', 5, 4, 2],
		['release', 5, 4, 0],
		['move', 5, 4, 0],
		['press', 5, 0, 0],
		['press', 5, 23, 0],
		['press', 500, 300, 0],
	] as const)
		report(does, x, y, button);
	expect(store.getState()).toEqual(before);
});

test('the word of a header is the nearest one', () => {
	const header = '  pid  command   size▼';
	expect([0, 2, 4, 5, 6, 7, 14, 16, 17, 21, 90].map((x) => wordAt(header, x))).toEqual([
		'pid',
		'pid',
		'pid',
		'pid',
		'command',
		'command',
		'command',
		'size▼',
		'size▼',
		'size▼',
		'size▼',
	]);
	expect(wordAt('   ', 1)).toBeUndefined();
});
