import { Box, Text } from 'ink';
import { checklists } from '../checks/checklist.ts';
import { ruleOf } from '../checks/thresholds.ts';
import { wrap } from '../table/fit.ts';
import { chartLines } from './chart.ts';
import { type State, selectedCell } from './state.ts';
import { color, marks } from './theme.ts';
import { readingsOf } from './Why.tsx';

interface Props {
	state: State;
	history(reading: { check: string; device: string | null }): (number | null)[];
	width: number;
	height: number;
}

/** One cell in full: every reading, where its numbers come from, its thresholds, and the worst one's past. */
export function Detail({ state, history, width, height }: Props) {
	const { resource, kind } = selectedCell(state);
	const readings = readingsOf(state.readings, resource, kind);
	const checks =
		checklists[state.target.kind]
			.find((checks) => checks.resource === resource)
			?.checks.filter((check) => check.kind === kind) ?? [];
	const chartHeight = height >= 20 ? 10 : 0;
	const worst = readings.find(({ value }) => value !== null);
	const lines = [
		...readings.flatMap(({ verdict, why, suspects }) => [
			...wrap(`${marks[verdict]} ${why}`, width),
			...suspects.map((suspect) => `    ${suspect}`),
		]),
		'',
		...checks.flatMap((check) => [
			...wrap(`${check.title}. ${check.source}`, width),
			...wrap(ruleOf(check), width - 4).map((line) => `    ${line}`),
		]),
	];
	return (
		<Box flexDirection="column" width={width} height={height}>
			<Text bold>{`${resource} ${kind}`}</Text>
			{worst && chartHeight > 0 && (
				<Chart
					title={`${worst.check} ${worst.device ?? ''} (${worst.unit})`}
					values={history(worst)}
					width={width}
					height={chartHeight}
				/>
			)}
			{lines.slice(0, Math.max(0, height - chartHeight - 2)).map((line, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity than their place.
				<Text key={index} wrap="truncate">
					{line || ' '}
				</Text>
			))}
		</Box>
	);
}

function Chart({
	title,
	values,
	width,
	height,
}: {
	title: string;
	values: (number | null)[];
	width: number;
	height: number;
}) {
	// What could not be measured has no point; drawn as 0 it would look like a value.
	const known = values.filter((value) => value !== null);
	if (known.length < 2) return <Text {...color('quiet')}>{`${title}: a chart needs two values.`}</Text>;
	return (
		<>
			<Text {...color('accent')}>{title}</Text>
			<Text wrap="truncate">{chartLines(known, Math.min(width, 100), height - 1).join('\n')}</Text>
		</>
	);
}
