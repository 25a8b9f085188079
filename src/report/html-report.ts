import { createHash } from 'node:crypto';
import { kinds, resources } from '../checks/check.ts';
import { counted } from '../checks/sentence.ts';
import { flameFigure } from '../session/flame-svg.ts';
import type { Told } from '../session/tell.ts';
import { alignsRight, formatCell } from '../table/format-cell.ts';
import { chartSvg } from './chart-svg.ts';
import type { SessionDigest } from './digest.ts';
import { type CellFinding, findingsOf, isWrong, type Problem, type TargetFindings } from './findings.ts';
import { heatMapSvg, histogramSvg, quantilesText } from './histogram-svg.ts';
import { html, Markup, type Part } from './html.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import type { ReadingDigest } from './readings-digest.ts';
import type { RowsDigest } from './rows-digest.ts';
import type { RunDigest } from './run-digest.ts';
import { timelineSvg } from './timeline-svg.ts';
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

/** Of all runs together; what else a page has is a few hundred kilobytes, and may be two megabytes. */
const bytesOfRuns = 6 * 1024 * 1024;
const chartsEach = 8;
const problemsShown = 200;

/** One page that asks nothing of any network, piece by piece. */
export function* htmlReport(digest: SessionDigest): Generator<string> {
	const findings = findingsOf(digest);
	const title = `bpftools: ${factsOf(digest)[0]?.[1]}, ${clock(digest.start, true)}`;
	yield* texts(
		head(title),
		html`<body><main>
<h1>${title}</h1>
<p class="summary">${summaryOf(digest)}</p>
${factList(factsOf(digest))}
<nav aria-label="Contents"><a href="#verdicts">Verdicts</a><a href="#time">Time line</a><a href="#readings">Readings</a><a href="#tools">Tools</a><a href="#notes">Notes</a><a href="#commands">Commands</a></nav>
`,
		stepSection(digest),
		verdictSection(findings, digest),
		timeSection(digest),
		readingSection(digest, findings.length > 1),
		html`<h2 id="tools">Tools</h2>
${digest.runs.length === 0 ? html`<p>No tool was run.</p>` : undefined}
`,
	);
	const withDay = hasDays(digest);
	const most = fairShare(
		digest.runs.map((run, index) => Buffer.byteLength(runSection(run, index + 1, 1, withDay).text)),
		bytesOfRuns,
	);
	for (const [index, run] of digest.runs.entries()) yield runWithin(run, index + 1, most, withDay);
	yield* texts(
		noteSection(digest),
		screenSection(digest) ?? html``,
		commandSection(digest),
		leftOutSection(digest),
		foot,
	);
}

function* texts(...pieces: Markup[]): Generator<string> {
	for (const { text } of pieces) yield text;
}

