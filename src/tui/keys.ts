import type { Key } from 'ink';

/** Where a key works: what has the focus, or what lies over it. */
export type Place =
	| 'checklist'
	| 'tools'
	| 'pane'
	| 'row'
	| 'columns'
	| 'help'
	| 'detail'
	| 'catalog'
	| 'targets'
	| 'form'
	| 'picker'
	| 'question'
	| 'replay';

export interface Binding {
	keys: string[];
	action: Action;
	/** Left out where it works everywhere. */
	places?: Place[];
	/** For the key line; left out where help is enough. */
	label?: string;
	/** What it is called in a replay, where that is something else. */
	replayed?: string;
	help: string;
	/** Of what only a live console can do: what there is none of in a replay, as its users are told. */
	live?: string;
}

/** Every key once. The handler, the key line, the help screen and docs/keys.md are made from this table. */
export const bindings = [
	{ keys: ['up', 'k'], action: 'up', help: 'Move up' },
	{ keys: ['down', 'j'], action: 'down', help: 'Move down' },
	{ keys: ['left', 'h'], action: 'left', places: ['checklist', 'pane'], help: 'Move left; scroll a wide table left' },
	{
		keys: ['right', 'l'],
		action: 'right',
		places: ['checklist', 'pane'],
		help: 'Move right; scroll a wide table right',
	},
	{ keys: ['pageup', 'ctrl-b'], action: 'pageUp', help: 'A page up' },
	{ keys: ['pagedown', 'ctrl-f'], action: 'pageDown', help: 'A page down' },
	{ keys: ['home', 'g'], action: 'first', help: 'To the first row' },
	{ keys: ['end', 'G'], action: 'last', help: 'To the last row' },
	{
		keys: ['enter'],
		action: 'enter',
		places: ['checklist', 'tools', 'catalog'],
		label: 'run tool',
		replayed: 'open run',
		help: 'Run the tool that is pointed at; if it has parameters, show them first',
	},
	{
		keys: ['r', 'ctrl-r'],
		action: 'startAtOnce',
		places: ['checklist', 'tools', 'catalog'],
		help: 'Run the tool at once, with the last or usual values',
		live: 'no tool can be started',
	},
	{ keys: ['enter'], action: 'enter', places: ['form'], label: 'start', help: 'Start the tool as the form says' },
	{ keys: ['enter'], action: 'enter', places: ['picker'], label: 'choose', help: 'Put it into the form' },
	{ keys: ['tab'], action: 'down', places: ['form'], label: 'next', help: 'To the next field' },
	{ keys: ['shift-tab'], action: 'up', places: ['form'], help: 'To the field before' },
	{
		keys: ['space', 'right'],
		action: 'pick',
		places: ['form'],
		label: 'choose',
		help: 'List what there is to choose from; turn a flag on and off',
	},
	{
		keys: ['ctrl-y', 'y'],
		action: 'copyCommand',
		places: ['form'],
		label: 'copy command',
		help: 'Copy the command line (OSC 52); y where no letters are typed',
	},
	{
		keys: ['enter'],
		action: 'enter',
		places: ['targets'],
		label: 'look at it',
		help: 'Narrow checks and new tools to the target that is pointed at',
	},
	{
		keys: ['enter'],
		action: 'enter',
		places: ['pane'],
		label: 'open',
		help: 'The row in full; of a group, its rows',
	},
	{
		keys: ['enter'],
		action: 'enter',
		places: ['columns'],
		label: 'sort',
		help: 'Sort by the column that is pointed at',
	},
	{
		keys: ['tab'],
		action: 'nextFocus',
		places: ['checklist', 'tools', 'pane'],
		label: 'next',
		help: 'Focus: checklist, tools, panes',
	},
	{ keys: ['shift-tab'], action: 'previousFocus', places: ['checklist', 'tools', 'pane'], help: 'Focus, backwards' },
	{
		keys: ['d'],
		action: 'detail',
		places: ['checklist'],
		label: 'details',
		help: 'The cell in full: source, thresholds, chart',
	},
	{
		keys: ['t'],
		action: 'catalog',
		places: ['checklist', 'tools', 'pane'],
		label: 'all tools',
		replayed: 'all runs',
		help: 'Every tool of the catalog',
	},
	{
		keys: ['n'],
		action: 'nextStep',
		places: ['checklist', 'tools'],
		label: 'next step',
		help: 'To the worst cell that is not marked yet, errors first',
	},
	{
		keys: ['space'],
		action: 'tick',
		places: ['checklist'],
		label: 'tick',
		help: 'Mark the cell as looked at; again: not',
		live: 'nothing can be marked',
	},
	{
		keys: ['s'],
		action: 'suspect',
		places: ['checklist'],
		help: 'Mark the cell as suspicious; again: not',
		live: 'nothing can be marked',
	},
	{
		keys: ['-'],
		action: 'skip',
		places: ['checklist'],
		help: 'Mark the cell as skipped; again: not',
		live: 'nothing can be marked',
	},
	{
		keys: ['a'],
		action: 'note',
		places: ['checklist'],
		label: 'note',
		help: 'Write a note on the cell',
		live: 'nothing can be marked',
	},
	{
		keys: ['o'],
		action: 'targets',
		places: ['checklist', 'tools', 'pane'],
		label: 'target',
		help: 'Choose what to look at: the host, a container, a process',
		live: 'the target is that of the session',
	},
	{
		keys: ['e'],
		action: 'nextProblem',
		places: ['checklist'],
		help: 'To the next cell that is not ok',
	},
	{
		keys: ['/', 'f'],
		action: 'filter',
		places: ['pane'],
		label: 'filter',
		help: 'Filter rows: word, /expression/, column:word, column>10ms, !term',
	},
	{ keys: ['>', '.'], action: 'sortRight', places: ['pane'], label: 'sort', help: 'Sort by the next column' },
	{ keys: ['<', ','], action: 'sortLeft', places: ['pane'], help: 'Sort by the previous column' },
	{ keys: ['r', 'I'], action: 'reverse', places: ['pane'], label: 'reverse', help: 'Reverse the order' },
	{
		keys: ['b'],
		action: 'group',
		places: ['pane'],
		label: 'group',
		help: 'Group rows by the sort column, with rates and p99; again: not',
	},
	{
		keys: ['c'],
		action: 'columns',
		places: ['pane'],
		label: 'columns',
		help: 'Choose columns: show, move, sort and group by them',
	},
	{ keys: ['space'], action: 'toggleColumn', places: ['columns'], label: 'show', help: 'Show or hide the column' },
	{
		keys: ['b'],
		action: 'groupByColumn',
		places: ['columns'],
		label: 'group',
		help: 'Group by the column too; again: not by it',
	},
	{
		keys: ['J', '>'],
		action: 'columnForward',
		places: ['columns'],
		label: 'later',
		help: 'Move the column towards the end',
	},
	{
		keys: ['K', '<'],
		action: 'columnBackward',
		places: ['columns'],
		label: 'earlier',
		help: 'Move the column towards the front',
	},
	{
		keys: ['D'],
		action: 'changes',
		places: ['pane'],
		help: 'Beside each number, its change since the interval before; again: not',
	},
	{ keys: ['['], action: 'earlier', places: ['pane'], help: 'The interval before, and stay there' },
	{ keys: [']'], action: 'later', places: ['pane'], help: 'The interval after; at last, what comes' },
	{
		keys: ['space', 'Z'],
		action: 'pause',
		places: ['pane'],
		label: 'pause',
		help: 'Freeze the view; data goes on arriving',
	},
	{
		keys: ['v'],
		action: 'shape',
		places: ['pane'],
		label: 'view',
		help: 'Show it in another way: heat map, flame graph, call tree, chart, table',
	},
	{
		keys: ['s'],
		action: 'search',
		places: ['pane'],
		help: 'Search text, a flame graph or a call tree: words, or /expression/',
	},
	{ keys: ['n'], action: 'nextMatch', places: ['pane'], help: 'To the next place that the search finds' },
	{ keys: ['N'], action: 'previousMatch', places: ['pane'], help: 'To the place before' },
	{
		keys: ['S'],
		action: 'saveFlame',
		places: ['pane'],
		help: 'Save the flame graph as SVG in the session',
		live: 'nothing is written',
	},
	{
		keys: ['O'],
		action: 'openKept',
		places: ['pane'],
		help: 'What a profile recorded, in perf report on the whole terminal',
		live: 'no tools are started',
	},
	{ keys: ['W'], action: 'wrap', places: ['pane'], help: 'Long lines of text go on in the next line; again: not' },
	{
		keys: ['|'],
		action: 'split',
		places: ['pane'],
		help: 'A second pane on the same run, to look at it in another way',
	},
	{
		keys: ['R'],
		action: 'restart',
		places: ['pane'],
		help: 'Run the tool again in its pane, with the same values',
		live: 'no tool can be started',
	},
	{
		keys: ['A'],
		action: 'again',
		places: ['pane'],
		help: 'Run the tool again in its pane, with other values',
		live: 'no tool can be started',
	},
	{ keys: ['z'], action: 'zoom', places: ['pane'], label: 'zoom', help: 'One pane over the whole screen, and back' },
	{
		keys: ['x'],
		action: 'stop',
		places: ['pane'],
		label: 'stop',
		help: 'Stop the tool; close the pane of an ended one',
	},
	{
		keys: ['X'],
		action: 'stopEverything',
		label: 'stop all',
		help: 'Panic: stop everything that traces, and count what is left',
		live: 'nothing runs that could be stopped',
	},
	{ keys: ['P'], action: 'saveScreen', help: 'Save the screen as text in the session', live: 'nothing is written' },
	{
		keys: ['w'],
		action: 'recording',
		help: 'Stop recording; again: go on. What was recorded stays',
		live: 'nothing is recorded',
	},
	{ keys: ['?'], action: 'help', label: 'help', help: 'This help' },
	{ keys: ['q', 'esc', 'backspace'], action: 'back', label: 'back', help: 'Back one level; on the checklist: quit' },
	{ keys: ['Q'], action: 'quit', help: 'Quit at once; what runs is stopped' },
	{ keys: ['ctrl-c'], action: 'interrupt', help: 'Stop the focused tool; twice elsewhere: quit' },
	{
		keys: ['p'],
		action: 'playOrPause',
		places: ['replay'],
		label: 'play',
		help: 'Let time go on, or stand still; from the end: again',
	},
	{ keys: ['+', '='], action: 'faster', places: ['replay'], label: 'faster', help: 'Twice as fast' },
	{ keys: ['_'], action: 'slower', places: ['replay'], label: 'slower', help: 'Half as fast' },
	{ keys: ['('], action: 'backTenSeconds', places: ['replay'], label: '-10s', help: 'Ten seconds back' },
	{ keys: [')'], action: 'onTenSeconds', places: ['replay'], label: '+10s', help: 'Ten seconds on' },
	{ keys: ['{'], action: 'backOneMinute', places: ['replay'], label: '-1m', help: 'A minute back' },
	{ keys: ['}'], action: 'onOneMinute', places: ['replay'], label: '+1m', help: 'A minute on' },
	{
		keys: ['E'],
		action: 'nextBad',
		places: ['replay'],
		label: 'next bad',
		help: 'To when the next verdict turns bad',
	},
	{ keys: ['y', 'enter'], action: 'yes', places: ['question'], label: 'yes', help: 'Yes' },
	{ keys: ['n'], action: 'back', places: ['question'], label: 'no', help: 'No' },
] as const satisfies readonly (Omit<Binding, 'action'> & { action: string })[];

