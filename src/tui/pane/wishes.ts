import type { ShownRun } from '../../runs/shown-run.ts';
import type { State } from '../state.ts';
import type { Pane } from './pane.ts';

/** How panes were looked at, as a session keeps it: enough to look at the same runs in the same way again. */
export interface Wishes {
	zoomed: boolean;
	panes: object[];
}

export function wishesOf(
	{ panes, zoomed }: Pick<State, 'panes' | 'zoomed'>,
	nameOf: (run: ShownRun) => string,
): Wishes {
	return { zoomed, panes: panes.map((pane) => ({ run: nameOf(pane.run), ...paneWishes(pane) })) };
}

function paneWishes({ shape, sort, reverse, filter, grouping, within, hidden, order, changes, search, wrap }: Pane) {
	return {
		shape,
		sort: sort ?? null,
		reverse,
		filter,
		groupedBy: grouping?.by ?? [],
		within: within?.key ?? null,
		hidden,
		order,
		changes,
		search,
		wrap,
	};
}
