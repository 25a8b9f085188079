import { counted } from '../checks/sentence.ts';
import { formatCell, formatSeconds } from '../table/format-cell.ts';
import type { Block, BlockColumn, Item } from './blocks.ts';
import { type Comparison, factsOf, type RunChange } from './compare.ts';
import type { HistogramChange, HistogramSide } from './compare-histograms.ts';
import type { ReadingChange } from './compare-readings.ts';
import type { MeasureChange, RowChanges } from './compare-rows.ts';
import { timesBetween } from './compare-rows.ts';
import type { TextChanges } from './compare-texts.ts';
import { notThere, type OneSided, type VerdictChange, type VerdictSide } from './compare-verdicts.ts';
import type { SessionDigest } from './digest.ts';
import { type FlameDiff, idle, type Moved, placeText } from './flame-diff.ts';

/** How much of each list is shown, and where pictures lie. */
export interface PageOptions {
	most: number;
	/** The file of a run's differential flame graph, where there is one. */
	pictureOf(run: RunChange): string | undefined;
}

export function comparisonPage(comparison: Comparison, options: PageOptions): Block[] {
	const { a, b, facts, verdicts, readings } = comparison;
	const worse = verdicts.changes.filter(({ turned }) => turned === 'worse');
	const better = verdicts.changes.filter(({ turned }) => turned === 'better');
	return [
		{ kind: 'heading', text: 'Two sessions compared' },
		{ kind: 'items', items: [aboutItem('A', a), aboutItem('B', b)] },
		{ kind: 'text', text: summaryOf(comparison) },
		...section('What differs about the hosts', facts.length > 0 && factsTable(comparison)),
		...section('Worse in B', verdictItems(worse, options.most)),
		...section('Better in B', verdictItems(better, options.most)),
		...section('Only one could tell', oneSidedItems(verdicts.oneSided, options.most)),
		...section('Readings', readingsTable(readings, options.most)),
		...comparison.runs.flatMap((run) => runBlocks(run, options)),
		...section('Other runs', otherRuns(comparison)),
		...warningBlocks(comparison),
	];
}

function section(heading: string, block: Block | Block[] | false): Block[] {
	const blocks = block === false ? [] : [block].flat();
	return blocks.length === 0 ? [] : [{ kind: 'heading', text: heading }, ...blocks];
}

function aboutItem(label: string, { folder, session, start, end, targets, runs }: SessionDigest): Item {
	const { host, kernel } = factsOf({ session, targets });
	const when = new Date(start).toISOString().slice(0, 19).replace('T', ' ');
	const open = typeof session.ended === 'string' ? '' : ', did not end in order';
	const about = `${host}, Linux ${kernel}, ${when}Z, ${formatSeconds((end - start) / 1000)}${open}, ${counted(runs.length, 'run')}`;
	return { text: `${label} ${nameOf(folder)}: ${about}`, under: [] };
}

function nameOf(folder: string): string {
	return folder.replace(/\/+$/, '').split('/').at(-1) ?? folder;
}

export function nothingDiffers({ facts, verdicts, readings, runs, onlyIn }: Comparison): boolean {
	return (
		facts.length === 0 &&
		verdicts.changes.length === 0 &&
		verdicts.oneSided.length === 0 &&
		readings.length === 0 &&
		onlyIn.a.length + onlyIn.b.length === 0 &&
		!runs.some(runDiffers)
	);
}

export function runDiffers({ found }: RunChange): boolean {
	switch (found.shape) {
		case 'table':
			return found.changes.rows.length + (found.brief?.rows.length ?? 0) > 0;
		case 'histograms':
			return found.changes.length > 0;
		case 'stacks':
			return found.diff.moved.length + found.diff.processes.length > 0;
		case 'text':
			return found.changes.onlyInA.length + found.changes.onlyInB.length > 0;
		case 'none':
			return false;
	}
}

