import { Box, Text } from 'ink';
import { Table } from 'ink-table';
import { bindings, keyLabel } from './keys.ts';

/** Made from the keymap, so it cannot differ from what the keys do. */
export function Help({ top, height }: { top: number; height: number }) {
	const rows = bindings.map(({ keys, help, ...rest }) => ({
		keys: keys.map(keyLabel).join(' '),
		where: 'places' in rest ? (rest.places as readonly string[]).join(', ') : 'everywhere',
		what: help,
	}));
	// A table has a line between any two rows, a header and an edge.
	const room = Math.max(1, Math.floor((height - 4) / 2));
	const first = Math.min(top, Math.max(0, rows.length - room));
	return (
		<Box flexDirection="column" height={height}>
			<Table data={rows.slice(first, first + room)} />
			<Text>{`${first + 1} to ${Math.min(rows.length, first + room)} of ${rows.length} keys; arrows scroll, q closes`}</Text>
		</Box>
	);
}