export type Action = (typeof bindings)[number]['action'];

/** The name of a pressed key, as the table writes it. */
export function keyName(input: string, key: Key): string {
	if (key.upArrow) return 'up';
	if (key.downArrow) return 'down';
	if (key.leftArrow) return 'left';
	if (key.rightArrow) return 'right';
	if (key.pageUp) return 'pageup';
	if (key.pageDown) return 'pagedown';
	if (key.home) return 'home';
	if (key.end) return 'end';
	if (key.return) return 'enter';
	if (key.escape) return 'esc';
	if (key.tab) return key.shift ? 'shift-tab' : 'tab';
	if (key.backspace || key.delete) return 'backspace';
	if (key.ctrl) return `ctrl-${input}`;
	return charName(input);
}

const charNames: Record<string, string> = {
	' ': 'space',
	'\r': 'enter',
	'\n': 'enter',
	'\t': 'tab',
	'\x7f': 'backspace',
};

/** The name of one of several keys that arrived together. */
export function charName(char: string): string {
	return charNames[char] ?? char.replace(/^[\x00-\x1f]$/, (control) => `ctrl-${letterOf(control)}`);
}

function letterOf(control: string): string {
	return String.fromCharCode(control.charCodeAt(0) + 'a'.charCodeAt(0) - 1);
}

