import { expect, test } from 'vitest';
import { standingControls, standingStore } from '../../test/fixtures/standing-screen.tsx';
import { createActions } from './actions.ts';
import {
	actionFor,
	actionInReplay,
	type Binding,
	bindings,
	bindingsAt,
	bindingsInReplay,
	charName,
	keyLabel,
	keyShown,
	type Place,
	refusals,
} from './keys.ts';

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
	const actions = createActions(standingStore(), standingControls());
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

test('the keys of a replay work in every place, and take no other key away', () => {
	const clock = bindingsAt('replay').filter(({ places }) => places);
	expect(clock.length).toBeGreaterThan(0);
	const others = (bindings as readonly Binding[]).filter(({ places }) => !places?.includes('replay'));
	for (const { keys, action } of clock) {
		for (const key of keys) {
			for (const place of places) expect(actionInReplay(key, place)).toBe(action);
			expect(actionFor(key, 'pane')).toBeUndefined();
			expect(others.filter((other) => other.keys.includes(key))).toEqual([]);
		}
	}
	expect(actionInReplay('q', 'pane')).toBe('back');
});

test('a replay names no key that only a live console has, and tells of each why not', () => {
	const refused = refusals.map(({ action }) => action);
	for (const place of places)
		expect(bindingsInReplay(place).filter(({ action }) => refused.includes(action))).toEqual([]);
	for (const action of ['restart', 'again', 'tick', 'note', 'targets', 'stopEverything'] as const)
		expect(refusals.find((refusal) => refusal.action === action)?.why).toMatch(/^This is a replay: [^.]+\.$/);
});

test('keys that arrive together keep their names', () => {
	expect([...'z\x12\x19\x03\r\t \x7f'].map(charName)).toEqual(
		'z ctrl-r ctrl-y ctrl-c enter tab space backspace'.split(' '),
	);
});