function summaryOf(comparison: Comparison): string {
	const { isSameSession, verdicts, readings, runs } = comparison;
	const same = isSameSession ? 'Both are the same session. ' : '';
	const comparedText = `${counted(verdicts.compared, 'check')} and ${counted(runs.length, 'pair')} of runs`;
	if (verdicts.compared + runs.length === 0) {
		return `${same}They have no check and no run in common, so nothing could be compared.`;
	}
	if (nothingDiffers(comparison)) return `${same}Nothing differs that matters. Compared: ${comparedText}.`;
	const count = (turned: string) => verdicts.changes.filter((change) => change.turned === turned).length;
	const [worse, better] = [count('worse'), count('better')];
	const turned = [
		...(worse > 0 ? [`worse in ${counted(worse, 'check')}`] : []),
		...(better > 0 ? [`better in ${counted(better, 'check')}`] : []),
	];
	const differing = [
		...(readings.length > 0 ? [counted(readings.length, 'reading')] : []),
		...(runs.some(runDiffers) ? [counted(runs.filter(runDiffers).length, 'run')] : []),
	];
	const verdictText = turned.length > 0 ? `B is ${turned.join(' and ')}.` : 'No verdict differs.';
	const restText = differing.length > 0 ? ` The numbers of ${differing.join(' and ')} differ.` : '';
	return `${same}${verdictText}${restText} Compared: ${comparedText}.`;
}

function factsTable({ facts }: Comparison): Block {
	const rows = facts.map(({ name, a, b }) => [name, a, b]);
	return { kind: 'table', columns: columnsOf('', 'A', 'B'), rows };
}

function verdictItems(changes: readonly VerdictChange[], most: number): Block | false {
	if (changes.length === 0) return false;
	const items = changes.slice(0, most).map(({ check, device, a, b }) => ({
		text: `${nameOfReading(check, device)}: ${verdictText(a)} in A, ${verdictText(b)} in B`,
		under: [
			{ label: 'A', text: sentenceOf(a) },
			{ label: 'B', text: sentenceOf(b) },
		],
	}));
	return { kind: 'items', items: [...items, ...moreItem(changes.length - most)] };
}

function moreItem(more: number): Item[] {
	return more > 0 ? [{ text: `… and ${more} more`, under: [] }] : [];
}

function nameOfReading(check: string, device: string | null): string {
	return device === null ? check : `${check} ${device}`;
}

function verdictText(side: VerdictSide | null): string {
	if (!side) return 'not there';
	const { verdict, share } = side;
	const isWrong = verdict === 'warn' || verdict === 'bad';
	return isWrong && share < 0.995 ? `${verdict} ${Math.max(1, Math.round(100 * share))} % of the time` : verdict;
}

function sentenceOf(side: VerdictSide | null): string {
	if (!side) return notThere;
	const { why, suspects } = side;
	return suspects.length > 0 ? `${why}. Suspects: ${suspects.join('; ')}` : why;
}

/** By the reason, since one missing feature or device silences many checks. */
function oneSidedItems(all: readonly OneSided[], most: number): Block | false {
	const byReason = new Map<string, string[]>();
	for (const { check, device, measuredIn, why } of all) {
		const [measured, other] = measuredIn === 'a' ? ['A', 'B'] : ['B', 'A'];
		const reason =
			why === notThere ? `Only ${measured} has ${device ?? 'this'}` : `Only ${measured}, since in ${other} ${why}`;
		const names = byReason.get(reason) ?? [];
		byReason.set(reason, names);
		names.push(why === notThere ? check : nameOfReading(check, device));
	}
	if (byReason.size === 0) return false;
	const items = [...byReason].slice(0, most).map(([reason, names]) => {
		const more = names.length > most ? ` and ${names.length - most} more` : '';
		return { text: `${reason}: ${names.slice(0, most).join(', ')}${more}`, under: [] };
	});
	return { kind: 'items', items: [...items, ...moreItem(byReason.size - most)] };
}

function readingsTable(changes: readonly ReadingChange[], most: number): Block[] {
	if (changes.length === 0) return [];
	const columns = [
		...columnsOf('check'),
		...numbersOf('A median', 'worst', 'B median', 'worst', 'B/A'),
		...columnsOf('unit'),
	];
	const rows = changes
		.slice(0, most)
		.map(({ check, device, unit, a, b, by }) => [
			nameOfReading(check, device),
			...[a.median, a.worst, b.median, b.worst].map(numberText),
			by === 'median' ? ratioText(a.median, b.median) : '',
			unit,
		]);
	return [{ kind: 'table', columns, rows }, ...moreText(changes.length - most, 'reading')];
}

