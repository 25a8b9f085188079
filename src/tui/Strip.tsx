import { Text } from 'ink';
import { memo } from 'react';
import { cells } from '../checks/checklist.ts';
import { cut, fitTo } from '../table/fit.ts';
import { cellKinds, type State } from './state.ts';
import { color, marks } from './theme.ts';

/** The whole checklist in one line, for when a pane has the screen to itself: errors, utilization, saturation. */
export const Strip = memo(function Strip({
	resources,
	readings,
	width,
}: Pick<State, 'resources' | 'readings'> & { width: number }) {
	const grid = cells(readings);
	const text = resources.map((resource) => {
		const verdicts = cellKinds.map((kind) => grid[resource]?.[kind]?.verdict ?? 'unknown');
		return `${resource} ${verdicts.map((verdict) => marks[verdict]).join('')}`;
	});
	const worst = readings.some(({ verdict }) => verdict === 'bad')
		? 'bad'
		: readings.some(({ verdict }) => verdict === 'warn')
			? 'warn'
			: 'quiet';
	return (
		<Text wrap="truncate" {...color(worst)}>
			{fitTo(cut(`${text.join('  ')}  (errors, utilization, saturation)`, width), width)}
		</Text>
	);
});
