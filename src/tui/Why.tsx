import { Box, Text } from 'ink';
import { memo } from 'react';
import { type Kind, type Reading, type ResourceName, verdicts } from '../checks/check.ts';
import { wrap } from '../table/fit.ts';
import { color, marks } from './theme.ts';

interface Line {
	text: string;
	verdict: Reading['verdict'] | undefined;
}

interface Props {
	readings: Reading[];
	resource: ResourceName;
	kind: Kind;
	note: string;
	width: number;
	height: number;
}

/** Why the selected cell is what it is: its readings, worst first, each with its suspects. */
export const Why = memo(function Why({ readings, resource, kind, note, width, height }: Props) {
	const noted = note ? wrap(`Note: ${note}`, width).map((text) => ({ text, verdict: undefined })) : [];
	const lines = [...noted, ...readingsOf(readings, resource, kind).flatMap((reading) => linesOf(reading, width))];
	const shown = lines.length > height - 1 ? lines.slice(0, Math.max(0, height - 2)) : lines;
	return (
		<Box flexDirection="column" height={height}>
			<Text bold wrap="truncate">{`${resource} ${kind}`}</Text>
			{shown.map(({ text, verdict }, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity than their place.
				<Text key={index} wrap="truncate" {...(verdict ? color(verdict) : {})}>
					{text}
				</Text>
			))}
			{shown.length < lines.length && <Text {...color('quiet')}>{`${lines.length - shown.length} more lines: d`}</Text>}
		</Box>
	);
});

export function readingsOf(readings: Reading[], resource: string, kind: string): Reading[] {
	return readings
		.filter((reading) => reading.resource === resource && reading.kind === kind)
		.toSorted((a, b) => verdicts.indexOf(b.verdict) - verdicts.indexOf(a.verdict));
}

function linesOf({ verdict, why, suspects }: Reading, width: number): Line[] {
	const sentence = wrap(why, width - 2).map((text, index) => ({
		text: `${index === 0 ? marks[verdict] : ' '} ${text}`,
		verdict,
	}));
	const names = suspects
		.flatMap((suspect) => wrap(suspect, width - 4))
		.map((text) => ({ text: `    ${text}`, verdict: undefined }));
	return [...sentence, ...names];
}