export function actionFor(name: string, place: Place): Action | undefined {
	return bindingsAt(place).findLast(({ keys }) => keys.includes(name))?.action;
}

/** In a replay, the keys that move its clock work in every place. */
export function actionInReplay(name: string, place: Place): Action | undefined {
	return clockBindings.find(({ keys }) => keys.includes(name))?.action ?? actionFor(name, place);
}

/** What works in a place; a later row of the table goes before an earlier one. */
export function bindingsAt(place: Place): Binding[] {
	return (bindings as readonly Binding[]).filter(({ places }) => !places || places.includes(place));
}

const clockBindings = (bindings as readonly Binding[]).filter(({ places }) => places?.includes('replay'));

/** What the key line names in a replay: its clock, and what its panes and lists can do. */
export function bindingsInReplay(place: Place): Binding[] {
	const others = bindingsAt(place).filter(({ live }) => live === undefined);
	return [
		...clockBindings,
		...others.map(({ replayed, ...binding }) => (replayed ? { ...binding, label: replayed } : binding)),
	];
}

/** What is told in a replay of a key that only a live console has. */
export const refusals: readonly { action: Action; why: string }[] = (bindings as readonly Binding[]).flatMap(
	({ action, live }) => (live === undefined ? [] : [{ action, why: `This is a replay: ${live}.` }]),
);

const labels: Record<string, string> = {
	up: '↑',
	down: '↓',
	left: '←',
	right: '→',
	enter: 'Enter',
	esc: 'Esc',
	tab: 'Tab',
	'shift-tab': 'Shift-Tab',
	pageup: 'PgUp',
	pagedown: 'PgDn',
	home: 'Home',
	end: 'End',
	space: 'Space',
	backspace: 'Backspace',
};

/** How a key is written for people. */
export function keyLabel(name: string): string {
	return labels[name] ?? name.replace(/^ctrl-(.)/, (_, letter: string) => `Ctrl-${letter.toUpperCase()}`);
}

/** Where letters narrow a list down, or may be written. */
const placesOfText = new Set<Place>(['catalog', 'targets', 'form', 'picker']);

/** The key to name for a binding in a place: where letters are text, one that is no letter. */
export function keyShown(keys: readonly string[], place: Place): string {
	const shown = placesOfText.has(place) ? keys.find((key) => !/^[a-z]$/.test(key)) : keys[0];
	return keyLabel(shown ?? keys[0] ?? '');
}
