import { findTool } from '../catalog/installed-catalog.ts';
import type { Catalog } from '../catalog/load-catalog.ts';
import type { Narrowing } from '../catalog/resolve.ts';
import type { Provider, Tool } from '../catalog/tool.ts';
import { printable } from '../host/printable.ts';
import type { Cost } from '../runs/cost.ts';
import { badges, type Judgement } from '../runs/evidence.ts';
import type { Ending, RunState } from '../runs/run.ts';
import { formatBytes } from '../table/format-cell.ts';
import type { RecordedRun } from './read-session.ts';
import { lastMoment } from './tape.ts';

/** What a run's record tells of it, whoever wrote that. */
export interface AboutRun {
	name: string;
	folder: string;
	/** As this catalog has it; one that prints text where it has not. */
	tool: Tool;
	provider: Provider;
	/** The family that it ran through, also where this catalog has none such. */
	via: string;
	/** What the tool says of its version; empty where nobody asked. */
	version: string;
	/** Each word as it was; it may hold anything. */
	argv: string[];
	/** The target's name. */
	target: string;
	narrowing: Narrowing;
	params: Record<string, string | number | boolean>;
	/** Seconds. */
	limit: number;
	/** Milliseconds since 1970. */
	startedAt: number;
	/** How long it went on. */
	milliseconds: number;
	/** One whose end was not recorded ended with the console that did not record it. */
	ending: RunState & { state: 'ended' };
	judgement: Judgement;
	cost: Cost;
	/** Output that was not recorded. */
	bytesNotKept: number;
	/** Output that was recorded and has gone since. */
	bytesDropped: number;
}

export function aboutRun({ name, folder, run: recorded }: RecordedRun, catalog: Catalog): AboutRun {
	// The file may hold any JSON.
	const run = recorded ?? {};
	const { tool, provider } = toolOf(run, catalog);
	const milliseconds = Math.max(numberOf(run.seconds) * 1000, lastMoment(folder));
	return {
		name: printable(name),
		folder,
		tool,
		provider,
		via: printable(textOf(run.provider)),
		version: printable(textOf(run.version)),
		argv: Array.isArray(run.argv) ? run.argv.map(String) : [],
		target: printable(textOf(run.target)),
		narrowing: narrowings.find((known) => known === run.narrowing) ?? 'host',
		params: paramsOf(run.params),
		limit: numberOf(run.limit),
		startedAt: Date.parse(textOf(run.started)) || 0,
		milliseconds,
		ending: endingOf(run.state),
		judgement: judgementOf(run),
		cost: costOf(run.cost, milliseconds / 1000),
		bytesNotKept: numberOf(run.bytesNotKept),
		bytesDropped: numberOf(run.bytesDropped),
	};
}

function paramsOf(data: unknown): AboutRun['params'] {
	if (typeof data !== 'object' || data === null) return {};
	const known = Object.entries(data).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
	return Object.fromEntries(known);
}

const narrowings: Narrowing[] = ['host', 'pid', 'cgroup', 'tasks', 'network', 'not'];

/** Without the tool's entry in this catalog, its output is text. */
function toolOf(run: Record<string, unknown>, catalog: Catalog): { tool: Tool; provider: Provider } {
	const name = printable(textOf(run.tool));
	const tool = findTool(catalog, name);
	const provider = tool?.providers.find(({ via }) => via === run.provider);
	if (tool && provider) return { tool, provider };
	const plain: Provider = { via: 'classic', run: ['true'], needs: {}, noise: [], writes: 'stdout', package: '' };
	return {
		tool: {
			name,
			folder: '',
			title: name,
			question: 'What did it print?',
			resource: 'software',
			also: [],
			answers: ['errors'],
			aliases: [],
			reading: '',
			overhead: '',
			params: {},
			output: { class: 'text', columns: [] },
			providers: [plain],
			next: [],
		},
		provider: plain,
	};
}

function endingOf(data: unknown): AboutRun['ending'] {
	const { state, ending, code, signal } = (data ?? {}) as Record<string, unknown>;
	if (state !== 'ended') return { state: 'ended', ending: 'console', code: null, signal: null };
	return {
		state: 'ended',
		ending: endings.find((known) => known === ending) ?? 'exit',
		code: typeof code === 'number' ? code : null,
		signal: typeof signal === 'string' ? printable(signal) : null,
	};
}

const endings: Ending[] = ['exit', 'limit', 'user', 'budget', 'console'];

/** What is not there any more can't be trusted to be complete, whatever was judged when it was. */
function judgementOf({ evidence, bytesDropped, bytesNotKept }: Record<string, unknown>): Judgement {
	const [dropped, notKept] = [numberOf(bytesDropped), numberOf(bytesNotKept)];
	if (dropped > 0) return { badge: 'partial', why: `its output (${formatBytes(dropped)}) was dropped to save room` };
	const { badge, why } = (evidence ?? {}) as Record<string, unknown>;
	if (notKept > 0 && badge === 'complete')
		return { badge: 'partial', why: `the last ${formatBytes(notKept)} of its output were not kept` };
	const known = badges.find((each) => each === badge);
	return known
		? { badge: known, why: printable(textOf(why)) }
		: { badge: 'partial', why: 'its evidence is not recorded' };
}

/** Only the sums are recorded, so the cost of a moment is that of the whole. */
function costOf(data: unknown, seconds: number): Cost {
	const { processSeconds, bpfSeconds } = (data ?? {}) as Record<string, unknown>;
	const [process, bpf] = [numberOf(processSeconds), numberOf(bpfSeconds)];
	const percent = seconds > 0 ? (100 * (process + bpf)) / seconds : 0;
	return { processSeconds: process, bpfSeconds: bpf, percent, programs: 0 };
}

function textOf(data: unknown): string {
	return typeof data === 'string' ? data : '';
}

function numberOf(data: unknown): number {
	return typeof data === 'number' && Number.isFinite(data) ? Math.max(0, data) : 0;
}
