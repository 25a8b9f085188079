import { installedCatalog } from '../../catalog/installed-catalog.ts';
import type { NextTool } from '../../catalog/next-tools.ts';
import type { Tool } from '../../catalog/tool.ts';
import { checklists } from '../../checks/checklist.ts';
import { exitCodes } from '../../commands/arguments.ts';
import { printable } from '../../host/printable.ts';
import { Replay } from '../../session/replay.ts';
import type { ReplayedRun } from '../../session/replayed-run.ts';
import { createActions, numbers } from '../actions.ts';
import { Mouse } from '../mouse/mouse.ts';
import { knowsMouse } from '../mouse/mouse-reports.ts';
import { forgetPane, mostPanes } from '../pane/pane-actions.ts';
import { openScreen, whenTerminalCloses } from '../screen.tsx';
import { createState, type Finding, type State, type Store, selectedCell } from '../state.ts';
import { noForms } from './no-forms.ts';
import { panesAsWished } from './panes-as-wished.ts';

const tickMilliseconds = 100;
/** Of one tick, so that keys stay quick while much is read. */
const mostReadingMilliseconds = 40;

/** Opens the console on a session, and stays until the user, or a signal, ends it. */
export async function openReplay(folder: string, { mouse: wanted }: { mouse: boolean }): Promise<number> {
	const replay = new Replay(folder, await installedCatalog());
	const { host } = replay.story.session;
	const store = createState({
		about: {
			hostname: printable(String(host?.hostname ?? 'unknown host')),
			kernel: `Linux ${printable(String(host?.kernel ?? 'unknown'))}`,
			hidden: '',
		},
		target: replay.target,
		resources: resourcesOf(replay.target.kind),
		recording: { folder: undefined, failure: undefined },
	});
	let finish: () => void = () => {};
	const finished = new Promise<void>((settle) => {
		finish = settle;
	});
	const listed = new Map(replay.runs.map((run) => [listedAs(run), run]));
	const begun = (): NextTool[] =>
		[...listed].filter(([, run]) => run.hasBegunBy(replay.time)).map(([tool, run]) => asNext(tool, run));
	const nextId = numbers();
	const panes = panesOf(store, replay, nextId);
	let before = performance.now();
	let isThere = true;

	/** Lets time pass, reads what came meanwhile, and shows it. */
	const tick = () => {
		const now = performance.now();
		// Time stands still while tables are brought to it.
		if (isThere) replay.pass(now - before);
		before = now;
		isThere = replay.catchUp(() => performance.now() - now > mostReadingMilliseconds);
		if (panes.follow()) store.setState((state) => ({ tools: ofCell(begun(), state) }));
		show(store, replay, !isThere);
	};
	const act = (change: () => void) => {
		change();
		tick();
	};
	const actions = createActions(
		store,
		{
			forms: noForms,
			lendTerminal: async () => '',
			lendTerminalToKept: async () => '',
			nextTools: (resource, kind) => begun().filter(({ tool }) => answers(tool, resource, kind)),
			allTools: begun,
			start: (tool) => listed.get(tool) as ReplayedRun,
			targets: () => [],
			lookAt() {},
			keep: () => undefined,
			keepScreen: () => undefined,
			turnRecording: () => '',
			stopEverything: async () => '',
			quit: () => finish(),
			replay: {
				playOrPause: () =>
					act(() => {
						if (!replay.isPlaying && replay.time === replay.end) replay.seek(replay.story.start);
						replay.isPlaying = !replay.isPlaying;
					}),
				changeSpeed: (by) => act(() => replay.changeSpeed(by)),
				seekBy: (seconds) => act(() => replay.seek(replay.time + seconds * 1000)),
				seekNextBad() {
					const found = replay.seekNextBad();
					tick();
					return found;
				},
			},
		},
		nextId,
	);
	actions.first();
	const [warning] = replay.story.warnings;
	if (warning) store.setState({ message: printable(`${warning}.`) });
	const ticking = setInterval(tick, tickMilliseconds);
	for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, finish);
	whenTerminalCloses(finish);
	const mouse = new Mouse(wanted && knowsMouse(process.env.TERM));
	mouse.on();
	const screen = openScreen({ store, actions, forms: noForms, history: (reading) => replay.history(reading) });
	await finished;
	clearInterval(ticking);
	mouse.off();
	screen.close();
	process.exit(exitCodes.ok);
}

