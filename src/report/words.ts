import { fill } from '../catalog/argv.ts';
import { counted } from '../checks/sentence.ts';
import { printable } from '../host/printable.ts';
import { shellLine, shellWord } from '../host/shell-line.ts';
import { howText } from '../session/tell.ts';
import { formatBytes, formatSeconds } from '../table/format-cell.ts';
import type { SessionDigest } from './digest.ts';
import { findingsOf } from './findings.ts';
import type { RunDigest } from './run-digest.ts';

/** A moment by UTC; with its day where a session has more than one. */
export function clock(time: number, withDay = false): string {
	const text = new Date(time).toISOString();
	return `${withDay ? `${text.slice(0, 10)} ` : ''}${text.slice(11, 19)}Z`;
}

/** As clock() has it, or the day and the minute where a picture spans days. */
export function axisClock(time: number, { start, end }: Pick<SessionDigest, 'start' | 'end'>): string {
	const text = new Date(time).toISOString();
	return hasDays({ start, end }) ? `${text.slice(5, 10)} ${text.slice(11, 16)}Z` : clock(time);
}

export function hasDays({ start, end }: Pick<SessionDigest, 'start' | 'end'>): boolean {
	return new Date(start).toISOString().slice(0, 10) !== new Date(end).toISOString().slice(0, 10);
}

/** A reading's value with its unit. */
export function valueText(value: number | null, unit: string): string {
	if (value === null) return '-';
	const size = Math.abs(value);
	const number =
		size >= 1e6
			? value.toExponential(2)
			: size >= 100 || Number.isInteger(value)
				? String(Math.round(value))
				: value.toFixed(size >= 10 ? 1 : 2);
	return unit === '' ? number : unit.startsWith('/') ? `${number}${unit}` : `${number} ${unit}`;
}

export function percentText(share: number): string {
	return share > 0 && share < 0.01 ? '<1 %' : `${Math.round(100 * share)} %`;
}

/** What was looked at, where and when, in lines of a name and a text. */
export function factsOf(digest: SessionDigest): [string, string][] {
	const { session, start, end, targets } = digest;
	const { hostname, kernel, os, cpus, memoryBytes } = recordOf(session.host);
	const system = recordOf(os).name;
	const machine = [
		...(typeof cpus === 'number' ? [counted(cpus, 'CPU')] : []),
		...(typeof memoryBytes === 'number' ? [`${formatBytes(memoryBytes)} of memory`] : []),
	];
	const ended = session.ended ? '' : '; its console did not close it: it was killed, or still writes it';
	const facts: [string, string][] = [
		['Host', typeof hostname === 'string' ? hostname : 'unknown'],
		[
			'System',
			[typeof system === 'string' ? system : '', typeof kernel === 'string' ? `Linux ${kernel}` : '']
				.filter(Boolean)
				.join(', '),
		],
		['Machine', machine.join(', ')],
		['Target', [...new Set(targets.map(({ target }) => target))].join(', ')],
		['Recorded', `${clock(start, true)}, ${formatSeconds((end - start) / 1000)}${ended}`],
		['Session', digest.folder.split('/').filter(Boolean).at(-1) ?? ''],
	];
	return facts.flatMap(([name, text]): [string, string][] => (text === '' ? [] : [[name, printable(text)]]));
}

/** The answer, before anything else. */
export function summaryOf(digest: SessionDigest): string {
	const problems = findingsOf(digest).flatMap(({ problems }) => problems);
	const cells = (verdict: string) => {
		const names = problems.flatMap(({ turn: { reading } }) =>
			reading.verdict === verdict ? [`${reading.resource} ${reading.kind}`] : [],
		);
		return [...new Set(names)];
	};
	const bad = cells('bad');
	const warn = cells('warn').filter((name) => !bad.includes(name));
	const parts = [
		...(bad.length > 0 ? [`Bad: ${bad.join(', ')}.`] : []),
		...(warn.length > 0
			? [`${bad.length > 0 ? 'To be looked at as well' : 'To be looked at'}: ${warn.join(', ')}.`]
			: []),
	];
	if (parts.length > 0) return parts.join(' ');
	return digest.readings.length > 0 ? 'No check found anything wrong.' : 'No readings were recorded.';
}

