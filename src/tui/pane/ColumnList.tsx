import { Box, Text } from 'ink';
import { cut, fitTo } from '../../table/fit.ts';
import { color, glyphs } from '../theme.ts';
import type { Pane } from './pane.ts';
import { listedColumns } from './pane-actions.ts';
import { paneView } from './pane-view.ts';

interface Props {
	pane: Pane;
	cursor: number;
	width: number;
	height: number;
}

/** The columns of a pane: which are shown and in which order, and what the pane is sorted and grouped by. */
export function ColumnList({ pane, cursor, width, height }: Props) {
	const view = paneView(pane);
	const columns = listedColumns(pane, view);
	const room = height - 1;
	const top = Math.max(0, Math.min(cursor - Math.floor(room / 2), columns.length - room));
	const marks = columns.map(({ name }) => marksOf(pane, name));
	const nameWidth = widest(columns.map(({ name }) => name));
	const typeWidth = widest(columns.map(({ type }) => type));
	const markWidth = widest(marks);
	return (
		<Box flexDirection="column" height={height}>
			<Text bold wrap="truncate">{`Columns of ${pane.run.request.tool.name}`}</Text>
			{columns.slice(top, top + room).map(({ name, type, help = '' }, index) => {
				const pointed = index + top === cursor;
				const isHidden = pane.hidden.includes(name) || view.columns.every((column) => column.name !== name);
				const cells = [
					fitTo(name, nameWidth),
					fitTo(type, typeWidth),
					fitTo(marks[index + top] ?? '', markWidth),
					help,
				];
				const text = `${pointed ? glyphs.pointer : ' '} [${isHidden ? ' ' : 'x'}] ${cells.join('  ')}`;
				return (
					<Text key={name} wrap="truncate" inverse={pointed} {...(isHidden ? color('quiet') : {})}>
						{fitTo(cut(text, width), width)}
					</Text>
				);
			})}
		</Box>
	);
}

function marksOf({ sort, grouping }: Pane, name: string): string {
	return [...(sort === name ? ['sorted by'] : []), ...(grouping?.by.includes(name) ? ['grouped by'] : [])].join(', ');
}

function widest(texts: readonly string[]): number {
	return Math.max(...texts.map(({ length }) => length));
}
