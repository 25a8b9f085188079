import { UsageError } from '../../catalog/argv.ts';
import type { ParamType, Tool } from '../../catalog/tool.ts';
import type { Choice } from '../../commands/choices.ts';
import type { Scope } from '../../host/target.ts';
import type { Given } from '../../session/last-values.ts';
import type { Planned } from '../../session/live-session.ts';
import type { Store } from '../state.ts';
import { type Filled, type Form, filledIn, givenIn, isPicked, openForm, picked, toProblem, withText } from './form.ts';

/** What forms ask of the program behind the screen. */
export interface FormControls {
	/** How a tool would be started; fails with a UsageError where it can't be. */
	commandLine(tool: Tool, filled: Filled, scope: Scope | undefined): Planned;
	/** What the tool was started with the last time. */
	lastGiven(tool: Tool): Given;
	remember(tool: Tool, given: Given): void;
	/** What there is to choose from; again when more is known. Undefined for what is typed in. */
	choices(type: ParamType, scope: Scope | undefined, more: (choices: Choice[]) => void): Choice[] | undefined;
	copy(text: string): void;
}

/** The command line that the form stands for, or why there is none yet. */
export type Preview = { planned: Planned; problem?: undefined } | { planned?: undefined; problem: string };

export function previewOf(form: Form, controls: FormControls): Preview {
	try {
		return { planned: controls.commandLine(form.tool, filledIn(form), form.scope) };
	} catch (error) {
		if (error instanceof UsageError) return { problem: error.message };
		throw error;
	}
}

export type StartFilled = (form: Pick<Form, 'tool' | 'scope' | 'pane'>, filled: Filled) => void;

export interface FormActions {
	open(tool: Tool, from?: Pick<Form, 'scope' | 'pane'>, given?: Given): void;
	/** With what was used last, or else the defaults; where that is not enough, in its form. */
	startAtOnce(tool: Tool): void;
	enter(): void;
	pick(): void;
	/** Puts a form in the place of the one that lies open. */
	show(form: Form): void;
	copyCommand(): void;
}

/** What keys do in a form; every action reads the state, and leaves a new one. */
export function formActions({ getState, setState }: Store, controls: FormControls, start: StartFilled): FormActions {
	const current = () => {
		const { overlay } = getState();
		return overlay?.kind === 'form' ? overlay : undefined;
	};
	const show = (form: Form) => setState({ overlay: { kind: 'form', form, preview: previewOf(form, controls) } });

	function submit(form: Form): void {
		try {
			const filled = filledIn(form);
			controls.remember(form.tool, givenIn(form));
			start(form, filled);
		} catch (error) {
			if (!(error instanceof UsageError)) throw error;
			show(toProblem(form));
			setState({ message: error.message });
		}
	}

	function openPicker(form: Form): void {
		const field = form.fields[form.at];
		if (!field) return;
		const found = controls.choices(field.type, form.scope, (choices) => {
			const open = current();
			if (open?.form.picker && open.form.at === form.at)
				show({ ...open.form, picker: { ...open.form.picker, choices } });
		});
		if (!found) return;
		// What stands there already is pointed at; what only begins a value narrows the list down.
		const at = found.findIndex(({ value }) => value === field.text);
		show({ ...form, picker: { choices: found, filter: at < 0 ? field.text : '', cursor: Math.max(0, at) } });
	}

	return {
		open: (tool, from = { scope: undefined, pane: undefined }, given = controls.lastGiven(tool)) =>
			show(openForm(tool, given, from)),
		startAtOnce(tool) {
			const form = openForm(tool, controls.lastGiven(tool), { scope: undefined, pane: undefined });
			submit(form);
		},
		enter() {
			const open = current();
			if (!open) return;
			if (open.form.picker) show(picked(open.form));
			else submit(open.form);
		},
		pick() {
			const open = current();
			const field = open?.form.fields[open.form.at];
			if (!open || !field || open.form.picker) return;
			if (field.type === 'flag') show(withText(open.form, field.text === 'true' ? '' : 'true'));
			else if (isPicked(field.type)) openPicker(open.form);
		},
		show,
		copyCommand() {
			const { preview } = current() ?? {};
			if (!preview?.planned) return setState({ message: preview?.problem ?? 'There is no command line to copy.' });
			controls.copy(preview.planned.line.text);
			setState({ message: 'Copied, if this terminal lets programs write to the clipboard.' });
		},
	};
}
