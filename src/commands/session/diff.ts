import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../catalog/argv.ts';
import { installedCatalog } from '../../catalog/installed-catalog.ts';
import { makeFolders } from '../../host/folder.ts';
import { printable } from '../../host/printable.ts';
import { markdownText, terminalText } from '../../report/blocks.ts';
import { type Comparison, compare, type RunChange } from '../../report/compare.ts';
import { comparisonObject } from '../../report/compare-object.ts';
import { comparisonPage, runDiffers } from '../../report/compare-page.ts';
import { comparedSession } from '../../report/compared-session.ts';
import { flameDiffSvg } from '../../report/flame-diff.ts';
import { sessionsFolder } from '../../session/recorder.ts';
import { writeWhole } from '../../session/work-folder.ts';
import { formatSeconds } from '../../table/format-cell.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { endOnSignals } from './end-on-signals.ts';
import { sessionAt } from './sessions.ts';

export const diffCommand: Command = {
	summary: 'compare two: verdicts, readings, tables, flame graphs',
	usage: 'bpftools session diff A B [--out FOLDER] [--json] [--session-dir DIR]',
	help: `Tells what is different in B: before and after a change, or a good host and a bad one.
Of hosts, verdicts, readings and runs of the same tool only that is shown which differs
by more than it does by itself; rows are matched by their names, not by pids. Runs may
have been of any length: amounts are compared by the second or the interval, stacks by
their share. A and B are folders in --session-dir (${sessionsFolder()} unless given), or paths.

--out FOLDER also writes diff.md, with longer lists, and differential flame graphs (SVG).
--json prints all that differs, without limits.

Exit code: 0, whether or not something differs, since two moments of a live host always
differ in something; "differs" in --json tells. 2 when a session can't be read.`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			'session-dir': { type: 'string' },
			out: { type: 'string' },
			json: { type: 'boolean' },
		});
		const [a, b, ...rest] = positionals;
		if (a === undefined || b === undefined || rest.length > 0) {
			throw new UsageError('It takes two sessions, A and B; "bpftools session ls" lists them.');
		}
		const parent = values['session-dir'] ?? sessionsFolder();
		const folders = [a, b].map((name) => sessionAt(name, parent));
		const catalog = await installedCatalog();
		const [one, other] = await Promise.all(folders.map((folder) => comparedSession(folder, catalog)));
		if (!one || !other) throw new UsageError('It takes two sessions.');
		const comparison = compare(one, other);
		const pictures = picturesOf(comparison);
		const written = values.out === undefined ? [] : await writeTo(values.out, comparison, pictures);
		process.stdout.write(
			values.json
				? `${JSON.stringify(comparisonObject(comparison), null, 2)}\n`
				: pageText(comparison, pictures, written),
		);
		return exitCodes.ok;
	},
};

const mostOnTerminal = 12;
const mostInFile = 100;
const usualWidth = 100;

/** The files of flame graphs, by the runs that they compare. */
function picturesOf({ runs }: Comparison): Map<RunChange, string> {
	const withStacks = runs.filter(({ found }) => found.shape === 'stacks');
	return new Map(
		withStacks.map((run, index) => [run, `flame-${index + 1}-${run.tool.name.replace(/[^\w-]/g, '_')}.svg`]),
	);
}

function pageText(comparison: Comparison, pictures: Map<RunChange, string>, written: string[]): string {
	const width = Math.max(40, process.stdout.columns ?? usualWidth);
	const [, ...page] = comparisonPage(comparison, { most: mostOnTerminal, pictureOf: () => undefined });
	const hint =
		written.length > 0
			? `Written: ${written.map(printable).join(', ')}.`
			: [...pictures.keys()].some(runDiffers)
				? 'With --out FOLDER the differential flame graph is drawn as well.'
				: undefined;
	return terminalText(hint === undefined ? page : [...page, { kind: 'text', text: hint }], width);
}

/** Nothing that is there is written over. */
async function writeTo(folder: string, comparison: Comparison, pictures: Map<RunChange, string>): Promise<string[]> {
	const page = comparisonPage(comparison, { most: mostInFile, pictureOf: (run) => pictures.get(run) });
	const files = new Map([['diff.md', markdownText(page)]]);
	for (const [run, file] of pictures) files.set(file, flameOf(run, comparison));
	const taken = [...files.keys()].map((name) => join(folder, name)).find((path) => existsSync(path));
	if (taken !== undefined) throw new UsageError(`${taken} is there already; name another folder.`);
	endOnSignals();
	try {
		makeFolders(folder);
		for (const [name, text] of files) {
			await writeWhole(join(folder, name), (unfinished) => pipeline(Readable.from([text]), unfinished));
		}
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`It can't be written: ${(error as Error).message}.`);
	}
	return [...files.keys()].map((name) => join(folder, name));
}

function flameOf({ found, tool, a, b }: RunChange, { a: one, b: other }: Comparison): string {
	if (found.shape !== 'stacks') return '';
	const side = ({ folder }: Comparison['a'], { name, milliseconds }: RunChange['a']) =>
		`${basename(resolve(folder))}, ${name}, ${formatSeconds(milliseconds / 1000)}`;
	return flameDiffSvg(found.diff, {
		title: `${tool.name}: B compared with A`,
		subtitle: `A: ${side(one, a)}; B: ${side(other, b)}`,
		unit: tool.output.unit ?? 'samples',
	});
}
