import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { resources } from '../checks/check.ts';
import { layoutOf } from './layout.ts';
import type { Pane, State } from './state.ts';

type Shown = Pick<State, 'panes' | 'focus' | 'zoomed' | 'resources'>;

function stateWith(panes: number, focus: State['focus'], { zoomed = false, rows = 4 } = {}): Shown {
	const ids = Array.from({ length: panes }, (_, index) => ({ id: index + 1 }) as Pane);
	return { panes: ids, focus, zoomed, resources: resources.slice(0, rows) };
}

test('from 60x16 to 300x100 nothing is ever larger than the screen, and nothing is lost', () => {
	for (let seed = 1; seed <= 3000; seed++) {
		const random = new Random(seed);
		// What the header and the line of keys leave.
		const [width, height] = [60 + random.below(241), 14 + random.below(85)];
		const count = random.below(5);
		const focus = random.pick<State['focus']>([
			'checklist',
			'tools',
			...Array.from({ length: count }, (_, n) => n + 1),
		]);
		const state = stateWith(count, focus, { zoomed: random.below(2) === 1, rows: 4 + random.below(3) });
		const layout = layoutOf(state, width, height);
		const what = `seed ${seed}: ${width}x${height}, ${count} panes, focus ${focus}, ${JSON.stringify(layout)}`;
		const sizes = [layout.left, layout.why, layout.tools, ...layout.panes.flatMap((pane) => [pane.width, pane.height])];
		expect(
			sizes.every((size) => Number.isInteger(size) && size >= 0),
			what,
		).toBe(true);
		const paneWidth = Math.max(0, ...layout.panes.map((pane) => pane.width));
		const gap = layout.left > 0 && paneWidth > 0 ? 1 : 0;
		expect(layout.left + gap + paneWidth, what).toBe(width);
		if (layout.left > 0) {
			// The grid has a header; a blank line follows it.
			expect(state.resources.length + 2 + layout.why + layout.tools, what).toBe(height);
			expect(Math.min(layout.why, layout.tools), what).toBeGreaterThanOrEqual(3);
		}
		if (layout.panes.length > 0) {
			const heights = layout.panes.map((pane) => pane.height);
			expect(
				heights.reduce((sum, height) => sum + height, layout.strip ? 1 : 0),
				what,
			).toBe(height);
			expect(Math.max(...heights) - Math.min(...heights), what).toBeLessThanOrEqual(1);
			expect(Math.min(...heights), what).toBeGreaterThanOrEqual(3);
		}
		// What has the focus is on the screen.
		if (typeof focus === 'number')
			expect(
				layout.panes.map(({ id }) => id),
				what,
			).toContain(focus);
		else expect(layout.left, what).toBeGreaterThan(0);
	}
});

test('a wide terminal shows the checklist beside all panes', () => {
	const { left, panes } = layoutOf(stateWith(3, 'checklist'), 160, 46);
	expect(left).toBeGreaterThan(40);
	expect(panes.map(({ id }) => id)).toEqual([1, 2, 3]);
});

test('a narrow terminal shows the checklist or the panes, whichever has the focus', () => {
	expect(layoutOf(stateWith(2, 'checklist'), 80, 22)).toMatchObject({ left: 80, panes: [] });
	expect(layoutOf(stateWith(2, 1), 80, 22)).toMatchObject({ left: 0, strip: true, panes: [{ id: 1 }, { id: 2 }] });
});

test('a zoomed pane is alone', () => {
	expect(layoutOf(stateWith(3, 2, { zoomed: true }), 160, 46)).toMatchObject({
		left: 0,
		panes: [{ id: 2, width: 160 }],
	});
	expect(layoutOf(stateWith(3, 'checklist', { zoomed: true }), 160, 46).panes).toHaveLength(3);
});
