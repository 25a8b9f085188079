import { targetMatches } from './actions.ts';
import { PickList } from './PickList.tsx';
import type { Overlay } from './state.ts';

interface Props {
	overlay: Overlay & { kind: 'targets' };
	width: number;
	height: number;
}

/** The host, its containers and its processes; letters narrow the list down. */
export function TargetList({ overlay, ...size }: Props) {
	return (
		<PickList
			title={`Look at (Enter chooses, letters narrow the list): ${overlay.filter}_`}
			lines={targetMatches(overlay).map(({ target, text }) => ({ key: `${target.name} ${target.pid}`, text }))}
			empty="No container and no process has that in its name or id."
			cursor={overlay.cursor}
			{...size}
		/>
	);
}
