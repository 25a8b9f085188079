import { Box, Text } from 'ink';
import { useEffect } from 'react';
import { checklists } from '../checks/checklist.ts';
import { counted } from '../checks/sentence.ts';
import { ruleOf } from '../checks/thresholds.ts';
import { wrap } from '../table/fit.ts';
import { chartLines } from './chart.ts';
import { type State, selectedCell } from './state.ts';
import { color, marks } from './theme.ts';
import { readingsOf } from './Why.tsx';

interface Props {
	state: State;
	history(reading: { check: string; device: string | null }): (number | null)[];
	/** How many lines are scrolled out of sight. */
	top: number;
	/** Told when there is less to scroll than was asked for. */
	setTop(top: number): void;
	width: number;
	height: number;
}

/** One cell in full: every reading, where its numbers come from, its thresholds, and the worst one's past. */
export function Detail({ state, history, top, setTop, width, height }: Props) {
	const { resource, kind } = selectedCell(state);
	const readings = readingsOf(state.readings, resource, kind);
	const checks =
		checklists[state.target.kind]
			.find((checks) => checks.resource === resource)
			?.checks.filter((check) => check.kind === kind) ?? [];
	const chartHeight = height >= 20 ? 10 : 0;
	const worst = readings.find(({ value }) => value !== null);
	const room = Math.max(0, height - chartHeight - 2);
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
	const from = Math.max(0, Math.min(top, lines.length - room));
	useEffect(() => {
		if (from !== top) setTop(from);
	});
	const below = lines.length - from - room;
	return (
		<Box flexDirection="column" width={width} height={height}>
			<Text bold>{`${resource} ${kind}${below > 0 ? `  (↓ ${counted(below, 'more line')})` : ''}`}</Text>
			{worst && chartHeight > 0 && (
				<Chart
					title={`${worst.check} ${worst.device ?? ''} (${worst.unit})`}
					values={history(worst)}
					width={width}
					height={chartHeight}
				/>
			)}
			{lines.slice(from, from + room).map((line, index) => (
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
