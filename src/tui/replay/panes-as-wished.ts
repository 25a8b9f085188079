import { z } from 'zod';
import type { ShownRun } from '../../runs/shown-run.ts';
import { newPane, type Pane, regrouped } from '../pane/pane.ts';
import { shapesFor } from '../pane/shape-view.ts';

const words = z.array(z.string()).catch([]);
const flag = z.boolean().catch(false);
const text = z.string().catch('');

/** As src/tui/pane/wishes.ts writes it; what a file says otherwise counts for nothing. */
const wish = z.object({
	run: z.string(),
	shape: text,
	sort: z.string().optional().catch(undefined),
	reverse: flag,
	filter: text,
	groupedBy: words,
	within: z
		.array(z.union([z.string(), z.number(), z.null()]))
		.nullable()
		.catch(null),
	hidden: words,
	order: words,
	changes: flag,
	search: text,
	wrap: flag,
});

const layout = z.object({ panes: z.array(z.unknown()) });

/** The panes in which a run was looked at when its session was last told how; a plain one where it never was. */
export function panesAsWished(
	run: ShownRun,
	name: string,
	layouts: readonly unknown[],
	nextId: () => number,
): [Pane, ...Pane[]] {
	for (const recorded of layouts.toReversed()) {
		const panes = layout.safeParse(recorded).data?.panes.flatMap((each) => wish.safeParse(each).data ?? []) ?? [];
		const [first, ...more] = panes.filter((pane) => pane.run === name);
		if (first)
			return [asWished(newPane(nextId(), run), first), ...more.map((each) => asWished(newPane(nextId(), run), each))];
	}
	return [newPane(nextId(), run)];
}

function asWished(pane: Pane, { groupedBy, within, sort, shape, run: _, ...rest }: z.infer<typeof wish>): Pane {
	const { tool } = pane.run.request;
	const names = pane.run.table.columns.map((column) => column.name);
	const by = groupedBy.filter((name) => names.includes(name));
	const known = shapesFor[tool.output.class].find((each) => each === shape);
	return {
		...(by.length > 0 ? regrouped(pane, by) : pane),
		...rest,
		sort,
		shape: known ?? pane.shape,
		within: within && by.length === within.length && by.length > 0 ? { key: within } : undefined,
	};
}