function moreText(more: number, what: string): Block[] {
	return more > 0 ? [{ kind: 'text', text: `… and ${counted(more, `more ${what}`)}.` }] : [];
}

function columnsOf(...names: string[]): BlockColumn[] {
	return names.map((name) => ({ name, align: 'left' }));
}

function numbersOf(...names: string[]): BlockColumn[] {
	return names.map((name) => ({ name, align: 'right' }));
}

/** Three figures. */
function numberText(value: number): string {
	if (Number.isInteger(value)) return String(value);
	const size = Math.abs(value);
	return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 0.005 ? value.toFixed(2) : '0';
}

function ratioText(a: number | null, b: number | null): string {
	if (a === null) return 'new';
	if (b === null) return 'gone';
	if (a === b) return '1.0';
	if (a === 0) return 'from 0';
	if (b === 0) return 'to 0';
	if (a < 0 !== b < 0) return '-';
	const times = timesBetween(a, b);
	const ratio = Math.abs(b) > Math.abs(a) ? times : 1 / times;
	return ratio >= 1000
		? '>999'
		: ratio < 0.01
			? '<0.01'
			: ratio >= 10
				? ratio.toFixed(0)
				: ratio < 0.1
					? ratio.toFixed(2)
					: ratio.toFixed(1);
}

function runBlocks(run: RunChange, options: PageOptions): Block[] {
	const { tool, a, b, remarks, found } = run;
	if (isAlike(run)) return [];
	const names = a.name === b.name ? a.name : `${a.name} and ${b.name}`;
	const isAveraged = found.shape === 'table' && tool.output.class === 'interval-table';
	const about = [
		`${tool.title}${isAveraged ? ', on average over all intervals' : ''}.`,
		...remarks,
		...(runDiffers(run) ? [] : [alikeText(run)]),
	].join(' ');
	return [{ kind: 'heading', text: names }, { kind: 'text', text: about }, ...foundBlocks(run, options)];
}

/** Nothing is to be told of it. */
function isAlike(run: RunChange): boolean {
	return run.remarks.length === 0 && !runDiffers(run) && run.found.shape !== 'none';
}

function alikeText({ found }: RunChange): string {
	return found.shape === 'none' ? found.why : 'Nothing differs that matters.';
}

function foundBlocks(run: RunChange, options: PageOptions): Block[] {
	const { found, tool } = run;
	if (!runDiffers(run)) return [];
	switch (found.shape) {
		case 'table':
			return [
				...(found.brief ? rowsBlocks(found.brief, options.most) : []),
				...rowsBlocks(found.changes, found.brief ? Math.ceil(options.most / 2) : options.most),
			];
		case 'histograms':
			return histogramBlocks(found.changes, tool.output.unit, options.most);
		case 'stacks':
			return stackBlocks(found.diff, options.pictureOf(run), options.most);
		case 'text':
			return textBlocks(found.changes, options.most);
		case 'none':
			return [];
	}
}

function rowsBlocks({ identity, main, rows }: RowChanges, most: number): Block[] {
	if (rows.length === 0) return [];
	const hasOthers = rows.some(({ others }) => others.length > 0);
	const columns = [
		...columnsOf(identity.join(', ')),
		...numbersOf(`${main} A`, 'B', 'B/A'),
		...(hasOthers ? columnsOf('also') : []),
	];
	const lines = rows
		.slice(0, most)
		.map((row) => [
			row.identity.map((cell) => cell ?? '-').join(', '),
			cellText(row.main, 'a'),
			cellText(row.main, 'b'),
			ratioText(row.main.a, row.main.b),
			...(hasOthers
				? [row.others.map((one) => `${one.column} ${cellText(one, 'a')} → ${cellText(one, 'b')}`).join(', ')]
				: []),
		]);
	return [{ kind: 'table', columns, rows: lines }, ...moreText(rows.length - most, 'row')];
}

function cellText(measure: MeasureChange, side: 'a' | 'b'): string {
	const value = measure[side];
	if (value === null) return '-';
	return measure.type === 'int' || measure.type === 'float' ? numberText(value) : formatCell(value, measure.type);
}

