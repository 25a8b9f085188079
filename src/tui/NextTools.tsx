import { Box, Text } from 'ink';
import { memo } from 'react';
import { refusalText } from '../catalog/resolve.ts';
import { cut, fitTo } from '../table/fit.ts';
import type { State } from './state.ts';
import { color, glyphs, marks } from './theme.ts';

interface Props {
	tools: State['tools'];
	cursor: number;
	focused: boolean;
	width: number;
	height: number;
}

/** What to run next for the selected cell. Enter starts the tool that is pointed at. */
export const NextTools = memo(function NextTools({ tools, cursor, focused, width, height }: Props) {
	const top = Math.max(0, Math.min(cursor - height + 3, tools.length - height + 1));
	return (
		<Box flexDirection="column" height={height}>
			<Text bold wrap="truncate">
				Run next (Enter)
			</Text>
			{tools.slice(top, top + height - 1).map(({ tool, resolution }, index) => {
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
		</Box>
	);
});
