import { readSecond, type Story } from './story.ts';

const numberOf: Record<string, number> = { ok: 0, warn: 1, bad: 2 };

const verdictFamily = 'bpftools_verdict';

/**
 * All readings with their times, in OpenMetrics' text format, which wants the
 * samples of one series together. A reading that could not be taken is left out.
 */
export function* openMetrics(story: Story): Generator<string> {
	const families = new Map<string, { check: string; series: Map<string, Series> }>();
	const verdicts = new Map<string, Series>();
	for (const second of story.seconds) {
		const seconds = second.time / 1000;
		for (const { check, device, value, verdict } of readSecond(story, second)) {
			const name = `bpftools_${check.replace(/[^a-zA-Z0-9]+/g, '_')}`;
			const family = families.get(name) ?? { check, series: new Map<string, Series>() };
			families.set(name, family);
			const labels = device === null ? '' : `device="${escaped(device)}"`;
			if (typeof value === 'number' && Number.isFinite(value)) add(family.series, labels, seconds, value);
			const known = numberOf[verdict];
			const who = [`check="${escaped(check)}"`, labels].filter(Boolean).join(',');
			if (known !== undefined) add(verdicts, who, seconds, known);
		}
	}
	for (const [name, { check, series }] of families) yield* familyOf(name, `Reading of the check ${check}`, series);
	yield* familyOf(verdictFamily, '0 is ok, 1 is warn, 2 is bad', verdicts);
	yield '# EOF\n';
}

/** Times and values in turn. */
type Series = number[];

/** Times must grow: of two readings of one moment the first counts. */
function add(all: Map<string, Series>, labels: string, seconds: number, value: number): void {
	const series = all.get(labels) ?? [];
	all.set(labels, series);
	if (series.length === 0 || seconds > (series.at(-2) as number)) series.push(seconds, value);
}

function* familyOf(name: string, help: string, all: Map<string, Series>): Generator<string> {
	if ([...all.values()].every(({ length }) => length === 0)) return;
	yield `# TYPE ${name} gauge\n# HELP ${name} ${escaped(help)}\n`;
	for (const [labels, series] of all) {
		for (let at = 0; at < series.length; at += 2) {
			yield `${name}${labels && `{${labels}}`} ${series[at + 1]} ${(series[at] as number).toFixed(3)}\n`;
		}
	}
}

function escaped(text: string): string {
	return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
