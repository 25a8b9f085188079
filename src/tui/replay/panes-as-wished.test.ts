import { expect, test } from 'vitest';
import { toolOf } from '../../../test/fixtures/tools.ts';
import { columnsOf } from '../../output/reader-for.ts';
import type { ShownRun } from '../../runs/shown-run.ts';
import { Table } from '../../table/table.ts';
import { newPane, type Pane, regrouped } from '../pane/pane.ts';
import { wishesOf } from '../pane/wishes.ts';
import { panesAsWished } from './panes-as-wished.ts';

const tool = toolOf({
	output: {
		class: 'event-stream',
		columns: [
			{ name: 'pid', type: 'id' },
			{ name: 'command', type: 'text' },
			{ name: 'size', type: 'bytes' },
		],
		sort: 'size',
	},
});
const run = { request: { tool }, table: new Table(columnsOf(tool), tool.output.class) } as unknown as ShownRun;
const name = 'runs/01-opens';

/** As the session's file has it. */
const recorded = (...panes: Pane[]): unknown =>
	JSON.parse(JSON.stringify(wishesOf({ panes, zoomed: false }, () => name)));

let last = 0;
const nextId = () => ++last;
const restored = (...layouts: unknown[]) => panesAsWished(run, name, layouts, nextId);

test('panes come back as they were looked at, several of one run too', () => {
	const grouped: Pane = { ...regrouped(newPane(1, run), ['command']), reverse: true, filter: 'count>3' };
	const within: Pane = { ...regrouped(newPane(2, run), ['pid', 'command']), sort: 'size', within: { key: [7, 'sh'] } };
	const plain: Pane = { ...newPane(3, run), sort: undefined, hidden: ['pid'], order: ['size', 'pid'], changes: true };
	const layout = recorded(grouped, within, plain);
	expect(recorded(...restored(layout))).toEqual(layout);
});

test('the last layout that knows the run counts; without one its pane is plain', () => {
	const [first, second] = [
		recorded({ ...newPane(1, run), filter: 'a' }),
		recorded({ ...newPane(1, run), filter: 'b' }),
	];
	expect(restored(first, second, { panes: [] }).map(({ filter }) => filter)).toEqual(['b']);
	const plain = recorded(newPane(1, run));
	expect(recorded(...panesAsWished(run, 'runs/02-opens', [first], nextId))).toEqual(plain);
});

test('nonsense in the file counts for nothing', () => {
	const odd = {
		run: name,
		shape: 'heat map',
		sort: 7,
		reverse: 'yes',
		filter: null,
		groupedBy: ['gone', 'command', 3],
	};
	const plain = newPane(1, run);
	expect(recorded(...restored({ panes: [odd, 5, null] }))).toEqual(recorded({ ...plain, sort: undefined }));
	for (const layout of [undefined, 'x', { panes: 'x' }, { panes: [{ run: 5 }] }])
		expect(recorded(...restored(layout))).toEqual(recorded(plain));
	const [pane] = restored({ panes: [{ ...odd, groupedBy: ['gone', 'command'], within: ['a', 'b'] }] });
	expect(pane.grouping?.by).toEqual(['command']);
	expect(pane.within).toBeUndefined();
});
