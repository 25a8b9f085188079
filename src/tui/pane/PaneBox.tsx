import { Box, Text } from 'ink';
import { counted } from '../../checks/sentence.ts';
import type { Badge } from '../../runs/evidence.ts';
import { cut, fitTo, wrap } from '../../table/fit.ts';
import { formatCell, formatSeconds } from '../../table/format-cell.ts';
import { historyOf, identityOf } from '../../table/intervals.ts';
import { searchFor } from '../../table/search.ts';
import { fitLine, type Line } from '../shapes/line.ts';
import { StyledLine } from '../shapes/StyledLine.tsx';
import { sparkline } from '../shapes/sparkline.ts';
import type { State } from '../state.ts';
import { badgeTones, color, look } from '../theme.ts';
import type { Pane } from './pane.ts';
import { type PaneView, paneView } from './pane-view.ts';
import { shapeOf, shownAs } from './shape-view.ts';
import { tableLines } from './table-lines.ts';
import { titleOf } from './title.ts';

interface Props {
	pane: Pane;
	focused: boolean;
	prompt: State['prompt'];
	width: number;
	height: number;
}

/**
 *     runqlat · libbpf · 12s of 60s · 32 rows · complete · 0.3%       what runs, and how far to trust it
 *     filter: …                                                       only while there is one
 *     pid  command …                                                  a header that stays
 *     rows
 *     12 pid, received: ▁▂▅█                                          of intervals, how the row under the cursor went
 */
export function PaneBox({ pane, focused, prompt, width, height }: Props) {
	const { badge } = pane.run.judgement;
	const { view, filtering, past, room, notes, body } = partsOf({ pane, focused, prompt, width, height });
	const shownNotes = notes.slice(0, room - body.rows.length);
	return (
		<Box flexDirection="column" width={width} height={height} overflow="hidden">
			<Text wrap="truncate" bold inverse={focused} {...color(badgeTones[badge])}>
				{fitTo(titleOf(pane, badge), width)}
			</Text>
			{height > 1 && filtering && <FilterLine pane={pane} view={view} prompt={prompt} width={width} />}
			{height > 1 && <StyledLine line={body.header.map((span) => ({ ...span, bold: true }))} />}
			{body.rows.map((line, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen; rows move through it.
				<StyledLine key={index} line={line} inverse={focused && index === body.cursor} />
			))}
			{shownNotes.map((line, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a line has no other identity than its place.
				<Text key={index} wrap="truncate" {...color(badge === 'complete' ? 'quiet' : badgeTones[badge])}>
					{line}
				</Text>
			))}
			{past !== undefined && (
				<Box flexGrow={1} alignItems="flex-end">
					<Text wrap="truncate" {...color('quiet')}>
						{past}
					</Text>
				</Box>
			)}
		</Box>
	);
}

/** What stands in a pane, from its second line on. */
export function partsOf({ pane, focused, prompt, width, height }: Props) {
	const view = paneView(pane);
	const filtering = prompt !== undefined || pane.filter !== '';
	const past = focused && height >= leastForPast ? pastLine(pane, view, width) : undefined;
	const room = Math.max(0, height - 2 - (filtering ? 1 : 0) - (past === undefined ? 0 : 1));
	const { badge, why } = pane.run.judgement;
	const notes = notesOf(pane, view.rows.length, badge, why).flatMap((note) => wrap(note, width));
	return { view, filtering, past, room, notes, body: bodyOf(pane, view, width, room, notes.length) };
}

function FilterLine({ pane, view, prompt, width }: Omit<Props, 'focused' | 'height'> & { view: PaneView }) {
	if (prompt?.into === 'search') return <SearchLine text={prompt.text} width={width} />;
	const text = `filter: ${prompt?.text ?? pane.filter}${prompt ? '_' : ''}`;
	const about = view.error ?? `${counted(view.hidden, 'row')} hidden`;
	return (
		<Text wrap="truncate" {...color(view.error ? 'warn' : 'accent')}>
			{cut(`${text}  (${about})`, width)}
		</Text>
	);
}