const resourcesOf = (kind: State['target']['kind']) => checklists[kind].map(({ resource }) => resource);

/** The moment as it was; what is the same as before stays, so that nothing is drawn in vain. */
function show(store: Store, replay: Replay, isBehind: boolean): void {
	const { isPlaying, speed, end, moment, target } = replay;
	const { start } = replay.story;
	// In whole seconds: what is shown of it does not change more often.
	const time = replay.time === end ? end : start + Math.floor((replay.time - start) / 1000) * 1000;
	const clock = { time, start, end, speed, isPlaying, isBehind };
	const { replay: shown, target: before } = store.getState();
	if (JSON.stringify(shown) !== JSON.stringify(clock)) store.setState({ replay: clock });
	const known = shownMoments.get(store);
	if (known === moment && before.name === target.name) return;
	shownMoments.set(store, moment);
	store.setState({
		target,
		resources: resourcesOf(target.kind),
		readings: replay.readings,
		marks: marksUntil(replay),
	});
}

const shownMoments = new WeakMap<Store, string>();

/** Panes for each run that has begun, as it was looked at, as long as there is room; none for one that lies ahead. */
function panesOf(store: Store, replay: Replay, nextId: () => number) {
	const opened = new Set<ReplayedRun>();
	const layouts = replay.story.events.filter(({ type }) => type === 'layout');
	return {
		/** Whether other runs have begun by now. */
		follow(): boolean {
			let changed = false;
			for (const run of replay.runs) {
				const hasBegun = run.hasBegunBy(replay.time);
				if (hasBegun === opened.has(run)) continue;
				changed = true;
				if (hasBegun) {
					opened.add(run);
					const room = mostPanes - store.getState().panes.length;
					const wished = panesAsWished(run, `runs/${run.name}`, layouts, nextId).slice(0, room);
					store.setState(({ panes }) => ({ panes: [...panes, ...wished] }));
					if (wished.length === 0)
						store.setState({ message: `${run.name} has begun; ${mostPanes} panes are open, t lists all runs.` });
				} else {
					opened.delete(run);
					closePanes(store, run);
				}
			}
			return changed;
		},
	};
}

function closePanes(store: Store, run: ReplayedRun): void {
	const { panes, focus } = store.getState();
	const gone = panes.filter((pane) => pane.run === run);
	for (const pane of gone) forgetPane(pane);
	store.setState({
		panes: panes.filter((pane) => pane.run !== run),
		...(gone.some(({ id }) => id === focus) ? { focus: 'checklist' as const, zoomed: false, overlay: undefined } : {}),
	});
}

/** A run in the place of the tool that it was started from: in lists, Enter opens a pane on it. */
function listedAs({ name, argv, request }: ReplayedRun): Tool {
	return { ...request.tool, name, title: argv, question: argv, params: {} };
}

function asNext(tool: Tool, { request }: ReplayedRun): NextTool {
	return { tool, resolution: { provider: request.provider, program: '', narrowing: request.narrowing, refusals: [] } };
}

function answers(tool: Tool, resource: Tool['resource'], kind: Tool['answers'][number]): boolean {
	return (tool.resource === resource || tool.also.includes(resource)) && tool.answers.includes(kind);
}

function ofCell(tools: NextTool[], state: State): NextTool[] {
	const { resource, kind } = selectedCell(state);
	return tools.filter(({ tool }) => answers(tool, resource, kind));
}

const findings: Finding[] = ['looked at', 'suspicious', 'skipped'];

/** What had been said of cells by then. */
function marksUntil({ story, time }: Replay): State['marks'] {
	const marks: State['marks'] = {};
	for (const { type, time: at, target, resource, kind, as, note } of story.events) {
		if (type !== 'mark' || at > time) continue;
		marks[`${target} ${resource} ${kind}`] = {
			target: String(target),
			resource: resource as Tool['resource'],
			kind: kind as Tool['answers'][number],
			as: findings.find((known) => known === as),
			note: printable(String(note ?? '')),
		};
	}
	return marks;
}