function histogramBlocks(changes: readonly HistogramChange[], unit: string | undefined, most: number): Block[] {
	const columns = [
		...columnsOf('key', ''),
		...numbersOf('a second', 'half', '90 %', '99 %', 'highest'),
		...(unit ? columnsOf('unit') : []),
	];
	const sides: ['A' | 'B', 'a' | 'b'][] = [
		['A', 'a'],
		['B', 'b'],
	];
	const rows = changes
		.slice(0, most)
		.flatMap((change) =>
			sides.map(([label, side]) => [
				side === 'a' ? change.key || 'all' : '',
				label,
				...histogramCells(change[side]),
				...(unit ? [unit] : []),
			]),
		);
	return [{ kind: 'table', columns, rows }, ...moreText(changes.length - most, 'histogram')];
}

function histogramCells(side: HistogramSide | null): string[] {
	if (!side) return ['0', '-', '-', '-', '-'];
	return [side.perSecond, side.p50, side.p90, side.p99, side.highest].map(numberText);
}

function stackBlocks({ processes, moved, gone }: FlameDiff, picture: string | undefined, most: number): Block[] {
	const shares = ({ a, b }: Moved) => [shareText(a), shareText(b), pointsText(b - a)];
	const named = (process: string) => (process === idle ? `${idle} (idle)` : process);
	const table = (names: string[], all: readonly Moved[], cellsOf: (one: Moved) => string[], what: string): Block[] => {
		if (all.length === 0) return [];
		const columns = [...columnsOf(...names), ...numbersOf('A', 'B', 'points')];
		const rows = all.slice(0, most).map((one) => [...cellsOf(one), ...shares(one)]);
		return [{ kind: 'table', columns, rows }, ...moreText(all.length - most, what)];
	};
	const lost = gone.slice(0, mostGone).map(({ path, share }) => `${placeText(path)} ${shareText(share)}`);
	const more = gone.length > mostGone ? ` and ${gone.length - mostGone} more` : '';
	return [
		...table(['process'], processes, ({ process }) => [named(process)], 'process'),
		...table(['process', 'function, by itself'], moved, (one) => [named(one.process), one.function || '-'], 'function'),
		...(gone.length > 0 ? [{ kind: 'text' as const, text: `In A and never in B: ${lost.join(', ')}${more}.` }] : []),
		...(picture ? [{ kind: 'picture' as const, file: picture, title: 'Differential flame graph' }] : []),
	];
}

const mostGone = 4;

function shareText(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}

function pointsText(change: number): string {
	return `${change < 0 ? '-' : '+'}${(100 * Math.abs(change)).toFixed(1)}`;
}

function textBlocks({ onlyInA, onlyInB, isCut }: TextChanges, most: number): Block[] {
	const side = (label: string, lines: readonly string[]): Block[] => {
		if (lines.length === 0) return [];
		const items = lines.slice(0, most).map((line) => ({ text: line, under: [] }));
		return [
			{ kind: 'text', text: `Lines that only ${label} has:` },
			{ kind: 'items', items: [...items, ...moreItem(lines.length - most)] },
		];
	};
	const cut: Block[] = isCut
		? [{ kind: 'text', text: 'Of long texts only the beginning and the end were compared.' }]
		: [];
	return [...side('A', onlyInA), ...side('B', onlyInB), ...cut];
}

/** Those that were compared and are alike, and those that the other session has no like of. */
function otherRuns({ onlyIn, runs }: Comparison): Block | false {
	const alike = runs.filter(isAlike).map(({ b }) => b.name);
	const items = [
		{ text: 'Alike', names: alike },
		{ text: 'Only in A', names: onlyIn.a },
		{ text: 'Only in B', names: onlyIn.b },
	].flatMap(({ text, names }) => (names.length > 0 ? [{ text: `${text}: ${names.join(', ')}`, under: [] }] : []));
	return items.length > 0 && { kind: 'items', items };
}

function warningBlocks({ a, b }: Comparison): Block[] {
	const items = [['A', a] as const, ['B', b] as const].flatMap(([label, { warnings }]) =>
		warnings.all().map((warning) => ({ text: `${label}: ${warning}`, under: [] })),
	);
	return items.length === 0 ? [] : section('Left out', { kind: 'items', items });
}
