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

/** Lines that belong to the title and to tools, where there is room for a hint as well. */
const leastTools = 6;

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
	const hint = shortened(
		wrap(tools[cursor]?.tool.reading ?? '', width - 2),
		Math.max(0, height - leastTools),
		width - 2,
	);
	const room = height - 1 - hint.length;
	return { hint, room, top: Math.max(0, Math.min(cursor - room + 2, tools.length - room)) };
}

/** That something is left out is to be seen. */
function shortened(lines: string[], most: number, width: number): string[] {
	if (lines.length <= most || most === 0) return lines.slice(0, most);
	return [
		...lines.slice(0, most - 1),
		`${cut(lines[most - 1] ?? '', width - glyphs.ellipsis.length)}${glyphs.ellipsis}`,
	];
}
