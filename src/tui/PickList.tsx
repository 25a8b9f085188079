import { Box, Text } from 'ink';
import { cut, fitTo } from '../table/fit.ts';
import { color } from './theme.ts';

interface Props {
	title: string;
	lines: { key: string; text: string; quiet?: boolean }[];
	/** Said when the filter leaves nothing. */
	empty: string;
	cursor: number;
	width: number;
	height: number;
}

/** A list to choose from that fills the screen; the cursor stays in sight. */
export function PickList({ title, lines, empty, cursor, width, height }: Props) {
	const { room, top } = linesInSight(lines.length, cursor, height);
	return (
		<Box flexDirection="column" width={width} height={height}>
			<Text bold wrap="truncate">
				{title}
			</Text>
			{lines.slice(top, top + room).map(({ key, text, quiet }, index) => (
				<Text key={key} wrap="truncate" inverse={index + top === cursor} {...(quiet ? color('quiet') : {})}>
					{fitTo(cut(text, width), width)}
				</Text>
			))}
			{lines.length === 0 && <Text>{empty}</Text>}
		</Box>
	);
}

/** Which lines are drawn, from the second on: the first is the title. */
export function linesInSight(count: number, cursor: number, height: number) {
	const room = Math.max(1, height - 2);
	return { room, top: Math.max(0, Math.min(cursor - Math.floor(room / 2), count - room)) };
}
