import { Box, Text } from 'ink';
import { memo } from 'react';
import { refusalText } from '../catalog/resolve.ts';
import { cut, fitTo, wrap } from '../table/fit.ts';
import type { State } from './state.ts';
import { color, glyphs, marks } from './theme.ts';

interface Props {
	tools: State['tools'];
	cursor: number;
	focused: boolean;
	isReplay: boolean;
	width: number;
	height: number;
}

const hintRows = 2;

/** What to run next for the selected cell, and what to look for. Enter starts the tool that is pointed at. */
export const NextTools = memo(function NextTools({ tools, cursor, focused, isReplay, width, height }: Props) {
	const { hint, room, top } = toolsInSight({ tools, cursor, width, height });
	return (
		<Box flexDirection="column" height={height}>
			<Text bold wrap="truncate">
				{isReplay ? 'Runs that answer this (Enter)' : 'Run next (Enter)'}
			</Text>
			{tools.slice(top, top + room).map(({ tool, resolution }, index) => {
				const pointed = index + top === cursor;
				const runs = resolution.provider !== undefined;
				const text = runs ? tool.question : refusalText(resolution);
				return (
					<Text key={tool.name} wrap="truncate" inverse={pointed && focused} {...(runs ? {} : color('quiet'))}>
						{fitTo(
							cut(`${pointed ? glyphs.pointer : ' '} ${runs ? '' : `${marks.bad} `}${tool.name}  ${text}`, width),
							width,
						)}
					</Text>
				);
			})}
			{hint.map((line) => (
				<Text key={line} wrap="truncate" {...color('quiet')}>
					{`  ${line}`}
				</Text>
			))}
		</Box>
	);
});

/** Which tools have a line, from the second line on: the first is a title, and the last may be a hint. */
export function toolsInSight({ tools, cursor, width, height }: Omit<Props, 'focused' | 'isReplay'>) {
	const hint = height >= 7 ? wrap(tools[cursor]?.tool.reading ?? '', width - 2).slice(0, hintRows) : [];
	const room = height - 1 - hint.length;
	return { hint, room, top: Math.max(0, Math.min(cursor - room + 2, tools.length - room)) };
}
