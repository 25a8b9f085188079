import { Box, Text } from 'ink';
import { useEffect } from 'react';
import type { Column } from '../../catalog/tool.ts';
import { counted } from '../../checks/sentence.ts';
import type { Row } from '../../output/reader.ts';
import { fitTo, wrap } from '../../table/fit.ts';
import { formatCell } from '../../table/format-cell.ts';
import { color } from '../theme.ts';

interface Props {
	columns: readonly Column[];
	row: Row;
	/** How many lines are scrolled out of sight. */
	top: number;
	/** Told when there is less to scroll than was asked for. */
	setTop(top: number): void;
	width: number;
	height: number;
}

/** One row in full: every cell uncut, as it is shown and as it was read, and what its column means. */
export function RowDetail({ columns, row, top, setTop, width, height }: Props) {
	const nameWidth = Math.max(...columns.map(({ name }) => name.length));
	const lines = columns.flatMap(({ name, type, help }, index) => {
		const cell = row.cell(index);
		const shown = formatCell(cell, type);
		const exact = cell === null || String(cell) === shown ? '' : `  (${cell} ${type})`;
		const text = wrap(`${shown}${exact}`, Math.max(1, width - nameWidth - 2));
		const values = (text.length ? text : ['']).map((line, at) => ({
			text: `${fitTo(at === 0 ? name : '', nameWidth)}  ${line}`,
			quiet: false,
		}));
		const meaning = help ? wrap(help, Math.max(1, width - nameWidth - 4)) : [];
		return [...values, ...meaning.map((line) => ({ text: `${' '.repeat(nameWidth + 4)}${line}`, quiet: true }))];
	});
	const room = height - 1;
	const from = Math.max(0, Math.min(top, lines.length - room));
	useEffect(() => {
		if (from !== top) setTop(from);
	});
	const below = lines.length - from - room;
	return (
		<Box flexDirection="column" width={width} height={height}>
			<Text bold>{`One row${below > 0 ? `  (↓ ${counted(below, 'more line')})` : ''}`}</Text>
			{lines.slice(from, from + room).map(({ text, quiet }, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity than their place.
				<Text key={index} wrap="truncate" {...(quiet ? color('quiet') : {})}>
					{text || ' '}
				</Text>
			))}
		</Box>
	);
}
