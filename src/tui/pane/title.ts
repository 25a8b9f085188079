import { counted } from '../../checks/sentence.ts';
import type { Badge } from '../../runs/evidence.ts';
import { glyphs } from '../theme.ts';
import type { Pane } from './pane.ts';

/** What runs, how far to trust it, what it costs, and how it is looked at: what matters most first, as a narrow pane cuts it off. */
export function titleOf(pane: Pane, badge: Badge): string {
	const { run } = pane;
	const { tool, provider, scope, narrowing } = run.request;
	return [
		tool.name,
		provider.via,
		...(scope.target.kind === 'host' ? [] : [narrowing === 'not' ? 'WHOLE HOST' : scope.target.name]),
		...timeOf(pane),
		progressOf(pane),
		badge,
		`${Math.max(0, run.cost.percent).toFixed(1)}%`,
		...groupOf(pane),
		rowsOf(pane),
		...(run.rowsPerSecond >= 1 ? [`${Math.round(run.rowsPerSecond)}/s`] : []),
		...wishesOf(pane),
	].join(` ${glyphs.dot} `);
}

/** What the view is behind by, where it does not show what is going on now. */
function timeOf({ frozen, back, run }: Pane): string[] {
	const paused = frozen ? [`PAUSED, ${run.table.total - frozen.total} behind`] : [];
	if (back === 0) return paused;
	const newest = run.table.intervals().at(-1)?.at ?? 0;
	const shown = (frozen?.intervals ?? run.table.intervals()).at(-1 - back)?.at ?? newest;
	const seconds = (newest - shown) / 1000;
	return [...paused, `${back} back (${Math.round(seconds)}s ago)`];
}

function progressOf({ run }: Pane): string {
	const { state } = run;
	if (state.state === 'stopping') return 'stopping';
	if (state.state === 'running') return `${Math.floor(run.seconds)}s of ${run.request.limit}s`;
	const { ending, code, signal } = state;
	const reasons: Record<string, string> = {
		limit: 'ended at its limit',
		user: 'stopped',
		budget: 'stopped: over its budget',
		console: 'ended with the console',
	};
	return reasons[ending] ?? (signal ? `ended by ${signal}` : code === 0 ? 'ended' : `ended with exit code ${code}`);
}

/** What is no longer held is said, never left out in silence. */
function rowsOf({ run, grouping, within }: Pane): string {
	const { total, dropped } = run.table;
	if (grouping && !within) {
		const { size, forgotten } = grouping.groups;
		return `${counted(size, 'group')} of ${counted(total, 'row')}${forgotten ? ` (${forgotten} in rare groups no longer held)` : ''}`;
	}
	return `${counted(total, 'row')}${dropped ? ` (${dropped} no longer held)` : ''}`;
}

function groupOf({ grouping, within }: Pane): string[] {
	if (!grouping) return [];
	const by = grouping.by.join(', ');
	return [within ? `${by} = ${within.key.join(', ')}` : `per ${by}`];
}

function wishesOf({ sort, hidden }: Pane): string[] {
	return [...(sort ? [`by ${sort}`] : []), ...(hidden.length ? [`${counted(hidden.length, 'column')} hidden`] : [])];
}