function head(title: string): Markup {
	const policy = `default-src 'none'; style-src '${hashOf(pageStyle)}'; script-src '${hashOf(pageScript)}'; base-uri 'none'; form-action 'none'`;
	return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="bpftools">
<title>${title}</title>
<style>${new Markup(pageStyle)}</style>
</head>
`;
}

const foot = html`</main>
<script>${new Markup(pageScript)}</script>
</body>
</html>
`;

function hashOf(text: string): string {
	return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function factList(facts: [string, string][]): Markup {
	return html`<dl class="facts">${facts.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`;
}

function badge(verdict: string): Markup {
	return html`<span class="badge b-${verdict}">${verdict}</span>`;
}

function stepSection({ steps, runs }: SessionDigest): Markup {
	if (steps.length === 0) return html``;
	const rows = steps.map(({ number, name, mark, text, run }) => {
		const place = runs.findIndex((each) => each.name === run);
		const link = place < 0 ? name : html`<a href="#run-${place + 1}">${name}</a>`;
		return html`<tr><td class="n">${number}</td><td>${link}</td><td>${mark === 'look' || mark === 'ok' || mark === 'unknown' ? badge(mark) : mark}</td><td>${text}</td></tr>
`;
	});
	return html`<h2>What the playbook made of it: ${steps[0]?.playbook}</h2>
<div class="scroll"><table class="sortable"><thead><tr><th scope="col" class="n">Step</th><th scope="col">What ran</th><th scope="col">How</th><th scope="col">What it says</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
`;
}

function screenSection({ screens }: SessionDigest): Markup | undefined {
	if (screens.length === 0) return undefined;
	return html`<h2>Screens</h2>
${screens.map(
	({ name, text }) => html`<details><summary>${name}</summary><pre>${text}</pre></details>
`,
)}`;
}

function verdictSection(all: TargetFindings[], digest: SessionDigest): Markup {
	const withDay = hasDays(digest);
	const targets = all.map(({ target, rows, problems, unknown }) => {
		const lines = rows.map(
			({ resource, cells }) =>
				html`<tr><th scope="row">${resource}</th>${kinds.map((kind) => html`<td>${verdictCell(cells[kind])}</td>`)}</tr>
`,
		);
		return html`${all.length > 1 ? html`<h3>${target}</h3>` : undefined}
<div class="scroll"><table class="verdicts"><thead><tr><th scope="col">Resource</th>${kinds.map((kind) => html`<th scope="col">${capital(kind)}</th>`)}</tr></thead>
<tbody>
${lines}</tbody></table></div>
${problemTable(problems, withDay)}
${unknownList(unknown)}`;
	});
	return html`<h2 id="verdicts">Verdicts</h2>
${all.length === 0 ? html`<p>No readings were recorded.</p>` : html`<p class="quiet">The worst that was seen in each cell of the checklist, with its sentence, and how it was in the end.</p>`}
${targets}
`;
}

function verdictCell({ verdict, last, why, mark }: CellFinding): Markup {
	if (verdict === undefined && !mark) return html`<span class="quiet">not asked</span>`;
	const then =
		isWrong(verdict) && last !== undefined && last !== verdict ? html` <small>${last} in the end</small>` : undefined;
	const marked = mark ? html`<br><small>${[mark.as, mark.note].filter(Boolean).join(': ')}</small>` : undefined;
	return html`${verdict ? badge(verdict) : undefined}${then}<br>${why}${marked}`;
}

function problemTable(problems: Problem[], withDay: boolean): Markup | undefined {
	if (problems.length === 0) return undefined;
	const rows = problems.slice(0, problemsShown).map(({ reading, turn, since, share, last }) => {
		const { verdict, why, suspects } = turn.reading;
		return html`<tr><td>${badge(verdict)}</td><td>${reading.check}</td><td>${reading.device ?? ''}</td><td>${why}</td><td>${suspects.join('; ')}</td><td data-v="${since}">${clock(since, withDay)}</td><td class="n" data-v="${share}">${percentText(share)}</td><td>${last}</td></tr>
`;
	});
	const more = problems.length - rows.length;
	return html`<h4>Reasons</h4>
<div class="scroll"><table class="sortable"><thead><tr><th scope="col">Worst</th><th scope="col">Check</th><th scope="col">Device</th><th scope="col">What was found</th><th scope="col">Suspects</th><th scope="col">Since</th><th scope="col" class="n">Of the time</th><th scope="col">In the end</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
${more > 0 ? html`<p class="quiet">${counted(more, 'reading')} more are not listed.</p>` : undefined}`;
}

function unknownList(unknown: ReadingDigest[]): Markup | undefined {
	if (unknown.length === 0) return undefined;
	const items = unknown
		.slice(0, problemsShown)
		.map(({ check, device, last }) => html`<li>${check}${device ? ` ${device}` : ''}: ${last?.reading.why ?? ''}</li>`);
	return html`<details><summary>${counted(unknown.length, 'question')} without an answer</summary><ul>${items}</ul></details>`;
}

const storyOpen = 40;

function timeSection(digest: SessionDigest): Markup {
	const { story } = digest;
	const isShort = story.total <= storyOpen;
	const table =
		story.total === 0
			? html`<p>Nothing happened that would be told.</p>`
			: storyTable(story.first, story.last, story.between, digest);
	return html`<h2 id="time">Time line</h2>
<div class="scroll">${timelineSvg(digest)}</div>
<details${isShort ? new Markup(' open') : undefined}><summary>What happened, in ${counted(story.total, 'event')}. Times are UTC.</summary>${table}</details>
`;
}

function storyTable(first: Told[], last: Told[], between: number, digest: SessionDigest): Markup {
	const withDay = hasDays(digest);
	const rows = (told: Told[]) =>
		told.map(
			({ time, text }) => html`<tr><td>${clock(time, withDay)}</td><td>${text}</td></tr>
`,
		);
	const gap =
		between > 0 ? html`<tr><td>…</td><td class="quiet">${counted(between, 'event')} in between</td></tr>` : undefined;
	return html`<div class="scroll"><table class="story"><tbody>
${rows(first)}${gap}${rows(last)}</tbody></table></div>`;
}

function readingSection({ readings, start, end }: SessionDigest, manyTargets: boolean): Markup {
	const withValues = readings.filter(({ series }) => series.max !== null);
	const sections = resources.flatMap((resource) => {
		const theirs = withValues.filter((reading) => reading.resource === resource);
		if (theirs.length === 0) return [];
		const shown = chartedOf(theirs);
		const wrong = theirs.some(({ worst }) => isWrong(worst?.reading.verdict));
		const charts = shown.map(({ target, check, device, unit, series }) => {
			const name = `${manyTargets ? `${target} ` : ''}${check}${device ? ` ${device}` : ''}`;
			return html`<figure><figcaption>${name} <span class="quiet">${valueText(series.average, unit)} on average, at most ${valueText(series.max, unit)}</span></figcaption>${chartSvg(series, unit, start, end, name)}</figure>
`;
		});
		const more = theirs.length - shown.length;
		const note =
			more > 0
				? html`<p class="quiet">${counted(more, 'reading')} more, of other devices or always 0, are not drawn.</p>`
				: undefined;
		return html`<details${wrong ? new Markup(' open') : undefined}><summary>${resource}: ${counted(shown.length, 'chart')}</summary><div class="charts">
${charts}</div>${note}</details>
`;
	});
	return html`<h2 id="readings">Readings</h2>
<p class="quiet">The line is the average, the band from the least to the most, and the strip below the worst verdict of each moment.</p>
${sections.length === 0 ? html`<p>There are none.</p>` : sections}`;
}

/** Of each check those devices that were wrong, then the largest; what was always 0 and never wrong says nothing. */
function chartedOf(readings: ReadingDigest[]): ReadingDigest[] {
	const checks = new Map<string, ReadingDigest[]>();
	for (const reading of readings) {
		const isFlat = reading.series.max === 0 && reading.series.min === 0 && !isWrong(reading.worst?.reading.verdict);
		if (isFlat) continue;
		const key = `${reading.target} ${reading.check}`;
		checks.set(key, [...(checks.get(key) ?? []), reading]);
	}
	const rank = ({ worst, series }: ReadingDigest) =>
		[isWrong(worst?.reading.verdict) ? 1 : 0, series.max ?? 0] as const;
	return [...checks.values()].flatMap((devices) =>
		devices
			.toSorted((a, b) => {
				const [one, other] = [rank(a), rank(b)];
				return other[0] - one[0] || other[1] - one[1];
			})
			.slice(0, chartsEach),
	);
}

/** What each may take at most, so that all together take no more than that: who needs less leaves the rest to the others. */
export function fairShare(sizes: readonly number[], all: number): number {
	let room = all;
	for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
		const share = room / (sizes.length - index);
		if (size > share) return share;
		room -= size;
	}
	return Number.POSITIVE_INFINITY;
}

const leastScale = 1 / 64;

/** With as much of it as there is room for. */
function runWithin(run: RunDigest, number: number, room: number, withDay: boolean): string {
	for (let scale = 1; ; scale /= 2) {
		const { text } = runSection(run, number, scale < leastScale ? 0 : scale, withDay);
		if (scale < leastScale || Buffer.byteLength(text) <= room) return text;
	}
}

function runSection(run: RunDigest, number: number, scale: number, withDay: boolean): Markup {
	const { tool, name, script, messages } = run;
	const lines = messages.slice(-Math.ceil(20 * scale));
	const scripted =
		script !== undefined && scale === 1
			? html`<details><summary>The script that it was given</summary><pre>${script}</pre></details>`
			: undefined;
	return html`<section id="run-${number}"><h3>${name}: ${tool.title}</h3>
<p>${tool.question} <span class="quiet">${tool.reading}</span></p>
${factList(runFacts(run, withDay))}
${foundMarkup(run, scale)}
${lines.length > 0 ? html`<details><summary>What it said besides</summary><pre>${lines.join('\n')}</pre></details>` : undefined}
<pre class="command">${within(exactCommand(run), longestCommand)}</pre>
${scripted}</section>
`;
}

const longestCommand = 20_000;
const framesShown = 5000;

function foundMarkup({ found, tool }: RunDigest, scale: number): Part {
	if (found.total === 0) return html`<p>It printed no rows.</p>`;
	const { unit } = tool.output;
	switch (found.shape) {
		case 'table': {
			const most = Math.ceil(100 * scale);
			const isSummed = found.groups && found.groups.of < found.total;
			const title = found.sort === undefined ? 'First and last rows' : `Rows with the largest ${found.sort}`;
			return [
				isSummed && found.groups ? tableMarkup('Summed up', found.groups, most) : undefined,
				isSummed && found.forgotten > 0 ? html`<p class="quiet">${forgottenText(found.forgotten)}</p>` : undefined,
				tableMarkup(found.rows.of <= most ? 'Rows' : title, found.rows, most),
			];
		}
		case 'histograms': {
			const shown = found.histograms.slice(0, Math.ceil(12 * scale));
			const left = found.keysLeft + found.histograms.length - shown.length;
			return [
				...shown.map(({ key, buckets, slices }) => {
					const heat = heatMapSvg(slices, unit);
					return html`${key ? html`<h4>${key}</h4>` : undefined}<p>${quantilesText(buckets, unit)}; ${counted(found.intervals, 'interval')}.</p><div class="two">${histogramSvg(buckets, unit)}${heat}</div>
`;
				}),
				left > 0 ? html`<p class="quiet">${counted(left, 'smaller histogram')} left out.</p>` : undefined,
			];
		}
		case 'stacks':
			return html`<div class="flames">${new Markup(flameFigure(found.tree, unit ?? 'samples', Math.ceil(framesShown * scale)))}</div>`;
		case 'text': {
			const each = Math.ceil(100 * scale);
			const last = found.total > each ? [...found.first, ...found.last].slice(-each) : [];
			const first = found.first.slice(0, each);
			const overlap = Math.max(0, first.length + last.length - found.total);
			const between = found.total - first.length - (last.length - overlap);
			const gap = between > 0 ? [`… ${counted(between, 'line')} left out …`] : [];
			return html`<pre class="text">${[...first, ...gap, ...last.slice(overlap)].join('\n')}</pre>`;
		}
	}
}

function tableMarkup(title: string, { columns, rows, of }: RowsDigest, most: number): Markup {
	const shown = rows.slice(0, most);
	const heads = columns.map(
		({ name, type, help }) =>
			html`<th scope="col"${alignsRight(type) ? new Markup(' class="n"') : undefined}${help ? html` title="${help}"` : undefined}>${name}</th>`,
	);
	const lines = shown.map(
		(cells) =>
			html`<tr>${columns.map(({ type }, index) => {
				const cell = cells[index] ?? null;
				const text = formatCell(cell, type);
				if (!alignsRight(type)) return html`<td>${text}</td>`;
				const raw = typeof cell === 'number' && String(cell) !== text ? html` data-v="${cell}"` : undefined;
				return html`<td class="n"${raw}>${text}</td>`;
			})}</tr>
`,
	);
	const count = of > shown.length ? `${shown.length} of ${of}` : counted(of, 'row');
	return html`<h4>${title} <span class="quiet">${count}</span></h4>
<div class="scroll high"><table class="rows sortable"><thead><tr>${heads}</tr></thead>
<tbody>
${lines}</tbody></table></div>
`;
}

function noteSection(digest: SessionDigest): Markup {
	const { notes } = digest;
	return html`<h2 id="notes">Notes</h2>
${notes.total === 0 ? html`<p>Nobody left any.</p>` : storyTable(notes.first, notes.last, notes.between, digest)}
`;
}

function commandSection({ runs }: SessionDigest): Markup {
	const shown = runs.slice(0, 200);
	return html`<h2 id="commands">The exact commands to run again</h2>
${
	shown.length === 0
		? html`<p>No tool was run.</p>`
		: html`<p class="quiet">As they ran, from inside the session's folder:</p>
<pre class="command">${shown.map((run) => within(exactCommand(run), shortCommand)).join('\n')}</pre>
<p class="quiet">The same questions, asked through whatever serves them on another host:</p>
<pre class="command">${shown.map((run) => within(commandAgain(run), shortCommand)).join('\n')}</pre>`
}
`;
}

const shortCommand = 2000;

function leftOutSection(digest: SessionDigest): Markup {
	const sentences = leftOutOf(digest);
	return sentences.length === 0
		? html``
		: html`<h2>What is missing here</h2>
<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>
`;
}

/** A command that was cut off is not taken for a whole one. */
function within(command: string, most: number): string {
	return command.length <= most ? command : `# too long to show: ${command.slice(0, most)} …`;
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
