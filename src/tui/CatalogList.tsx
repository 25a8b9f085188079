import { Box, Text } from 'ink';
import { refusalText, resolve } from '../catalog/resolve.ts';
import type { KernelFeatures } from '../host/kernel-features.ts';
import { catalogMatches } from './actions.ts';
import { cut, fitTo } from './fit.ts';
import type { State } from './state.ts';
import { color } from './theme.ts';

/** Every tool of the catalog; letters narrow the list down. */
export function CatalogList({
	state,
	kernel,
	width,
	height,
}: {
	state: State;
	kernel: KernelFeatures;
	width: number;
	height: number;
}) {
	const { overlay } = state;
	if (overlay?.kind !== 'catalog') return null;
	const tools = catalogMatches(state);
	const room = Math.max(1, height - 2);
	const top = Math.max(0, Math.min(overlay.cursor - Math.floor(room / 2), tools.length - room));
	return (
		<Box flexDirection="column" width={width} height={height}>
			<Text bold>{`Tools (Enter runs, letters narrow the list): ${overlay.filter}_`}</Text>
			{tools.slice(top, top + room).map((tool, index) => {
				const resolution = resolve(tool, kernel);
				const serves = resolution.provider?.via ?? 'no provider';
				const text = resolution.provider ? tool.question : refusalText(resolution);
				const line = `${fitTo(tool.name, 12)} ${fitTo(tool.resource, 9)} ${fitTo(serves, 12)} ${text}`;
				return (
					<Text
						key={tool.name}
						wrap="truncate"
						inverse={index + top === overlay.cursor}
						{...(resolution.provider ? {} : color('quiet'))}
					>
						{fitTo(cut(line, width), width)}
					</Text>
				);
			})}
			{tools.length === 0 && <Text>No tool has that in its name or title.</Text>}
		</Box>
	);
}