/** Of what stands in this report less than there was, a sentence each. */
export function leftOutOf({ readingsLeftOut, runsLeftOut, screensLeftOut, warnings, story }: SessionDigest): string[] {
	return [
		...(readingsLeftOut > 0
			? [`${counted(readingsLeftOut, 'reading')} of too many devices, never wrong as far as was seen, are left out.`]
			: []),
		...(runsLeftOut > 0 ? [`${counted(runsLeftOut, 'run')} more are left out; the time line has them.`] : []),
		...(screensLeftOut > 0 ? [`${counted(screensLeftOut, 'screen')} more are left out; they lie in the session.`] : []),
		...(story.between > 0
			? [`${counted(story.between, 'event')} between the first and the last ones are left out.`]
			: []),
		...warnings.all().map((warning) => `${warning}.`),
		...(warnings.between > 0 ? [`${counted(warnings.between, 'more problem')} of this kind.`] : []),
	];
}

/** There were more names than can be counted at a time. */
export function forgottenText(rows: number): string {
	return `Not in these sums: ${counted(rows, 'row')} of those that had few at the time.`;
}

/** How it ran, in words. */
export function runFacts(run: RunDigest, withDay: boolean): [string, string][] {
	const { via, version, target, narrowing, ending, milliseconds, judgement, cost, found, startedAt } = run;
	const wide = narrowing === 'not' ? ', but shows the whole host' : '';
	const lost = [
		...(run.eventsLost > 0 ? [`${counted(run.eventsLost, 'event')} lost`] : []),
		...(run.unreadLines > 0 ? [`${counted(run.unreadLines, 'line')} not understood`] : []),
	];
	const params = Object.entries(run.params).map(([name, value]) => `${name} ${value}`);
	const used = formatSeconds(cost.processSeconds + cost.bpfSeconds);
	return [
		['Ran', `${clock(startedAt, withDay)} for ${formatSeconds(milliseconds / 1000)}${howText(ending)}`],
		['Through', `${via}${version ? ` (${version})` : ''}${target ? `, on ${target}${wide}` : ''}`],
		...(params.length > 0 ? ([['With', params.join(', ')]] as [string, string][]) : []),
		['Evidence', [`${judgement.badge}, ${judgement.why}`, ...lost].join('; ')],
		['Cost', `${used} of CPU time`],
		['Rows', String(found.total)],
	];
}

/** The very words again, from inside the session's folder. */
export function exactCommand(run: RunDigest): string {
	const { provider, script, argv } = run;
	const input = script === undefined ? '' : ` < ${shellWord(`runs/${run.name}/script.bt`)}`;
	const reader = provider.through
		? ` | ${shellLine(fill(provider.through, { ...run.params, duration: run.limit }))}`
		: '';
	return `${shellLine(argv)}${input}${reader}`;
}

/** The same question, asked anew by whatever serves it there. */
export function commandAgain({ tool, params, limit, target }: RunDigest): string {
	const words = Object.entries(params).flatMap(([name, value]) => {
		if (value === false) return [];
		if (value === true) return [`--${name}`];
		return String(value).startsWith('-') ? [`--${name}=${value}`] : [`--${name}`, String(value)];
	});
	const seconds = limit > 0 ? ['--duration', String(limit)] : [];
	const narrowed = target !== '' && target !== 'host' ? ['--target', target] : [];
	return shellLine(['bpftools', 'run', tool.name, ...words, ...seconds, ...narrowed]);
}

function recordOf(data: unknown): Record<string, unknown> {
	return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
}
