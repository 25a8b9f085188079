import { kinds } from '../checks/check.ts';
import { counted } from '../checks/sentence.ts';
import { printable } from '../host/printable.ts';
import { cut, padTo, widthOf } from '../table/fit.ts';
import { alignsRight, formatCell } from '../table/format-cell.ts';
import { type Bucket, totalOf, trimmed } from '../table/histogram.ts';
import { childrenByTotal, type StackNode, type StackTree } from '../table/stack-tree.ts';
import type { SessionDigest } from './digest.ts';
import { type CellFinding, findingsOf, isWrong, type Problem, type TargetFindings } from './findings.ts';
import { quantilesText, rangeText } from './histogram-svg.ts';
import { plain } from './markdown.ts';
import type { RowsDigest } from './rows-digest.ts';
import type { RunDigest } from './run-digest.ts';
import {
	clock,
	commandAgain,
	exactCommand,
	factsOf,
	forgottenText,
	hasDays,
	leftOutOf,
	percentText,
	runFacts,
	summaryOf,
	valueText,
} from './words.ts';

const problemsShown = 50;
const eventsShown = 60;
const rowsShown = 10;
const histogramsShown = 3;
const linesShown = 15;
const longestCell = 60;

/** The same report in words and aligned columns, to be read in a terminal or pasted into a ticket. */
export function* markdownReport(digest: SessionDigest): Generator<string> {
	const findings = findingsOf(digest);
	const facts = factsOf(digest);
	yield lines(
		`# bpftools: ${plain(facts[0]?.[1] ?? '')}, ${clock(digest.start, true)}`,
		plain(summaryOf(digest)),
		factLines(facts),
		...stepText(digest),
		'## Verdicts',
	);
	if (findings.length === 0) yield lines('No readings were recorded.');
	for (const found of findings) yield verdictText(found, findings.length > 1, hasDays(digest));
	yield lines('## Time line', 'Times are UTC.', storyText(digest));
	yield readingText(digest, findings.length > 1);
	yield lines('## Tools', ...(digest.runs.length === 0 ? ['No tool was run.'] : []));
	for (const run of digest.runs) yield runText(run, hasDays(digest));
	const notes = digest.notes.all().map(({ time, text }) => `- ${clock(time, hasDays(digest))} ${plain(text)}`);
	yield lines('## Notes', notes.length > 0 ? notes.join('\n') : 'Nobody left any.');
	yield commandText(digest);
	const missing = leftOutOf(digest);
	if (missing.length > 0) yield lines('## What is missing here', missing.map((text) => `- ${plain(text)}`).join('\n'));
}

/** Blocks, each with an empty line after it. */
function lines(...blocks: string[]): string {
	return blocks.map((block) => `${block}\n\n`).join('');
}

/** As it is, between fences that are longer than any in it. */
function fenced(text: string, language = ''): string {
	const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
	const fence = '`'.repeat(longest + 1);
	const shown = text.toWellFormed().split('\n').map(printable).join('\n');
	return `${fence}${language}\n${shown}\n${fence}`;
}

function factLines(facts: [string, string][]): string {
	return facts.map(([name, text]) => `- ${name}: ${plain(text)}`).join('\n');
}

