import { refusalText } from '../catalog/resolve.ts';
import { fitTo } from '../table/fit.ts';
import { catalogMatches } from './actions.ts';
import { PickList } from './PickList.tsx';
import type { Overlay } from './state.ts';

interface Props {
	overlay: Overlay & { kind: 'catalog' };
	width: number;
	height: number;
}

/** Every tool of the catalog; letters narrow the list down. */
export function CatalogList({ overlay, ...size }: Props) {
	const lines = catalogMatches(overlay).map(({ tool, resolution }) => {
		const serves = resolution.provider?.via ?? 'no provider';
		const text = resolution.provider ? tool.question : refusalText(resolution);
		return {
			key: tool.name,
			text: `${fitTo(tool.name, 12)} ${fitTo(tool.resource, 9)} ${fitTo(serves, 12)} ${text}`,
			quiet: !resolution.provider,
		};
	});
	return (
		<PickList
			title={`Tools (Enter runs, letters narrow the list): ${overlay.filter}_`}
			lines={lines}
			empty="No tool has that in its name or title."
			cursor={overlay.cursor}
			{...size}
		/>
	);
}
