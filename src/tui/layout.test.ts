import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { resources } from '../checks/check.ts';
import { layoutOf } from './layout.ts';
import type { State } from './state.ts';

type Shown = Parameters<typeof layoutOf>[0];

function stateWith(panes: number, focus: State['focus'], { zoomed = false, rows = 4 } = {}): Shown {
	const ids = Array.from({ length: panes }, (_, index) => ({ id: index + 1 }));
	return { panes: ids, focus, zoomed, resources: resources.slice(0, rows) };
}

test('from 60x16 to 300x100 nothing is ever larger than the screen, and nothing is lost', () => {
	for (let seed = 1; seed <= 3000; seed++) {
		const random = new Random(seed);
		// What the header and the line of keys leave.
		const [width, height] = [60 + random.below(241), 14 + random.below(85)];
		const count = random.below(7);
		const focus = random.pick<State['focus']>([
			'checklist',
			'tools',
			...Array.from({ length: count }, (_, n) => n + 1),
		]);
		const state = stateWith(count, focus, { zoomed: random.below(2) === 1, rows: 4 + random.below(3) });
		const layout = layoutOf(state, width, height);
		const what = `seed ${seed}: ${width}x${height}, ${count} panes, focus ${focus}, ${JSON.stringify(layout)}`;
		const tiles = layout.columns.flat();
		const sizes = [layout.left, layout.why, layout.tools, ...tiles.flatMap((tile) => [tile.x, tile.y, tile.width])];
		expect(
			sizes.every((size) => Number.isInteger(size) && size >= 0),
			what,
		).toBe(true);
		if (layout.left > 0) {
			// The grid has a header; a blank line follows it.
			expect(state.resources.length + 2 + layout.why + layout.tools, what).toBe(height);
			expect(Math.min(layout.why, layout.tools), what).toBeGreaterThanOrEqual(3);
		}
		// Columns fill the width with one blank between any two, and each is filled from top to bottom.
		let x = layout.left > 0 && tiles.length > 0 ? layout.left + 1 : layout.left;
		for (const column of layout.columns) {
			let y = layout.strip ? 1 : 0;
			for (const tile of column) {
				expect({ x: tile.x, y: tile.y, width: tile.width }, what).toEqual({ x, y, width: column[0]?.width });
				expect(tile.height, what).toBeGreaterThanOrEqual(1);
				y += tile.height;
			}
			expect(y, what).toBe(height);
			x += (column[0]?.width ?? 0) + 1;
		}
		expect(tiles.length > 0 ? x - 1 : x, what).toBe(width);
		const focused = tiles.find(({ id }) => id === focus);
		if (focused) expect(focused.height, what).toBeGreaterThanOrEqual(7);
		// What has the focus is on the screen.
		if (typeof focus === 'number')
			expect(
				layout.columns.flat().map(({ id }) => id),
				what,
			).toContain(focus);
		else expect(layout.left, what).toBeGreaterThan(0);
	}
});

const idsOf = (layout: ReturnType<typeof layoutOf>) => layout.columns.map((tiles) => tiles.map(({ id }) => id));

test('a wide terminal shows the checklist beside all panes', () => {
	const layout = layoutOf(stateWith(3, 'checklist'), 160, 46);
	expect(layout.left).toBeGreaterThan(40);
	expect(idsOf(layout)).toEqual([[1, 2, 3]]);
});

test('from three panes on they have the whole width while one of them has the focus', () => {
	expect(layoutOf(stateWith(2, 1), 160, 46).left).toBeGreaterThan(40);
	expect(layoutOf(stateWith(3, 1), 160, 46)).toMatchObject({ left: 0, strip: true });
});

test('six panes stand in as many columns as give each some lines', () => {
	expect(idsOf(layoutOf(stateWith(6, 1), 160, 46))).toEqual([[1, 2, 3, 4, 5, 6]]);
	expect(idsOf(layoutOf(stateWith(6, 1), 160, 38))).toEqual([
		[1, 2, 3],
		[4, 5, 6],
	]);
	expect(idsOf(layoutOf(stateWith(6, 1), 160, 20))).toEqual([
		[1, 2],
		[3, 4],
		[5, 6],
	]);
});

test('where there is no room for all, those around the focus are open and the others keep their title', () => {
	const [column = []] = layoutOf(stateWith(6, 5), 80, 22).columns;
	expect(column.map(({ height }) => height)).toEqual([1, 1, 1, 9, 8, 1]);
});

test('a narrow terminal shows the checklist or the panes, whichever has the focus', () => {
	expect(layoutOf(stateWith(2, 'checklist'), 80, 22)).toMatchObject({ left: 80, columns: [] });
	const onPane = layoutOf(stateWith(2, 1), 80, 22);
	expect(onPane).toMatchObject({ left: 0, strip: true });
	expect(idsOf(onPane)).toEqual([[1, 2]]);
});

test('a zoomed pane is alone', () => {
	expect(layoutOf(stateWith(3, 2, { zoomed: true }), 160, 46)).toMatchObject({
		left: 0,
		columns: [[{ id: 2, width: 160 }]],
	});
	expect(layoutOf(stateWith(3, 'checklist', { zoomed: true }), 160, 46).columns.flat()).toHaveLength(3);
});
