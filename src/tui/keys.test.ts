import { expect, test } from 'vitest';
import { standingForms } from '../../test/fixtures/forms.ts';
import { createActions } from './actions.ts';
import { actionFor, type Binding, bindings, bindingsAt, keyLabel, keyShown, type Place } from './keys.ts';
import { createState } from './state.ts';

const places: Place[] = [
	'checklist',
	'tools',
	'pane',
	'help',
	'detail',
	'catalog',
	'targets',
	'form',
	'picker',
	'question',
];

test.each(places)('no key has two meanings at once: %s', (place) => {
	const keys = bindingsAt(place).flatMap(({ keys }) => keys);
	expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

test('every action in the table exists', () => {
	const store = createState({
		about: { hostname: '', kernel: '', hidden: '' },
		target: { kind: 'host', name: 'host', pid: 1 },
		resources: ['cpu'],
		recording: { folder: undefined, failure: undefined },
	});
	const actions = createActions(store, {
		start: () => {
			throw new Error('Nothing is started here.');
		},
		lendTerminal: async () => '',
		forms: standingForms().controls,
		nextTools: () => [],
		allTools: () => [],
		targets: () => [],
		lookAt() {},
		keep: () => undefined,
		stopEverything: async () => '',
		quit() {},
	});
	expect([...new Set(bindings.map(({ action }) => action))].sort()).toEqual(Object.keys(actions).sort());
});

test('a key does what its row says, where its row says', () => {
	expect(actionFor('q', 'checklist')).toBe('back');
	expect(actionFor('d', 'checklist')).toBe('detail');
	expect(actionFor('d', 'pane')).toBeUndefined();
	expect(actionFor('/', 'pane')).toBe('filter');
	expect(actionFor('enter', 'question')).toBe('yes');
	expect(actionFor('enter', 'catalog')).toBe('enter');
	expect(actionFor('enter', 'pane')).toBe('enter');
	expect(actionFor('enter', 'row')).toBeUndefined();
	expect(actionFor('F', 'pane')).toBeUndefined();
	for (const place of places) {
		expect(actionFor('X', place), place).toBe('stopEverything');
		expect(actionFor('ctrl-c', place), place).toBe('interrupt');
		expect(actionFor('esc', place), place).toBe('back');
	}
});

test('keys are written for people', () => {
	expect(['up', 'enter', 'esc', 'ctrl-c', 'shift-tab', 'pageup', 'G', '/'].map(keyLabel)).toEqual([
		'↑',
		'Enter',
		'Esc',
		'Ctrl-C',
		'Shift-Tab',
		'PgUp',
		'G',
		'/',
	]);
	for (const { keys } of bindings) {
		for (const key of keys) if (key.length > 1) expect(keyLabel(key), key).not.toBe(key);
	}
});

test('every row of the table says in words what it does', () => {
	for (const { help, keys } of bindings as readonly Binding[]) {
		expect(help, keys[0]).toMatch(/^[A-Z].{1,70}$/);
		expect(keys.length).toBeGreaterThan(0);
	}
});

test('where letters narrow a list, no letter is named as a key', () => {
	for (const { keys, label, action } of bindingsAt('catalog')) {
		if (label) expect(keyShown(keys, 'catalog'), action).not.toMatch(/^[a-z]$/);
	}
	expect(keyShown(['q', 'esc'], 'checklist')).toBe('q');
});
