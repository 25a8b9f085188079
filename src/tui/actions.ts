import { UsageError } from '../catalog/argv.ts';
import type { NextTool } from '../catalog/next-tools.ts';
import type { Tool } from '../catalog/tool.ts';
import type { Kind, ResourceName } from '../checks/check.ts';
import { cells } from '../checks/checklist.ts';
import { nextStep, type Step } from '../checks/procedure.ts';
import type { TargetChoice } from '../commands/target.ts';
import type { Target } from '../host/target.ts';
import type { Run } from '../runs/run.ts';
import { contentsOf } from '../table/view.ts';
import type { Action } from './keys.ts';
import { paneView } from './pane-view.ts';
import {
	cellKinds,
	type Finding,
	type Focus,
	focusedPane,
	type Mark,
	markKey,
	markOf,
	type Overlay,
	type Pane,
	type State,
	type Store,
	selectedCell,
} from './state.ts';

/** What the screen asks of the program behind it. */
export interface Controls {
	start(tool: Tool): Run;
	nextTools(resource: ResourceName, kind: Kind): NextTool[];
	allTools(): NextTool[];
	/** What can be looked at; again with what their runtimes call the containers, which takes a moment. */
	targets(named: (targets: TargetChoice[]) => void): TargetChoice[];
	lookAt(target: Target): void;
	stopEverything(): Promise<string>;
	quit(): void;
}

export const mostPanes = 4;

const secondPressMilliseconds = 2000;

