import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NextTool } from '../catalog/next-tools.ts';
import type { Column } from '../catalog/tool.ts';
import type { Kind, Reading, ResourceName } from '../checks/check.ts';
import type { Step } from '../checks/procedure.ts';
import type { TargetChoice } from '../commands/target.ts';
import type { Target } from '../host/target.ts';
import type { Row } from '../output/reader.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import type { Form } from './form/form.ts';
import type { Preview } from './form/form-actions.ts';
import type { Pane } from './pane/pane.ts';

export type Overlay =
	| { kind: 'help'; top: number; over?: Overlay | undefined }
	| { kind: 'form'; form: Form; preview: Preview }
	| { kind: 'detail'; top: number }
	| { kind: 'catalog'; cursor: number; filter: string; tools: NextTool[] }
	| { kind: 'targets'; cursor: number; filter: string; targets: TargetChoice[] }
	| { kind: 'row'; top: number; columns: readonly Column[]; row: Row }
	| { kind: 'columns'; cursor: number }
	| { kind: 'question'; text: string };

export type Finding = 'looked at' | 'suspicious' | 'skipped';

/** A cell that is marked is done with. */
export interface Mark {
	as: Finding | undefined;
	note: string;
}

/** What has the focus: the checklist, the list of tools under it, or a pane by its id. */
export type Focus = 'checklist' | 'tools' | number;

/** The whole state of the screen. Rows are not in it: they are in the runs' tables, and `frame` says when to look again. */
export interface State {
	/** What stands in the header and never changes. */
	about: { hostname: string; kernel: string; hidden: string };
	/** What checks and new tools are narrowed to. */
	target: Target;
	recording: { folder: string | undefined; failure: string | undefined; isOff?: boolean; isLost?: boolean };
	resources: ResourceName[];
	readings: Reading[];
	cell: { row: number; column: number };
	tools: NextTool[];
	toolCursor: number;
	panes: Pane[];
	focus: Focus;
	zoomed: boolean;
	overlay: Overlay | undefined;
	/** What the user has said of cells, by target and cell. */
	marks: Record<string, Mark & Step & { target: string }>;
	/** A filter, a search or a note being typed. */
	prompt: { text: string; before: string; into: 'filter' | 'search' | 'note' } | undefined;
	message: string;
	/** Of a session that is looked at again: the moment that is shown, in milliseconds since 1970, and how it goes on. */
	replay:
		| { time: number; start: number; end: number; speed: number; isPlaying: boolean; isBehind: boolean }
		| undefined;
	frame: number;
}

export type Store = StoreApi<State>;

export function createState(start: Pick<State, 'about' | 'target' | 'resources' | 'recording'>): Store {
	return createStore<State>(() => ({
		...start,
		readings: [],
		cell: { row: 0, column: 0 },
		tools: [],
		toolCursor: 0,
		marks: {},
		panes: [],
		focus: 'checklist',
		zoomed: false,
		overlay: undefined,
		prompt: undefined,
		message: '',
		replay: undefined,
		frame: 0,
	}));
}

/** In the order of the screen: errors first. */
export const cellKinds: readonly Kind[] = ['errors', 'utilization', 'saturation'];

export function selectedCell(state: State): Step {
	const { row, column } = state.cell;
	return { resource: state.resources[row] ?? 'cpu', kind: cellKinds[column] ?? 'errors' };
}

export function markKey({ target }: Pick<State, 'target'>, { resource, kind }: Step): string {
	return `${target.name} ${resource} ${kind}`;
}

export function markOf(state: Pick<State, 'target' | 'marks'>, step: Step): Mark {
	return state.marks[markKey(state, step)] ?? { as: undefined, note: '' };
}

export function setMark({ setState }: Store, step: Step, mark: Mark): void {
	setState((state) => ({
		marks: { ...state.marks, [markKey(state, step)]: { target: state.target.name, ...step, ...mark } },
	}));
}

export function focusedPane(state: State): Pane | undefined {
	return state.panes.find(({ id }) => id === state.focus);
}

/** What goes on in the panes; several may show the same run. */
export function runningIn({ panes }: Pick<State, 'panes'>): ShownRun[] {
	return [...new Set(panes.map(({ run }) => run))].filter((run) => run.state.state !== 'ended');
}
