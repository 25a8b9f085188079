import type { NextTool } from '../catalog/next-tools.ts';
import type { Kind, Reading, ResourceName } from '../checks/check.ts';
import { cells } from '../checks/checklist.ts';
import { nextStep } from '../checks/procedure.ts';
import type { TargetChoice } from '../commands/target.ts';
import type { Target } from '../host/target.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import { flameSvg } from '../session/flame-svg.ts';
import { moveInForm } from './form/form.ts';
import { type Action, refusals } from './keys.ts';
import { listedColumns, paneActions } from './pane/pane-actions.ts';
import { paneView } from './pane/pane-view.ts';
import { isSearched, isStacks } from './pane/shape-actions.ts';
import { treeOf } from './pane/shape-view.ts';
import { type StartControls, startActions } from './start-actions.ts';
import {
	cellKinds,
	type Finding,
	type Focus,
	focusedPane,
	markOf,
	type Overlay,
	runningIn,
	type State,
	type Store,
	selectedCell,
	setMark,
} from './state.ts';

export interface ReplayControls {
	playOrPause(): void;
	changeSpeed(by: 1 | -1): void;
	seekBy(seconds: number): void;
	/** Stops where the next verdict turns bad; the reading that does. */
	seekNextBad(): Reading | undefined;
}

/** What the screen asks of the program behind it. */
export interface Controls extends StartControls {
	nextTools(resource: ResourceName, kind: Kind): NextTool[];
	allTools(): NextTool[];
	/** What can be looked at; again with what their runtimes call the containers, which takes a moment. */
	targets(named: (targets: TargetChoice[]) => void): TargetChoice[];
	lookAt(target: Target): void;
	/** Keeps a file with the run in the session; undefined where nothing is recorded. */
	keep(run: ShownRun, name: string, text: string): string | undefined;
	/** Keeps the screen as it stands in the session. */
	keepScreen(): string | undefined;
	/** Turns recording off, or on again; what is so from then on. */
	turnRecording(): string;
	stopEverything(): Promise<string>;
	quit(): void;
	/** What moves the clock of a session that is looked at again; a live console has none. */
	replay?: ReplayControls;
}

/** A command line has no more lines than on the narrowest screen. */
const narrowest = 60;

const secondPressMilliseconds = 2000;

