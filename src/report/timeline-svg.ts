import { type ResourceName, resources, type Verdict } from '../checks/check.ts';
import type { SessionDigest } from './digest.ts';
import { momentsBetween, place } from './drawing.ts';
import { html, type Markup } from './html.ts';
import type { ReadingDigest } from './readings-digest.ts';
import { heldUntil } from './series.ts';
import { axisClock, clock } from './words.ts';

const width = 1100;
const gutter = 100;
const lane = 20;
const columns = 300;
/** Rows of runs; those that find no place in them lie over the last. */
const mostRows = 16;
const letter = 6.2;

/** What was wrong, what ran and what was marked, all on one scale of time. */
export function timelineSvg(digest: SessionDigest): Markup {
	const { start, readings, runs, notes } = digest;
	const end = Math.max(digest.end, start + 1000);
	const x = (time: number) => gutter + ((time - start) / (end - start)) * (width - gutter - 4);
	const known = resources.filter((resource) => readings.some((reading) => reading.resource === resource));
	const strips = known.map((resource, index) => {
		const spans = spansOf(readings, resource, start, end);
		const y = index * lane;
		return html`<text x="${gutter - 8}" y="${y + 14}" text-anchor="end">${resource}</text>${spans.map(
			({ from, to, verdict }) =>
				html`<rect class="v-${verdict}" x="${place(x(from))}" y="${y + 3}" width="${place(Math.max(1.5, x(to) - x(from)))}" height="${lane - 6}"><title>${resource} ${verdict} from ${clock(from)} to ${clock(to)}</title></rect>`,
		)}`;
	});
	let y = known.length * lane;
	const marks = notes.all().map(({ time, text }) => {
		const at = place(x(time));
		return html`<path class="mark" d="M${at} ${y + 3}l4 7l-4 7l-4 -7z"><title>${clock(time)} ${text}</title></path>`;
	});
	const markLabel =
		marks.length > 0 ? html`<text x="${gutter - 8}" y="${y + 14}" text-anchor="end">notes</text>` : undefined;
	if (marks.length > 0) y += lane;
	const ends: number[] = [];
	const bars = runs.map(({ name, tool, startedAt, milliseconds }, index) => {
		const [from, to] = [x(startedAt), Math.max(x(startedAt) + 3, x(startedAt + milliseconds))];
		const needed = Math.max(to, from + 8 + letter * tool.name.length);
		const free = ends.findIndex((taken) => taken <= from);
		const row = free >= 0 ? free : Math.min(ends.length, mostRows - 1);
		ends[row] = Math.max(ends[row] ?? 0, needed + 4);
		const text = from + 4 + letter * tool.name.length > width ? [place(to - 4), 'end'] : [place(from + 4), 'start'];
		return html`<a href="#run-${index + 1}"><rect class="run" x="${place(from)}" y="${y + row * lane + 3}" width="${place(to - from)}" height="${lane - 6}" rx="2"><title>${name}</title></rect><text x="${text[0]}" y="${y + row * lane + 14}" text-anchor="${text[1]}">${tool.name}</text></a>`;
	});
	const bottom = y + ends.length * lane + 4;
	const ticks = momentsBetween(start, end, 8).map((time) => {
		const at = place(x(time));
		return html`<path class="axis" d="M${at} 0V${bottom}"/><text x="${at}" y="${bottom + 13}" text-anchor="middle">${axisClock(time, { start, end })}</text>`;
	});
	return html`<svg class="timeline" viewBox="0 0 ${width} ${bottom + 18}" role="img"><title>Verdicts, notes and tools over time</title>${ticks}${strips}${markLabel}${marks}${bars}</svg>`;
}

const order: readonly Verdict[] = ['unknown', 'ok', 'warn', 'bad'];

/** The worst of all checks of a resource; a check without an answer hides nothing of the others. */
function spansOf(readings: readonly ReadingDigest[], resource: ResourceName, start: number, end: number) {
	const worst = new Int8Array(columns).fill(-1);
	const columnOf = (time: number) => Math.min(columns - 1, Math.floor(((time - start) / (end - start)) * columns));
	for (const reading of readings) {
		if (reading.resource !== resource) continue;
		const { stretches } = reading.series;
		for (const [index, { from, verdict }] of stretches.entries()) {
			const until = columnOf(heldUntil(stretches, index));
			for (let column = columnOf(from); column <= until; column++)
				worst[column] = Math.max(worst[column] ?? -1, order.indexOf(verdict));
		}
	}
	const timeOf = (column: number) => start + (column / columns) * (end - start);
	const spans: { from: number; to: number; verdict: Verdict }[] = [];
	let open: number | undefined;
	for (const [column, rank] of worst.entries()) {
		const verdict = order[rank];
		const last = spans.at(-1);
		if (verdict === undefined) open = undefined;
		else if (last && open === rank) last.to = timeOf(column + 1);
		else spans.push({ from: timeOf(column), to: timeOf(column + 1), verdict });
		if (verdict !== undefined) open = rank;
	}
	return spans;
}
