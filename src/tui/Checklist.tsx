import { Box, Text } from 'ink';
import { memo } from 'react';
import type { Reading } from '../checks/check.ts';
import { cells } from '../checks/checklist.ts';
import { fitTo } from '../table/fit.ts';
import { cellKinds, type Finding, markOf, type State } from './state.ts';
import { color, findingMarks, marks } from './theme.ts';
import { valueText } from './value-text.ts';

interface Props {
	resources: State['resources'];
	readings: Reading[];
	target: State['target'];
	/** What the user has said of cells. */
	found: State['marks'];
	cell: State['cell'];
	focused: boolean;
	width: number;
}

const nameWidth = 13;

/** Resources by errors, utilization and saturation: each cell a mark and the value of its worst reading. */
export const Checklist = memo(function Checklist({ resources, readings, target, found, cell, focused, width }: Props) {
	const grid = cells(readings);
	const answered = answeredOf(readings);
	const cellWidth = cellWidthIn(width);
	return (
		<Box flexDirection="column">
			<Text bold wrap="truncate">
				{fitTo('', nameWidth) + cellKinds.map((kind) => fitTo(` ${titleOf(kind, cellWidth)}`, cellWidth)).join('')}
			</Text>
			{resources.map((resource, row) => (
				<Text key={resource} wrap="truncate">
					{fitTo(resource, nameWidth)}
					{cellKinds.map((kind, column) => {
						const selected = row === cell.row && column === cell.column;
						const reading = grid[resource]?.[kind];
						return (
							<Text key={kind} inverse={selected && focused} underline={selected && !focused} {...toneOf(reading)}>
								{fitTo(
									`${findingMark(markOf({ target, marks: found }, { resource, kind }).as)}${cellText(reading, answered.get(`${resource} ${kind}`))}`,
									cellWidth,
								)}
							</Text>
						);
					})}
				</Text>
			))}
		</Box>
	);
});

function cellWidthIn(width: number): number {
	return Math.min(16, Math.floor((width - nameWidth) / cellKinds.length));
}

/** The column of the grid that is drawn at this place, if one is. */
export function gridColumnAt(width: number, x: number): number | undefined {
	const column = Math.floor((x - nameWidth) / cellWidthIn(width));
	return column >= 0 && column < cellKinds.length ? column : undefined;
}

function findingMark(finding: Finding | undefined): string {
	return finding ? findingMarks[finding] : ' ';
}

function titleOf(kind: string, width: number): string {
	return kind.length < width ? kind : kind.slice(0, width - 2);
}

interface Answered {
	ok: number;
	all: number;
}

function answeredOf(readings: readonly Reading[]): Map<string, Answered> {
	const answered = new Map<string, Answered>();
	for (const { resource, kind, verdict } of readings) {
		const { ok, all } = answered.get(`${resource} ${kind}`) ?? { ok: 0, all: 0 };
		answered.set(`${resource} ${kind}`, { ok: ok + (verdict === 'ok' ? 1 : 0), all: all + 1 });
	}
	return answered;
}

/** A cell stays unknown while one of its questions has no answer, and shows how many have. */
function cellText(reading: Reading | undefined, answered: Answered | undefined): string {
	if (!reading) return '';
	const { ok = 0, all = 0 } = answered ?? {};
	const text = reading.verdict === 'unknown' && ok > 0 ? `${ok}/${all} ok` : valueText(reading);
	return `${marks[reading.verdict]} ${text}`;
}

function toneOf(reading: Reading | undefined) {
	if (!reading) return {};
	return { ...color(reading.verdict), bold: reading.verdict === 'bad' };
}
