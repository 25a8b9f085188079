import { Box, Text } from 'ink';
import { Table } from 'ink-table';
import { type PropsWithChildren, useEffect } from 'react';
import { widthOf, wrap } from '../table/fit.ts';
import { bindings, keyLabel } from './keys.ts';

/** Between the edges of the two columns: three lines and a space on either side of each. */
const frameWidth = 7;

/** Without the colour that the table gives it of its own accord. */
function Heading({ children }: PropsWithChildren) {
	return <Text bold>{children}</Text>;
}

interface Props {
	/** How many lines are scrolled out of sight. */
	top: number;
	/** Told when there is less to scroll than was asked for. */
	setTop(top: number): void;
	width: number;
	height: number;
}

export const mouseHelp =
	'Mouse: a click points, on a column it sorts, the wheel scrolls. Shift and drag selects text. --no-mouse: off.';

/** Made from the keymap, so it cannot differ from what the keys do. */
export function Help({ top, setTop, width, height }: Props) {
	const names = bindings.map(({ keys }) => keys.map(keyLabel).join(' '));
	const room = width - frameWidth - Math.max(...names.map(widthOf));
	const rows = bindings.flatMap(({ help, ...rest }, index) => {
		const where = 'places' in rest ? ` (${rest.places.join(', ')})` : '';
		return wrap(help + where, room).map((what, line) => ({ keys: line === 0 ? (names[index] ?? '') : '', what }));
	});
	const mouse = wrap(mouseHelp, width);
	// A table has a line between any two rows, a header and an edge.
	const shown = Math.max(1, Math.floor((height - 4 - mouse.length) / 2));
	const first = Math.min(top, Math.max(0, rows.length - shown));
	useEffect(() => {
		if (first !== top) setTop(first);
	});
	return (
		<Box flexDirection="column" height={height}>
			<Table data={rows.slice(first, first + shown)} header={Heading} />
			{mouse.map((line) => (
				<Text key={line}>{line}</Text>
			))}
			<Text>{`${first + 1} to ${Math.min(rows.length, first + shown)} of ${rows.length} lines; arrows scroll, q closes`}</Text>
		</Box>
	);
}
