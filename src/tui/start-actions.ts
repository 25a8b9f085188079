import { UsageError } from '../catalog/argv.ts';
import type { NextTool } from '../catalog/next-tools.ts';
import { refusalText } from '../catalog/resolve.ts';
import type { Tool } from '../catalog/tool.ts';
import type { Scope } from '../host/target.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import type { Given } from '../session/last-values.ts';
import { type Filled, type Form, limitField } from './form/form.ts';
import { type FormControls, formActions } from './form/form-actions.ts';
import { newPane, type Pane, restarted } from './pane/pane.ts';
import { mostPanes, tooMany } from './pane/pane-actions.ts';
import { focusedPane, type Store } from './state.ts';

/** What starting asks of the program behind the screen. */
export interface StartControls {
	/** With its defaults, unless values are given; narrowed to what is looked at, unless to another. */
	start(tool: Tool, filled?: Filled, scope?: Scope): ShownRun;
	/** Lends the terminal to a tool that takes all of it; how that ended, in a sentence. */
	lendTerminal(tool: Tool, filled?: Filled, scope?: Scope): Promise<string>;
	/** The same for the program that shows what is kept of a run. */
	lendTerminalToKept(run: ShownRun): Promise<string>;
	forms: FormControls;
}

/** Tools are started from lists, through their forms, and again from their panes. */
export function startActions(
	store: Store,
	controls: StartControls,
	say: (message: string) => void,
	nextId: () => number,
) {
	const { getState, setState } = store;
	const forms = formActions(store, controls.forms, start);

	/** Into a pane of its own, or in the place of a run that is over. */
	function start({ tool, scope, pane: id }: Pick<Form, 'tool' | 'scope' | 'pane'>, filled?: Filled): void {
		if (tool.output.class === 'terminal') return lendTerminal(tool, filled, scope);
		const { panes } = getState();
		const old = panes.find((pane) => pane.id === id);
		if (old) return replaceRun(old, () => controls.start(tool, filled, scope));
		if (panes.length >= mostPanes) throw new UsageError(tooMany);
		const pane = newPane(nextId(), controls.start(tool, filled, scope));
		setState({ panes: [...panes, pane], focus: pane.id, overlay: undefined, message: '' });
	}

	/** Two of one tool would be in each other's way, so the old run ends first. */
	function replaceRun({ id, run: old }: Pane, begin: () => ShownRun): void {
		const replace = () => {
			if (!getState().panes.some((pane) => pane.run === old)) return;
			const run = begin();
			setState(({ panes }) => ({
				panes: panes.map((pane) => (pane.run === old ? restarted(pane, run) : pane)),
				message: '',
			}));
		};
		setState({ overlay: undefined, focus: id });
		if (old.state.state === 'ended') return replace();
		say(`Stopping ${old.request.tool.name}, to start it again.`);
		old.stop('user');
		void old.ended.then(() => trying(replace));
	}

	function lendTerminal(tool: Tool, filled: Filled | undefined, scope: Scope | undefined): void {
		onTerminal(controls.lendTerminal(tool, filled, scope));
	}

	function onTerminal(ended: Promise<string>): void {
		setState({ overlay: undefined, message: '' });
		void ended.then(say, (error: unknown) => {
			if (!(error instanceof UsageError)) throw error;
			say(error.message);
		});
	}

	/** What a user can mend is said in a sentence. */
	function trying(act: () => void): void {
		try {
			act();
		} catch (error) {
			if (!(error instanceof UsageError)) throw error;
			say(error.message);
		}
	}

	/** One that can't run here is told so before anybody fills in a form. */
	function runnable(chosen: NextTool | undefined): Tool | undefined {
		if (!chosen) {
			say('No tool is known for this cell.');
			return undefined;
		}
		const { tool, resolution } = chosen;
		if (resolution.provider) return tool;
		say(`${tool.name} can't run here: ${refusalText(resolution)}.`);
		return undefined;
	}

	const onPane = (act: (pane: Pane) => void) => () => {
		const pane = focusedPane(getState());
		if (pane) act(pane);
	};

	return {
		forms,
		begin(chosen: NextTool | undefined) {
			const tool = runnable(chosen);
			if (!tool) return;
			if (Object.keys(tool.params).length > 0) forms.open(tool);
			else trying(() => start({ tool, scope: undefined, pane: undefined }));
		},
		atOnce(chosen: NextTool | undefined) {
			const tool = runnable(chosen);
			if (tool) forms.startAtOnce(tool);
		},
		restart: onPane(({ id, run }) => {
			const { tool, scope, values, limit } = run.request;
			trying(() => start({ tool, scope, pane: id }, { values, limit }));
		}),
		openKept: onPane(({ run }) => onTerminal(controls.lendTerminalToKept(run))),
		again: onPane((pane) => {
			const { tool, scope } = pane.run.request;
			forms.open(tool, { scope, pane: pane.id }, givenTo(pane));
		}),
	};
}

/** What a run was started with, as it would be typed. */
function givenTo({ run }: Pane): Given {
	const { values, limit } = run.request;
	const given = Object.entries(values).flatMap(([name, value]) => (value === false ? [] : [[name, String(value)]]));
	return { ...Object.fromEntries(given), [limitField]: String(limit) };
}
