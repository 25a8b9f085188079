import { UsageError } from '../catalog/argv.ts';
import type { Row } from '../output/reader.ts';

/** Samples that share a stack: whose they are, and its frames, the outermost first. */
export interface Stack {
	count: number;
	process: string;
	frames: string[];
}

/** From rows of [count, process, stack]. */
export function stacksOf(rows: Iterable<Row>): Stack[] {
	return [...rows].flatMap((row) => {
		const [count, process, stack] = [Number(row.cell(0)), String(row.cell(1) ?? ''), String(row.cell(2) ?? '')];
		if (!(count > 0) || !Number.isFinite(count)) return [];
		return [{ count, process, frames: stack === '' ? [] : stack.split(';') }];
	});
}

/** The process is the outermost frame. */
const withProcess = ({ process, frames }: Stack) => [process || '[unknown]', ...frames];

/** A line for each stack, as flamegraph.pl and inferno take it. */
export function* folded(stacks: readonly Stack[]): Generator<string> {
	for (const stack of stacks) {
		yield `${withProcess(stack)
			.map((frame) => frame.replaceAll(';', ':'))
			.join(';')} ${stack.count}\n`;
	}
}

/** A profile of weighed samples for speedscope (https://www.speedscope.app/file-format-schema.json). */
export function* speedscope(stacks: readonly Stack[], name: string): Generator<string> {
	const frames = new Indexed();
	const samples = stacks.map((stack) => withProcess(stack).map((frame) => frames.of(frame)));
	const weights = stacks.map(({ count }) => count);
	yield JSON.stringify({
		$schema: 'https://www.speedscope.app/file-format-schema.json',
		exporter: 'bpftools',
		name,
		activeProfileIndex: 0,
		shared: { frames: frames.all().map((frame) => ({ name: frame })) },
		profiles: [
			{
				type: 'sampled',
				name,
				unit: 'none',
				startValue: 0,
				endValue: weights.reduce((sum, weight) => sum + weight, 0),
				samples,
				weights,
			},
		],
	});
	yield '\n';
}

/** Off-CPU time counts microseconds, and nobody reads one sample for each. */
const mostSamples = 1_000_000;

/**
 * Each sample as perf script prints it: the frames, innermost first. When it was taken is not recorded, and
 * readers weigh a sample by its distance to the others of its process: so those follow each other, a millisecond apart.
 */
export function* perfScript(stacks: readonly Stack[]): Generator<string> {
	const samples = stacks.reduce((sum, { count }) => sum + count, 0);
	if (samples > mostSamples)
		throw new UsageError(`${samples} samples are too many for perf script; take folded or pprof.`);
	let milliseconds = 0;
	for (const { count, process, frames } of stacks.toSorted((a, b) => a.process.localeCompare(b.process))) {
		const lines = [...frames].reverse().map((frame) => `\t               0 ${frame} ([unknown])\n`);
		const sample = `          1 samples: \n${lines.join('')}\n`;
		for (let n = 0; n < count; n++) {
			yield `${process || '[unknown]'}     0 ${(milliseconds++ / 1000).toFixed(6).padStart(12)}:${sample}`;
		}
	}
}

/** Texts and the places at which they were met first. */
export class Indexed {
	private readonly places = new Map<string, number>();

	of(text: string): number {
		const place = this.places.get(text) ?? this.places.size;
		this.places.set(text, place);
		return place;
	}

	all(): string[] {
		return [...this.places.keys()];
	}
}