/** What it finds is marked in the lines themselves. */
function SearchLine({ text, width }: { text: string; width: number }) {
	const search = searchFor(text);
	const error = typeof search === 'string' ? `  (${search})` : '';
	return (
		<Text wrap="truncate" {...color(error ? 'warn' : 'accent')}>
			{cut(`search: ${text}_${error}`, width)}
		</Text>
	);
}

interface Body {
	header: Line;
	rows: Line[];
	/** The line under the cursor. */
	cursor: number;
}

function bodyOf(pane: Pane, view: PaneView, width: number, room: number, notes: number): Body {
	// A picture takes all the room that there is, and notes are to be seen under it.
	const shape = shapeOf(pane, view, width, Math.max(1, room - notes));
	if (shape) {
		const rows = view.rows.length === 0 && notes > 0 ? [] : shape.lines.slice(0, room);
		return { header: fitLine(shape.header, width), rows, cursor: shape.cursorLine ?? -1 };
	}
	const lines = room - Math.max(0, Math.min(mostNotes, notes, room - 1));
	const top = topLineOf(view, lines);
	const shown = view.shown.slice(pane.left);
	const columns = shown.flatMap((index) => view.columns[index] ?? []);
	const rows = view.rows
		.slice(top, top + lines)
		.map((row) => ({ cell: (index: number) => row.cell(shown[index] as number) }));
	const table = tableLines(columns, rows, width, { by: pane.sort, reverse: pane.reverse });
	return { header: [{ text: table.header }], rows: table.rows.map((text) => [{ text }]), cursor: view.cursor - top };
}

/** Of why a run is not complete, so much stands under its rows however many there are. */
const mostNotes = 2;

/** The cursor stays in sight wherever the rows under it go. */
export function topLineOf({ cursor, rows }: PaneView, room: number): number {
	return Math.max(0, Math.min(cursor - Math.floor(room / 2), rows.length - room));
}

const leastForPast = 8;
const sparkWidth = 60;

/** How the number that a row is sorted by went, of a tool that prints its rows again and again. */
function pastLine(pane: Pane, view: PaneView, width: number): string | undefined {
	const { run, sort, grouping, changes } = pane;
	const { table } = run;
	const column = table.columns.findIndex(({ name }) => name === sort);
	const row = view.rows[view.cursor];
	const { type } = table.columns[column] ?? {};
	if (
		shownAs(pane) !== 'table' ||
		!row ||
		!type ||
		!table.replaces ||
		grouping ||
		changes ||
		typeof row.cell(column) !== 'number'
	)
		return undefined;
	const values = historyOf(table.intervals(), table.columns, identityOf(table.columns, row), column);
	const label = `${sort} of the last ${values.length}: `;
	const spark = sparkline(values, Math.min(sparkWidth, width - label.length - 20), look);
	const known = values.filter((value) => value !== null);
	return `${label}${spark} ${formatCell(Math.min(...known), type)} to ${formatCell(Math.max(...known), type)}`;
}

const successorText = (via: string) => `When you start it again, ${via} takes its place.`;

/** A table without rows says whether nothing happened or nothing was attached; one that can't be trusted says why. */
function notesOf({ run, filter }: Pane, rows: number, badge: Badge, why: string): string[] {
	if (badge === 'starting') return [`Starting for ${formatSeconds(Math.max(0, run.seconds))}: ${why}.`];
	const hidden = rows === 0 && filter && run.table.total > 0 ? ['The filter hides all rows.'] : [];
	if (badge !== 'complete')
		return [...hidden, `${badge}: ${why}`, ...(run.successor ? [successorText(run.successor)] : [])];
	if (rows > 0 || hidden.length > 0) return hidden;
	if (run.table.total > 0) return ['No rows in this interval.'];
	return [run.state.state === 'ended' ? `No rows: ${why}.` : `No rows yet: ${why}.`];
}