/** A table that is one in plain text as well. */
function pipeTable(heads: string[], rows: string[][]): string {
	const widths = heads.map((head, index) =>
		Math.max(3, widthOf(head), ...rows.map((row) => widthOf(row[index] ?? ''))),
	);
	const line = (cells: string[]) =>
		`| ${cells.map((cell, index) => padTo(cell, widths[index] ?? 0, 'left')).join(' | ')} |`;
	return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function stepText({ steps }: SessionDigest): string[] {
	if (steps.length === 0) return [];
	const list = steps.map(
		({ number, name, mark, text }) => `- ${number}. **${plain(name)}** (${plain(mark)}): ${plain(text)}`,
	);
	return [`## What the playbook made of it: ${plain(steps[0]?.playbook ?? '')}`, list.join('\n')];
}

function verdictText({ target, rows, problems, unknown }: TargetFindings, isNamed: boolean, withDay: boolean): string {
	const table = rows.map(({ resource, cells }) => [resource, ...kinds.map((kind) => cellText(cells[kind]))]);
	return lines(
		...(isNamed ? [`### ${plain(target)}`] : []),
		pipeTable(['resource', ...kinds], table),
		...problems.slice(0, problemsShown).map((problem) => problemText(problem, withDay)),
		...(problems.length > problemsShown
			? [`${counted(problems.length - problemsShown, 'reading')} more were wrong.`]
			: []),
		...(unknown.length > 0
			? [`Without an answer: ${plain([...new Set(unknown.map(({ check }) => check))].join(', '))}.`]
			: []),
	);
}

function cellText({ verdict, last, mark }: CellFinding): string {
	const then = isWrong(verdict) && last !== undefined && last !== verdict ? `, ${last} in the end` : '';
	const marked = mark?.as ? ` (${plain(mark.as)})` : '';
	return `${verdict === undefined ? 'not asked' : isWrong(verdict) ? `**${verdict}**` : verdict}${then}${marked}`;
}

function problemText({ reading, turn, since, share, last }: Problem, withDay: boolean): string {
	const { verdict, why, suspects } = turn.reading;
	const who = reading.device === null ? '' : ` of ${plain(reading.device)}`;
	const suspected = suspects.length > 0 ? ` Suspects: ${plain(suspects.join('; '))}.` : '';
	return `- **${verdict}** ${plain(reading.check)}${who}: ${plain(why.replace(/\.$/, ''))}.${suspected} Since ${clock(since, withDay)}, ${percentText(share)} of the time; ${last} in the end.`;
}

function storyText(digest: SessionDigest): string {
	const { story } = digest;
	const all = story.all();
	if (all.length === 0) return 'Nothing happened that would be told.';
	const told = ({ time, text }: (typeof all)[number]) => `- ${clock(time, hasDays(digest))} ${plain(text)}`;
	if (story.total <= eventsShown) return all.map(told).join('\n');
	const half = eventsShown / 2;
	const between = `- … ${counted(story.total - eventsShown, 'event')} in between`;
	return [...all.slice(0, half).map(told), between, ...all.slice(-half).map(told)].join('\n');
}

function readingText({ readings }: SessionDigest, isNamed: boolean): string {
	const shown = readings.filter(
		({ series, worst, device }) => series.max !== null && (device === null || isWrong(worst?.reading.verdict)),
	);
	const rows = shown
		.slice(0, 100)
		.map(({ target, check, device, unit, series }) => [
			plain(`${isNamed ? `${target} ` : ''}${check}${device === null ? '' : ` ${device}`}`),
			...[series.min, series.average, series.max].map((value) => valueText(value, plain(unit))),
		]);
	return lines(
		'## Readings',
		rows.length > 0 ? pipeTable(['reading', 'least', 'average', 'most'], rows) : 'There are none.',
	);
}

function runText(run: RunDigest, withDay: boolean): string {
	const { name, tool, messages } = run;
	return lines(
		`### ${plain(name)}: ${plain(tool.title)}`,
		`${plain(tool.question)} ${plain(tool.reading)}`,
		factLines(runFacts(run, withDay)),
		...foundText(run),
		...(messages.length > 0 ? ['It said besides:', fenced(messages.slice(-5).join('\n'))] : []),
	);
}

function foundText({ found, tool }: RunDigest): string[] {
	if (found.total === 0) return ['It printed no rows.'];
	const { unit } = tool.output;
	switch (found.shape) {
		case 'table': {
			const isSummed = found.groups && found.groups.of < found.total;
			const title = found.sort === undefined ? 'First and last rows' : `Rows with the largest ${found.sort}`;
			return [
				...(isSummed && found.groups
					? ['Summed up', rowsText(found.groups), ...(found.forgotten > 0 ? [forgottenText(found.forgotten)] : [])]
					: []),
				...(isSummed && found.sort === undefined
					? []
					: [found.rows.of <= rowsShown ? 'Rows' : title, rowsText(found.rows)]),
			];
		}
		case 'histograms':
			return found.histograms
				.slice(0, histogramsShown)
				.flatMap(({ key, buckets }) => [
					`${key === '' ? '' : `${plain(key)}: `}${plain(quantilesText(buckets, unit))}`,
					fenced(histogramText(buckets, unit)),
				]);
		case 'stacks':
			return ['Hottest paths, the innermost frames last', fenced(hottestText(found.tree, unit ?? 'samples'))];
		case 'text': {
			const first = found.first.slice(0, linesShown);
			const last = found.total > linesShown ? [...found.first, ...found.last].slice(-linesShown) : [];
			const gap = Math.max(0, found.total - first.length - last.length);
			return [fenced([...first, ...(gap > 0 ? [`… ${counted(gap, 'line')} left out …`] : []), ...last].join('\n'))];
		}
	}
}

function rowsText({ columns, rows, of }: RowsDigest): string {
	const texts = [
		columns.map(({ name }) => name),
		...rows
			.slice(0, rowsShown)
			.map((cells) => columns.map(({ type }, index) => cut(formatCell(cells[index] ?? null, type), longestCell))),
	];
	const widths = columns.map((_, index) => Math.max(...texts.map((row) => widthOf(row[index] ?? ''))));
	const aligned = texts.map((row) =>
		row
			.map((text, index) =>
				padTo(text, widths[index] ?? 0, alignsRight(columns[index]?.type ?? 'text') ? 'right' : 'left'),
			)
			.join('  ')
			.trimEnd(),
	);
	const more = of > rowsShown ? [`… ${of - rowsShown} more`] : [];
	return fenced([...aligned, ...more].join('\n'));
}

const barWidth = 40;

function histogramText(all: readonly Bucket[], unit: string | undefined): string {
	const buckets = trimmed(all);
	const total = totalOf(buckets);
	const most = Math.max(1, ...buckets.map(({ count }) => count));
	const ranges = buckets.map((bucket) => rangeText(bucket, unit));
	const width = Math.max(...ranges.map(widthOf));
	const digits = Math.max(...buckets.map(({ count }) => String(count).length));
	return buckets
		.map(({ count }, index) => {
			const bar = '#'.repeat(Math.ceil((count / most) * barWidth));
			const share = `${((100 * count) / total).toFixed(1)} %`;
			return `${padTo(ranges[index] ?? '', width, 'right')}  ${String(count).padStart(digits)}  ${share.padStart(7)}  ${bar}`.trimEnd();
		})
		.join('\n');
}

const pathsShown = 8;

/** The frames with the most samples of their own, each with the way to it. */
function hottestText({ root }: StackTree, unit: string): string {
	const hottest: StackNode[] = [];
	const visit = (node: StackNode) => {
		if (node.self > 0) hottest.push(node);
		for (const child of childrenByTotal(node)) visit(child);
	};
	visit(root);
	hottest.sort((a, b) => b.self - a.self);
	return hottest
		.slice(0, pathsShown)
		.map((node) => `${node.self} ${unit} (${percentText(node.self / root.total)})  ${wayTo(node)}`)
		.join('\n');
}

const framesOfWay = 6;

function wayTo(node: StackNode): string {
	const names: string[] = [];
	for (let at = node; at.parent; at = at.parent) names.unshift(cut(at.name, longestCell));
	const [process = '', ...rest] = names;
	return [process, ...(rest.length > framesOfWay ? ['…'] : []), ...rest.slice(-framesOfWay)].join(' > ');
}

function commandText({ runs }: SessionDigest): string {
	if (runs.length === 0) return lines('## The exact commands to run again', 'No tool was run.');
	return lines(
		'## The exact commands to run again',
		"As they ran, from inside the session's folder:",
		fenced(runs.map(exactCommand).join('\n'), 'sh'),
		'The same questions, asked through whatever serves them on another host:',
		fenced(runs.map(commandAgain).join('\n'), 'sh'),
	);
}