/** What each key does. Every action reads the state, and leaves a new one. */
export function createActions(store: Store, controls: Controls, nextId = numbers()): Record<Action, () => void> {
	const { getState, setState } = store;
	let interruptedAt = Number.NEGATIVE_INFINITY;

	const say = (message: string) => setState({ message });
	const onPane = paneActions(store, say, nextId);
	const starting = startActions(store, controls, say, nextId);
	const { forms } = starting;

	function pointAt(row: number, column: number): void {
		setState({ cell: { row, column } });
		const { resource, kind } = selectedCell(getState());
		setState({ tools: controls.nextTools(resource, kind), toolCursor: 0 });
	}

	function pointedAt(): NextTool | undefined {
		const { overlay, tools, toolCursor } = getState();
		return overlay?.kind === 'catalog' ? catalogMatches(overlay)[overlay.cursor] : tools[toolCursor];
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
		if (overlay?.kind === 'form') moveForm(overlay, by);
		else if (overlay) setState({ overlay: moveOverlay(getState(), overlay, by) });
		else if (focus === 'checklist') pointAt(clamp(cell.row + by, resources.length), cell.column);
		else if (focus === 'tools') setState({ toolCursor: clamp(toolCursor + by, tools.length) });
		else onPane.move(by);
	}

	function moveForm({ form, preview }: Overlay & { kind: 'form' }, by: number): void {
		const lines = preview.planned?.line.lines(narrowest).length ?? 0;
		forms.show(moveInForm(form, by, lines));
	}

	function moveAcross(by: number): void {
		const { focus, cell } = getState();
		if (focus === 'checklist') pointAt(cell.row, clamp(cell.column + by, cellKinds.length));
		else onPane.scroll(by);
	}

	function focusNext(by: number): void {
		const { focus, panes, tools } = getState();
		const places: Focus[] = ['checklist', ...(tools.length ? (['tools'] as const) : []), ...panes.map(({ id }) => id)];
		const at = places.indexOf(focus);
		setState({ focus: places[(at + by + places.length) % places.length] ?? 'checklist', message: '' });
	}

	function back(): void {
		const { overlay, focus, zoomed } = getState();
		const pane = focusedPane(getState());
		if (overlay?.kind === 'form' && overlay.form.picker) forms.show({ ...overlay.form, picker: undefined });
		else if (overlay) setState({ overlay: overlay.kind === 'help' ? overlay.over : undefined });
		else if (pane && onPane.leave(pane)) return;
		else if (zoomed) setState({ zoomed: false });
		else if (focus !== 'checklist') setState({ focus: 'checklist', message: '' });
		else {
			const running = runningIn(getState()).length;
			if (running === 0 || controls.replay) return controls.quit();
			const what = running === 1 ? 'A tool is' : `${running} tools are`;
			setState({ overlay: { kind: 'question', text: `${what} still running. Stop and quit?` } });
		}
	}

	function interrupt(): void {
		const pane = focusedPane(getState());
		if (pane?.run.state.state === 'running' && !controls.replay) return pane.run.stop('user');
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

	function enter(): void {
		const { overlay, focus } = getState();
		if (overlay?.kind === 'targets') return lookAt(targetMatches(overlay)[overlay.cursor]?.target);
		if (overlay?.kind === 'columns') return onPane.column('sort');
		if (overlay?.kind === 'form') return forms.enter();
		if (!overlay && typeof focus === 'number') return onPane.open();
		starting.begin(pointedAt());
	}

	function goToNextBad(): void {
		const reading = controls.replay?.seekNextBad();
		if (!reading) return say('No verdict turns bad after this.');
		const { resources } = getState();
		const row = resources.indexOf(reading.resource);
		if (row >= 0) pointAt(row, cellKinds.indexOf(reading.kind));
		say(reading.why);
	}

	function editFilter(): void {
		const pane = focusedPane(getState());
		if (pane) setState({ prompt: { text: pane.filter, before: pane.filter, into: 'filter' } });
	}

	function editSearch(): void {
		const pane = focusedPane(getState());
		if (pane && isSearched(pane)) setState({ prompt: { text: pane.search, before: pane.search, into: 'search' } });
		else say('Text, flame graphs and call trees can be searched; / filters rows.');
	}

	function saveFlame(): void {
		const pane = focusedPane(getState());
		if (!pane || !isStacks(pane)) return say('Only stacks are a flame graph that can be saved.');
		const path = controls.keep(pane.run, 'flame.svg', flameSvg(treeOf(pane, paneView(pane)), aboutFlame(pane.run)));
		say(path === undefined ? 'Nothing is recorded, so there is no folder to save it in.' : `Saved: ${path}`);
	}

	const actions: Record<Action, () => void> = {
		up: () => move(-1),
		down: () => move(1),
		left: () => moveAcross(-1),
		right: () => moveAcross(1),
		pageUp: () => move(-10),
		pageDown: () => move(10),
		first: () => move(Number.NEGATIVE_INFINITY),
		last: () => move(Number.POSITIVE_INFINITY),
		enter,
		startAtOnce: () => starting.atOnce(pointedAt()),
		pick: forms.pick,
		copyCommand: forms.copyCommand,
		restart: starting.restart,
		again: starting.again,
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
		filter: editFilter,
		sortRight: onPane.sortRight,
		sortLeft: onPane.sortLeft,
		reverse: onPane.reverse,
		shape: onPane.nextShape,
		search: editSearch,
		nextMatch: () => onPane.match(1),
		previousMatch: () => onPane.match(-1),
		wrap: onPane.wrap,
		openKept: starting.openKept,
		saveFlame,
		group: onPane.group,
		columns: onPane.columns,
		toggleColumn: () => onPane.column('toggle'),
		groupByColumn: () => onPane.column('group'),
		columnForward: () => onPane.column('forward'),
		columnBackward: () => onPane.column('backward'),
		changes: onPane.changes,
		earlier: onPane.earlier,
		later: onPane.later,
		pause: onPane.pause,
		split: onPane.split,
		zoom: () => setState(({ zoomed }) => ({ zoomed: !zoomed })),
		stop: controls.replay ? onPane.close : onPane.stop,
		stopEverything() {
			say('Stopping everything…');
			void controls.stopEverything().then(say);
		},
		saveScreen() {
			const path = controls.keepScreen();
			say(path === undefined ? 'Nothing is recorded, so there is no folder to save it in.' : `Saved: ${path}`);
		},
		recording: () => say(controls.turnRecording()),
		help() {
			const { overlay } = getState();
			setState({ overlay: { kind: 'help', top: 0, over: overlay?.kind === 'help' ? overlay.over : overlay } });
		},
		back,
		quit: controls.quit,
		interrupt,
		yes: controls.quit,
		playOrPause: () => controls.replay?.playOrPause(),
		faster: () => controls.replay?.changeSpeed(1),
		slower: () => controls.replay?.changeSpeed(-1),
		backTenSeconds: () => controls.replay?.seekBy(-10),
		onTenSeconds: () => controls.replay?.seekBy(10),
		backOneMinute: () => controls.replay?.seekBy(-60),
		onOneMinute: () => controls.replay?.seekBy(60),
		nextBad: goToNextBad,
	};
	if (controls.replay) for (const { action, why } of refusals) actions[action] = () => say(why);
	return actions;
}

/** One after the other, for panes to be told apart by. */
export function numbers(): () => number {
	let next = 1;
	return () => next++;
}

function aboutFlame({ request, startedAt, seconds }: ShownRun) {
	const { tool, provider, scope } = request;
	const when = new Date(startedAt).toISOString().slice(0, 19);
	return {
		title: `${tool.name}: ${tool.title}`,
		subtitle: `${scope.target.name}, through ${provider.via}, ${Math.round(seconds)} s from ${when}Z on`,
		unit: tool.output.unit ?? 'samples',
	};
}

/** The cell that the procedure leads to, as long as one is not marked. */
export function stepAhead(state: State): ReturnType<typeof nextStep> {
	return nextStep(state.resources, state.readings, (step) => markOf(state, step).as !== undefined);
}

/** In the catalog, letters narrow the list down; who types a name has the tool of that name first. */
export function catalogMatches({ tools, filter }: Overlay & { kind: 'catalog' }): NextTool[] {
	const rank = ({ tool: { name } }: NextTool) =>
		[name === filter, name.startsWith(filter), name.includes(filter), true].indexOf(true);
	return tools
		.filter(({ tool }) => `${tool.name} ${tool.title}`.toLowerCase().includes(filter))
		.toSorted((a, b) => rank(a) - rank(b));
}

export function targetMatches({ targets, filter }: Overlay & { kind: 'targets' }): TargetChoice[] {
	return targets.filter(({ text }) => text.toLowerCase().includes(filter));
}

/** More than any page of text has. */
const mostLines = 500;

function moveOverlay(state: State, overlay: Overlay, by: number): Overlay {
	if (overlay.kind === 'help' || overlay.kind === 'detail' || overlay.kind === 'row')
		return { ...overlay, top: Math.max(0, Math.min(mostLines, overlay.top + by)) };
	if (overlay.kind === 'catalog')
		return { ...overlay, cursor: clamp(overlay.cursor + by, catalogMatches(overlay).length) };
	if (overlay.kind === 'targets')
		return { ...overlay, cursor: clamp(overlay.cursor + by, targetMatches(overlay).length) };
	const pane = focusedPane(state);
	if (overlay.kind === 'columns' && pane)
		return { ...overlay, cursor: clamp(overlay.cursor + by, listedColumns(pane, paneView(pane)).length) };
	return overlay;
}

function clamp(index: number, length: number): number {
	return Math.max(0, Math.min(length - 1, index));
}
