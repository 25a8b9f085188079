import { type ParamValues, paramValues, readParam, UsageError } from '../../catalog/argv.ts';
import type { ParamType, Tool } from '../../catalog/tool.ts';
import { readSeconds } from '../../commands/arguments.ts';
import type { Choice } from '../../commands/choices.ts';
import type { Scope } from '../../host/target.ts';
import type { Given } from '../../session/last-values.ts';
import { defaultLimitSeconds } from '../../session/live-session.ts';

/** What is written into one line of a form. */
export interface Field {
	name: string;
	type: ParamType;
	help: string;
	/** As it is typed; a flag is "true" or nothing. */
	text: string;
}

export interface Form {
	tool: Tool;
	fields: Field[];
	/** The line with the cursor; the one after the last field is the command line's. */
	at: number;
	/** Nothing was typed yet where the cursor is, so the first key replaces what stands there. */
	fresh: boolean;
	/** Somebody has tried to start it, so what is still missing is told. */
	tried: boolean;
	/** Lines of the command line that are scrolled out of sight. */
	scroll: number;
	picker: Picker | undefined;
	/** Whom the tool is narrowed to: what it was before, when a run is started again. */
	scope: Scope | undefined;
	/** The pane that the run comes into; a new one unless given. */
	pane: number | undefined;
}

/** A list lying over the form, to choose the value of one field from. */
export interface Picker {
	choices: Choice[];
	filter: string;
	cursor: number;
}

/** The name of the field for the time limit, which every tool has but those that take the terminal. */
export const limitField = 'duration';

export function openForm(tool: Tool, given: Given, from: Pick<Form, 'scope' | 'pane'>): Form {
	const fields = Object.entries(tool.params).map(([name, { type, help, default: usual }]) => {
		const text = given[name] ?? (usual === undefined || usual === false ? '' : String(usual));
		return { name, type, help, text };
	});
	const limit: Field = {
		name: limitField,
		type: 'seconds',
		help: 'Seconds until it is stopped',
		text: given[limitField] ?? String(defaultLimitSeconds),
	};
	const limited = tool.output.class !== 'terminal';
	return {
		tool,
		fields: limited ? [...fields, limit] : fields,
		at: 0,
		fresh: true,
		tried: false,
		scroll: 0,
		picker: undefined,
		...from,
	};
}

/** What was typed, in order to be remembered. */
export function givenIn({ fields }: Pick<Form, 'fields'>): Given {
	return Object.fromEntries(fields.filter(({ text }) => text !== '').map(({ name, text }) => [name, text]));
}

export interface Filled {
	values: ParamValues;
	/** Seconds. */
	limit: number | undefined;
}

/** What a tool is started with; fails with the sentence of the first field that is wrong. */
export function filledIn({ tool, fields }: Pick<Form, 'tool' | 'fields'>): Filled {
	for (const field of fields) {
		const problem = problemOf(tool, field);
		if (problem) throw new UsageError(problem);
	}
	const { [limitField]: limit, ...given } = givenIn({ fields });
	const chosen = Object.fromEntries(
		fields.filter(({ type }) => type === 'flag').map(({ name, text }) => [name, text === 'true']),
	);
	return {
		values: paramValues(tool, { ...given, ...chosen }),
		limit: limit === undefined ? undefined : readSeconds(limit, `--${limitField}`, defaultLimitSeconds),
	};
}

/** Why a field can't be as it is. */
export function problemOf(tool: Tool, { name, text }: Field): string | undefined {
	const param = tool.params[name];
	try {
		if (!param) {
			if (text === '') return `--${limitField} needs a value.`;
			readSeconds(text, `--${limitField}`, defaultLimitSeconds);
			return undefined;
		}
		if (param.type === 'flag') return undefined;
		if (text !== '') readParam(tool, name, param, text);
		else if (!param.optional) return `${tool.name} needs --${name}: ${param.help}.`;
		return undefined;
	} catch (error) {
		if (error instanceof UsageError) return error.message;
		throw error;
	}
}

/** Past the last field the command line scrolls, whose lines are given. */
export function moveInForm(form: Form, by: number, commandLines: number): Form {
	const { picker, at, scroll, fields } = form;
	if (picker) return { ...form, picker: { ...picker, cursor: within(picker.cursor + by, matches(picker).length) } };
	if (at === fields.length && (by > 0 || (scroll > 0 && Number.isFinite(by))))
		return { ...form, scroll: within(scroll + by, commandLines) };
	return { ...form, at: within(at + by, fields.length + 1), scroll: 0, fresh: true };
}

function within(index: number, length: number): number {
	return Math.max(0, Math.min(length - 1, index));
}

/** To the first field that is wrong, whose sentence is then shown. */
export function toProblem(form: Form): Form {
	const at = form.fields.findIndex((field) => problemOf(form.tool, field) !== undefined);
	return { ...form, tried: true, picker: undefined, ...(at < 0 ? {} : { at, fresh: false }) };
}

/** The form with a key typed into it; undefined when the key is not text here. */
export function typedInto(
	form: Form,
	name: string,
	input: string,
	isBound: (key: string) => boolean,
): Form | undefined {
	if (form.picker) return typedIntoPicker(form, form.picker, name, input);
	const field = form.fields[form.at];
	if (!field || field.type === 'flag') return undefined;
	if (name === 'backspace') return withText(form, field.text.slice(0, -1));
	if (name === 'ctrl-u') return withText(form, '');
	if (!isCharacter(name, input)) return undefined;
	// A list is opened with it.
	if (name === 'space' && field.type !== 'text') return undefined;
	if (!takesLetters(field.type) && isBound(name) && !/^[\d.+-]$/.test(name)) return undefined;
	return withText(form, form.fresh ? input : field.text + input);
}

function typedIntoPicker(form: Form, picker: Picker, name: string, input: string): Form | undefined {
	const { filter } = picker;
	const narrowed = (filter: string) => ({ ...form, picker: { ...picker, filter, cursor: 0 } });
	if (name === 'backspace') return filter === '' ? { ...form, picker: undefined } : narrowed(filter.slice(0, -1));
	if (name === 'ctrl-u') return narrowed('');
	return isCharacter(name, input) ? narrowed(filter + input) : undefined;
}

function isCharacter(name: string, input: string): boolean {
	return (name === 'space' || name === input) && !/[\x00-\x1f\x7f]/.test(input) && input !== '';
}

function takesLetters(type: ParamType): boolean {
	return type === 'text' || type === 'interface' || type === 'device' || type === 'container';
}

export function withText(form: Form, text: string): Form {
	const fields = form.fields.map((field, index) => (index === form.at ? { ...field, text } : field));
	return { ...form, fields, fresh: false };
}

export function matches({ choices, filter }: Picker): Choice[] {
	const words = filter.toLowerCase().split(' ').filter(Boolean);
	return choices.filter(({ value, text }) => {
		const all = `${value} ${text}`.toLowerCase();
		return words.every((word) => all.includes(word));
	});
}

/** The choice that is pointed at goes into the field. */
export function picked(form: Form): Form {
	const choice = form.picker && matches(form.picker)[form.picker.cursor];
	const closed = { ...form, picker: undefined };
	return choice ? { ...withText(closed, choice.value), fresh: true } : closed;
}

/** Whether there may be a list to choose from. */
export function isPicked(type: ParamType | undefined): boolean {
	return type === 'pid' || type === 'interface' || type === 'device' || type === 'container';
}
