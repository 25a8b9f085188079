import { Box, Text } from 'ink';
import type { Badge } from '../runs/evidence.ts';
import { cut, fitTo, wrap } from '../table/fit.ts';
import { formatSeconds } from '../table/format-cell.ts';
import { histogramHeader, histogramLines } from './histogram-lines.ts';
import { paneView } from './pane-view.ts';
import type { Pane, State } from './state.ts';
import { tableLines } from './table-lines.ts';
import { badgeTones, color, glyphs } from './theme.ts';

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
 */
export function PaneBox({ pane, focused, prompt, width, height }: Props) {
	const { badge, why } = pane.run.judgement;
	const filtering = prompt !== undefined || pane.filter !== '';
	const room = Math.max(0, height - 2 - (filtering ? 1 : 0));
	const body = bodyOf(pane, width, room);
	const notes = notesOf(pane, body.rows.length, badge, why).flatMap((note) => wrap(note, width));
	return (
		<Box flexDirection="column" width={width} height={height}>
			<Text wrap="truncate" bold inverse={focused} {...color(badgeTones[badge])}>
				{fitTo(titleOf(pane, badge), width)}
			</Text>
			{filtering && (
				<Text wrap="truncate" {...color('accent')}>
					{cut(
						`filter: ${prompt?.text ?? pane.filter}${prompt ? '_' : ''}  (${paneView(pane).hidden} rows hidden)`,
						width,
					)}
				</Text>
			)}
			<Text bold wrap="truncate">
				{body.header}
			</Text>
			{body.rows.map((line, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen; rows move through it.
				<Text key={index} wrap="truncate" inverse={focused && index === body.cursor}>
					{line}
				</Text>
			))}
			{notes.slice(0, room - body.rows.length).map((line, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a line has no other identity than its place.
				<Text key={index} wrap="truncate" {...color(badge === 'complete' ? 'quiet' : badgeTones[badge])}>
					{line}
				</Text>
			))}
		</Box>
	);
}

function titleOf({ run, sort, frozen }: Pane, badge: Badge): string {
	const { tool, provider, limit, scope, narrowing } = run.request;
	const { state } = run;
	const ended =
		state.state === 'ended'
			? endText(state)
			: state.state === 'stopping'
				? 'stopping'
				: `${Math.floor(run.seconds)}s of ${limit}s`;
	const { total, dropped } = run.table;
	return [
		tool.name,
		provider.via,
		...(scope.target.kind === 'host' ? [] : [narrowing === 'not' ? 'WHOLE HOST' : scope.target.name]),
		...(frozen ? [`PAUSED, ${total - frozen.total} behind`] : []),
		ended,
		`${total} rows${dropped ? ` (${dropped} no longer held)` : ''}`,
		badge,
		`${Math.max(0, run.cost.percent).toFixed(1)}%`,
		...(sort ? [`by ${sort}`] : []),
	].join(` ${glyphs.dot} `);
}

function endText({ ending, code, signal }: { ending: string; code: number | null; signal: string | null }): string {
	const reasons: Record<string, string> = {
		limit: 'ended at its limit',
		user: 'stopped',
		budget: 'stopped: over its budget',
	};
	return reasons[ending] ?? (signal ? `ended by ${signal}` : code === 0 ? 'ended' : `ended with exit code ${code}`);
}

interface Body {
	header: string;
	rows: string[];
	/** The line under the cursor. */
	cursor: number;
}

function bodyOf(pane: Pane, width: number, room: number): Body {
	const view = paneView(pane);
	const { tool } = pane.run.request;
	if (tool.output.class === 'histogram' && !pane.run.table.groups) {
		const lines = histogramLines(view.rows, tool.output.unit, width);
		const top = Math.max(0, Math.min(pane.cursor, lines.length - room));
		return { header: histogramHeader(width), rows: lines.slice(top, top + room), cursor: -1 };
	}
	// The cursor stays in sight wherever the rows under it go.
	const cursor = Math.min(pane.cursor, view.rows.length - 1);
	const top = Math.max(0, Math.min(cursor - Math.floor(room / 2), view.rows.length - room));
	const columns = view.columns.slice(pane.left);
	const rows = view.rows.slice(top, top + room);
	const shifted =
		pane.left === 0 ? rows : rows.map((row) => ({ cell: (index: number) => row.cell(index + pane.left) }));
	const lines = tableLines(columns, shifted, width, { by: pane.sort, reverse: pane.reverse });
	return { header: lines.header, rows: lines.rows, cursor: cursor - top };
}

const successorText = (via: string) => `When you start it again, ${via} takes its place.`;

/** A table without rows says whether nothing happened or nothing was attached; one that can't be trusted says why. */
function notesOf({ run, filter }: Pane, rows: number, badge: Badge, why: string): string[] {
	if (badge === 'starting') return [`Starting for ${formatSeconds(Math.max(0, run.seconds))}: ${why}.`];
	if (badge !== 'complete') return [`${badge}: ${why}`, ...(run.successor ? [successorText(run.successor)] : [])];
	if (rows > 0) return [];
	if (filter && run.table.total > 0) return ['The filter hides all rows.'];
	return [run.state.state === 'ended' ? `No rows: ${why}.` : `No rows yet: ${why}.`];
}
