import { Box, Text } from 'ink';
import { Table } from 'ink-table';
import { type PropsWithChildren, useEffect } from 'react';
import { fitTo, widthOf, wrap } from '../table/fit.ts';
import { type Binding, bindings, bindingsAt, keyLabel, type Place } from './keys.ts';

/** A space on either side of each of the two columns. */
const padding = 4;

/** Without the colour that the table gives it of its own accord. */
function Heading({ children }: PropsWithChildren) {
	return <Text bold>{children}</Text>;
}

/** Lines around every row would leave half of the room. */
function NoFrame() {
	return null;
}

interface Props {
	/** Where the keys were that help was asked for. */
	place: Place;
	/** How many lines are scrolled out of sight. */
	top: number;
	/** Told when there is less to scroll than was asked for. */
	setTop(top: number): void;
	width: number;
	height: number;
}

export const mouseHelp =
	'Mouse: a click points, on a column it sorts, the wheel scrolls. Shift and drag selects text. --no-mouse: off.';

/** Made from the keymap, so it cannot differ from what the keys do. Keys that work where one is come first. */
export function Help({ place, top, setTop, width, height }: Props) {
	const here = bindingsAt(place).toSorted((a, b) => Number(!a.places) - Number(!b.places));
	const elsewhere = (bindings as readonly Binding[]).filter((binding) => !here.includes(binding));
	const named = (list: readonly Binding[], where: (binding: Binding) => string) =>
		list.map((binding) => ({ name: binding.keys.map(keyLabel).join(' '), what: binding.help + where(binding) }));
	const all = [...named(here, () => ''), ...named(elsewhere, ({ places }) => ` (${places?.join(', ')})`)];
	const nameWidth = Math.max(...all.map(({ name }) => widthOf(name)));
	const room = width - padding - nameWidth;
	const rows = all.flatMap(({ name, what }) =>
		wrap(what, room).map((what, line) => ({ keys: fitTo(line === 0 ? name : '', nameWidth), what })),
	);
	const mouse = wrap(mouseHelp, width);
	const shown = Math.max(1, height - 2 - mouse.length);
	const first = Math.min(top, Math.max(0, rows.length - shown));
	useEffect(() => {
		if (first !== top) setTop(first);
	});
	return (
		<Box flexDirection="column" height={height}>
			<Table data={rows.slice(first, first + shown)} header={Heading} skeleton={NoFrame} />
			{mouse.map((line) => (
				<Text key={line}>{line}</Text>
			))}
			<Text>{`${first + 1} to ${Math.min(rows.length, first + shown)} of ${rows.length} lines; arrows scroll, q closes`}</Text>
		</Box>
	);
}
