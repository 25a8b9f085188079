import { type Contents, contentsOf, type View, viewOf } from '../table/view.ts';
import type { Pane } from './state.ts';

/** By the rows they are a view of: a live table's, or those that a pane has frozen. */
const views = new WeakMap<object, { key: string; view: View }>();

/** What a pane shows now. Sorting is only done again when rows or wishes changed. */
export function paneView(pane: Pane): View {
	const { table } = pane.run;
	const source: object = pane.frozen?.contents ?? table;
	const key = `${pane.frozen ? '' : table.version} ${pane.sort} ${pane.reverse} ${pane.filter}`;
	const known = views.get(source);
	if (known?.key === key) return known.view;
	const contents: Contents = pane.frozen?.contents ?? contentsOf(table);
	const view = viewOf(contents, newestFirst(pane));
	views.set(source, { key, view });
	return view;
}

/** Unsorted events are read from the newest on, as they come; unsorted snapshots and intervals from the top. */
function newestFirst({ sort, reverse, filter, run }: Pane) {
	const events = run.request.tool.output.class === 'event-stream' && !run.table.groups;
	return { sort, filter, reverse: sort === undefined && events ? !reverse : reverse };
}