/** What each key does. Every action reads the state, and leaves a new one. */
export function createActions(store: Store, controls: Controls): Record<Action, () => void> {
	const { getState, setState } = store;
	let nextPane = 1;
	let interruptedAt = Number.NEGATIVE_INFINITY;

	const say = (message: string) => setState({ message });
	const changePane = (change: (pane: Pane) => Partial<Pane>) =>
		setState(({ panes, focus }) => ({
			panes: panes.map((pane) => (pane.id === focus ? { ...pane, ...change(pane) } : pane)),
		}));

	function pointAt(row: number, column: number): void {
		setState({ cell: { row, column } });
		const { resource, kind } = selectedCell(getState());
		setState({ tools: controls.nextTools(resource, kind), toolCursor: 0 });
	}

	function run(tool: Tool | undefined): void {
		const { panes } = getState();
		if (!tool) return say('No tool is known for this cell.');
		if (panes.length >= mostPanes) return say(`${mostPanes} panes are open; close one with x first.`);
		try {
			const pane = newPane(nextPane++, controls.start(tool));
			setState({ panes: [...panes, pane], focus: pane.id, overlay: undefined, message: '' });
		} catch (error) {
			if (!(error instanceof UsageError)) throw error;
			say(error.message);
		}
	}

	function lookAt(target: Target | undefined): void {
		if (!target) return;
		controls.lookAt(target);
		setState({ overlay: undefined, focus: 'checklist' });
		const { cell, resources } = getState();
		pointAt(clamp(cell.row, resources.length), cell.column);
	}

	function move(by: number): void {
		const { overlay, focus, cell, resources, toolCursor, tools } = getState();
		if (overlay) setState({ overlay: moveOverlay(overlay, by) });
		else if (focus === 'checklist') pointAt(clamp(cell.row + by, resources.length), cell.column);
		else if (focus === 'tools') setState({ toolCursor: clamp(toolCursor + by, tools.length) });
		else changePane((pane) => ({ cursor: clamp(pane.cursor + by, paneView(pane).rows.length) }));
	}

	function moveAcross(by: number): void {
		const { focus, cell } = getState();
		if (focus === 'checklist') pointAt(cell.row, clamp(cell.column + by, cellKinds.length));
		else changePane((pane) => ({ left: clamp(pane.left + by, paneView(pane).columns.length) }));
	}

	function focusNext(by: number): void {
		const { focus, panes, tools } = getState();
		const places: Focus[] = ['checklist', ...(tools.length ? (['tools'] as const) : []), ...panes.map(({ id }) => id)];
		const at = places.indexOf(focus);
		setState({ focus: places[(at + by + places.length) % places.length] ?? 'checklist', message: '' });
	}

	function sortBy(by: number): void {
		changePane((pane) => {
			const names = [undefined, ...paneView(pane).columns.map(({ name }) => name)];
			const at = names.indexOf(pane.sort);
			return { sort: names[(at + by + names.length) % names.length], cursor: 0 };
		});
	}

	function group(pane: Pane): void {
		const { table } = pane.run;
		const column = table.columns.findIndex(({ name }) => name === pane.sort);
		if (table.groups) table.groupBy(undefined);
		else if (column < 0) return say('Choose the column to count by first, with < or >.');
		else table.groupBy(column);
		changePane(() => ({ sort: table.groups ? 'count' : undefined, cursor: 0, left: 0, frozen: undefined }));
	}

	function stopOrClose(pane: Pane): void {
		const { state } = pane.run.state;
		if (state === 'running') pane.run.stop('user');
		if (state !== 'ended') return say(`Stopping ${pane.run.request.tool.name}; x again closes its pane.`);
		setState(({ panes }) => ({
			panes: panes.filter(({ id }) => id !== pane.id),
			focus: 'checklist',
			zoomed: false,
			message: '',
		}));
	}

	function back(): void {
		const { overlay, focus, zoomed, panes } = getState();
		if (overlay) setState({ overlay: undefined });
		else if (zoomed) setState({ zoomed: false });
		else if (focus !== 'checklist') setState({ focus: 'checklist', message: '' });
		else {
			const running = panes.filter(({ run }) => run.state.state !== 'ended').length;
			if (running === 0) return controls.quit();
			const what = running === 1 ? 'A tool is' : `${running} tools are`;
			setState({ overlay: { kind: 'question', text: `${what} still running. Stop and quit?` } });
		}
	}

	function interrupt(): void {
		const pane = focusedPane(getState());
		if (pane?.run.state.state === 'running') return pane.run.stop('user');
		const now = performance.now();
		if (now - interruptedAt < secondPressMilliseconds) return controls.quit();
		interruptedAt = now;
		say('Press Ctrl-C again to quit.');
	}

	function nextProblem(): void {
		const { readings, resources, cell } = getState();
		const grid = cells(readings);
		const all = resources.flatMap((resource, row) =>
			cellKinds.map((kind, column) => ({ row, column, reading: grid[resource]?.[kind] })),
		);
		const at = cell.row * cellKinds.length + cell.column;
		const ahead = [...all.slice(at + 1), ...all.slice(0, at + 1)];
		const problem = ['bad', 'warn']
			.map((verdict) => ahead.find(({ reading }) => reading?.verdict === verdict))
			.find((found) => found !== undefined);
		if (problem) pointAt(problem.row, problem.column);
		else say('No cell warns.');
	}

	function mark(as: Finding): void {
		const step = selectedCell(getState());
		const before = markOf(getState(), step);
		setMark(store, step, { ...before, as: before.as === as ? undefined : as });
	}

	function goToNextStep(): void {
		const state = getState();
		const step = stepAhead(state);
		if (!step) return say('Every cell is marked.');
		pointAt(state.resources.indexOf(step.resource), cellKinds.indexOf(step.kind));
		setState({ focus: 'checklist' });
	}

	const onPane = (act: (pane: Pane) => void) => () => {
		const pane = focusedPane(getState());
		if (pane) act(pane);
	};

	return {
		up: () => move(-1),
		down: () => move(1),
		left: () => moveAcross(-1),
		right: () => moveAcross(1),
		pageUp: () => move(-10),
		pageDown: () => move(10),
		first: () => move(Number.NEGATIVE_INFINITY),
		last: () => move(Number.POSITIVE_INFINITY),
		enter() {
			const { overlay, tools, toolCursor } = getState();
			if (overlay?.kind === 'targets') return lookAt(targetMatches(overlay)[overlay.cursor]?.target);
			run(overlay?.kind === 'catalog' ? catalogMatches(overlay)[overlay.cursor]?.tool : tools[toolCursor]?.tool);
		},
		nextFocus: () => focusNext(1),
		previousFocus: () => focusNext(-1),
		detail: () => setState({ overlay: { kind: 'detail', top: 0 } }),
		catalog: () => setState({ overlay: { kind: 'catalog', cursor: 0, filter: '', tools: controls.allTools() } }),
		targets() {
			const targets = controls.targets((named) => {
				const { overlay } = getState();
				if (overlay?.kind === 'targets') setState({ overlay: { ...overlay, targets: named } });
			});
			setState({ overlay: { kind: 'targets', cursor: 0, filter: '', targets } });
		},
		nextProblem,
		nextStep: goToNextStep,
		tick: () => mark('looked at'),
		suspect: () => mark('suspicious'),
		skip: () => mark('skipped'),
		note() {
			const { note } = markOf(getState(), selectedCell(getState()));
			setState({ prompt: { text: note, before: note, into: 'note' } });
		},
		filter: onPane(({ filter }) => setState({ prompt: { text: filter, before: filter, into: 'filter' } })),
		sortRight: () => sortBy(1),
		sortLeft: () => sortBy(-1),
		reverse: () => changePane(({ reverse }) => ({ reverse: !reverse })),
		group: onPane(group),
		pause: () =>
			changePane((pane) => ({
				frozen: pane.frozen ? undefined : { contents: contentsOf(pane.run.table), total: pane.run.table.total },
			})),
		zoom: () => setState(({ zoomed }) => ({ zoomed: !zoomed })),
		stop: onPane(stopOrClose),
		stopEverything() {
			say('Stopping everything…');
			void controls.stopEverything().then(say);
		},
		help: () => setState({ overlay: { kind: 'help', top: 0 } }),
		back,
		quit: controls.quit,
		interrupt,
		yes: controls.quit,
	};
}

