import type { Table } from '../table/table.ts';
import { type View, viewOf } from '../table/view.ts';
import type { Pane } from './state.ts';

const views = new WeakMap<Table, { key: string; view: View }>();

/** What a pane shows now. Sorting is only done again when rows or wishes changed. */
export function paneView(pane: Pane): View {
	if (pane.frozen) return pane.frozen.view;
	const { table } = pane.run;
	const key = `${table.version} ${pane.sort} ${pane.reverse} ${pane.filter}`;
	const known = views.get(table);
	if (known?.key === key) return known.view;
	const view = viewOf(table, newestFirst(pane));
	views.set(table, { key, view });
	return view;
}

/** Unsorted events are read from the newest on, as they come; unsorted snapshots and intervals from the top. */
function newestFirst({ sort, reverse, filter, run }: Pane) {
	const events = run.request.tool.output.class === 'event-stream' && !run.table.groups;
	return { sort, filter, reverse: sort === undefined && events ? !reverse : reverse };
}
