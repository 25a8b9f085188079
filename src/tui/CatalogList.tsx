import { Box, Text } from 'ink';
import { refusalText } from '../catalog/resolve.ts';
import { cut, fitTo } from '../table/fit.ts';
import { catalogMatches } from './actions.ts';
import type { Overlay } from './state.ts';
import { color } from './theme.ts';

interface Props {
	overlay: Overlay & { kind: 'catalog' };
	width: number;
	height: number;
}

/** Every tool of the catalog; letters narrow the list down. */
export function CatalogList({ overlay, width, height }: Props) {
	const tools = catalogMatches(overlay);
	const room = Math.max(1, height - 2);
	const top = Math.max(0, Math.min(overlay.cursor - Math.floor(room / 2), tools.length - room));
	return (
		<Box flexDirection="column" width={width} height={height}>
			<Text bold>{`Tools (Enter runs, letters narrow the list): ${overlay.filter}_`}</Text>
			{tools.slice(top, top + room).map(({ tool, resolution }, index) => {
				const serves = resolution.provider?.via ?? 'no provider';
				const text = resolution.provider ? tool.question : refusalText(resolution);
				const line = `${fitTo(tool.name, 12)} ${fitTo(tool.resource, 9)} ${fitTo(serves, 12)} ${text}`;
				const tone = resolution.provider ? {} : color('quiet');
				return (
					<Text key={tool.name} wrap="truncate" inverse={index + top === overlay.cursor} {...tone}>
						{fitTo(cut(line, width), width)}
					</Text>
				);
			})}
			{tools.length === 0 && <Text>No tool has that in its name or title.</Text>}
		</Box>
	);
}