/** The cell that the procedure leads to, as long as one is not marked. */
export function stepAhead(state: State): ReturnType<typeof nextStep> {
	return nextStep(state.resources, state.readings, (step) => markOf(state, step).as !== undefined);
}

function setMark({ setState }: Store, step: Step, mark: Mark): void {
	setState((state) => ({
		marks: { ...state.marks, [markKey(state, step)]: { target: state.target.name, ...step, ...mark } },
	}));
}

/** Text being typed takes every key. What a filter hides is seen at once; a note is kept with Enter. */
export function typeText(store: Store, name: string, input: string): void {
	const { prompt } = store.getState();
	if (!prompt) return;
	const dropped = name === 'esc' || name === 'ctrl-c';
	const text = dropped ? prompt.before : name === 'enter' ? prompt.text : edited(prompt.text, name, input);
	const done = dropped || name === 'enter';
	store.setState({ prompt: done ? undefined : { ...prompt, text } });
	if (prompt.into === 'filter') {
		store.setState(({ panes, focus }) => ({
			panes: panes.map((pane) => (pane.id === focus ? { ...pane, filter: text, cursor: 0 } : pane)),
		}));
	} else if (name === 'enter') {
		const step = selectedCell(store.getState());
		setMark(store, step, { ...markOf(store.getState(), step), note: text });
	}
}

function edited(text: string, name: string, input: string): string {
	if (name === 'backspace') return text.slice(0, -1);
	if (name === 'ctrl-u') return '';
	return name.startsWith('ctrl-') || name === 'tab' ? text : text + input.replace(/[\x00-\x1f\x7f]/g, '');
}

/** In the catalog, letters narrow the list down. */
export function catalogMatches({ tools, filter }: Overlay & { kind: 'catalog' }): NextTool[] {
	return tools.filter(({ tool }) => `${tool.name} ${tool.title}`.toLowerCase().includes(filter));
}

export function targetMatches({ targets, filter }: Overlay & { kind: 'targets' }): TargetChoice[] {
	return targets.filter(({ text }) => text.toLowerCase().includes(filter));
}

/** More than any page of text has. */
const mostLines = 500;

function moveOverlay(overlay: Overlay, by: number): Overlay {
	if (overlay.kind === 'help' || overlay.kind === 'detail')
		return { ...overlay, top: Math.max(0, Math.min(mostLines, overlay.top + by)) };
	if (overlay.kind === 'catalog')
		return { ...overlay, cursor: clamp(overlay.cursor + by, catalogMatches(overlay).length) };
	if (overlay.kind === 'targets')
		return { ...overlay, cursor: clamp(overlay.cursor + by, targetMatches(overlay).length) };
	return overlay;
}

function newPane(id: number, run: Run): Pane {
	return {
		id,
		run,
		sort: run.request.tool.output.sort,
		reverse: false,
		filter: '',
		cursor: 0,
		left: 0,
		frozen: undefined,
	};
}

function clamp(index: number, length: number): number {
	return Math.max(0, Math.min(length - 1, index));
}
