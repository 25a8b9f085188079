import { typedInto } from './form/form.ts';
import { type FormControls, previewOf } from './form/form-actions.ts';
import { actionFor } from './keys.ts';
import { type Pane, topLine } from './pane/pane.ts';
import { matchInShape } from './pane/shape-actions.ts';
import { focusedPane, markOf, type Store, selectedCell, setMark } from './state.ts';

/** Text being typed takes every key. What a filter hides is seen at once; a note is kept with Enter. */
export function typeText(store: Store, name: string, input: string): void {
	const { prompt } = store.getState();
	if (!prompt) return;
	const dropped = name === 'esc' || name === 'ctrl-c';
	const recalled = prompt.into === 'filter' ? recall(focusedPane(store.getState()), prompt.text, name) : undefined;
	const text = dropped
		? prompt.before
		: name === 'enter'
			? prompt.text
			: (recalled ?? edited(prompt.text, name, input));
	const done = dropped || name === 'enter';
	store.setState({ prompt: done ? undefined : { ...prompt, text } });
	if (prompt.into !== 'note') {
		const change = prompt.into === 'filter' ? filtered : searched;
		store.setState(({ panes, focus }) => ({
			panes: panes.map((pane) => (pane.id === focus ? change(pane, text, name === 'enter') : pane)),
		}));
	} else if (name === 'enter') {
		const step = selectedCell(store.getState());
		setMark(store, step, { ...markOf(store.getState(), step), note: text });
	}
}

/** Looking for this; with Enter the cursor goes to the first place. */
function searched(pane: Pane, search: string, goes: boolean): Pane {
	const searching = { ...pane, search };
	return goes && search !== '' ? { ...searching, ...matchInShape(searching, 1) } : searching;
}

const mostFilters = 20;

/** Filtered by this; what was kept with Enter can be called back later. */
function filtered(pane: Pane, filter: string, kept: boolean): Pane {
	const others = pane.filters.filter((other) => other !== filter);
	const filters = kept && filter ? [...others, filter].slice(-mostFilters) : pane.filters;
	return { ...pane, filter, filters, cursor: topLine };
}

/** The filter before or after this one, of those that the pane had. */
function recall(pane: Pane | undefined, text: string, name: string): string | undefined {
	if (!pane || (name !== 'up' && name !== 'down')) return undefined;
	const at = pane.filters.lastIndexOf(text);
	if (name === 'up') return pane.filters[at < 0 ? pane.filters.length - 1 : Math.max(0, at - 1)] ?? text;
	return at < 0 ? text : (pane.filters[at + 1] ?? '');
}

function edited(text: string, name: string, input: string): string {
	if (name === 'backspace') return text.slice(0, -1);
	if (name === 'ctrl-u') return '';
	return name.startsWith('ctrl-') || ['tab', 'up', 'down', 'left', 'right'].includes(name)
		? text
		: text + input.replace(/[\x00-\x1f\x7f]/g, '');
}

/** Letters that belong into the form that lies open; whether this key was one. */
export function typeIntoForm(store: Store, controls: FormControls, name: string, input: string): boolean {
	const { overlay } = store.getState();
	if (overlay?.kind !== 'form') return false;
	const form = typedInto(overlay.form, name, input, (key) => actionFor(key, 'form') !== undefined);
	if (form) store.setState({ overlay: { kind: 'form', form, preview: previewOf(form, controls) } });
	return form !== undefined;
}

/** Letters go into the filter of a list that lies open; whether this key was one of it. */
export function narrow(store: Store, name: string): boolean {
	const { overlay } = store.getState();
	if (overlay?.kind !== 'catalog' && overlay?.kind !== 'targets') return false;
	const { filter } = overlay;
	if (name === 'backspace' && filter)
		store.setState({ overlay: { ...overlay, filter: filter.slice(0, -1), cursor: 0 } });
	else if (/^[a-z0-9_.:/-]$/.test(name)) store.setState({ overlay: { ...overlay, filter: filter + name, cursor: 0 } });
	else return false;
	return true;
}
