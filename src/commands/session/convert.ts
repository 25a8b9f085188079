import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../catalog/argv.ts';
import { installedCatalog } from '../../catalog/installed-catalog.ts';
import type { Tool } from '../../catalog/tool.ts';
import { printable } from '../../host/printable.ts';
import type { RowSink } from '../../output/reader.ts';
import { columnsOf } from '../../output/reader-for.ts';
import { asciicast } from '../../session/asciicast.ts';
import { openMetrics } from '../../session/openmetrics.ts';
import { pprof } from '../../session/pprof.ts';
import type { RecordedRun } from '../../session/read-session.ts';
import { readerOf, readOutput } from '../../session/run-output.ts';
import { folded, perfScript, type Stack, speedscope, stacksOf } from '../../session/stack-files.ts';
import { readStory, type Story } from '../../session/story.ts';
import { writeWhole } from '../../session/work-folder.ts';
import { Table } from '../../table/table.ts';
import { type Command, exitCodes, readArguments } from '../arguments.ts';
import { csvPrinter } from '../csv-printer.ts';
import { ndjsonPrinter } from '../print-rows.ts';
import { endOnSignals } from './end-on-signals.ts';
import { sessionAt } from './sessions.ts';

const ofRows = { csv: csvPrinter, ndjson: ndjsonPrinter };
const ofStacks = {
	folded,
	speedscope: (stacks: Stack[], run: RecordedRun) => speedscope(stacks, run.name),
	'perf-script': perfScript,
	pprof: (stacks: Stack[], { run }: RecordedRun) => [
		pprof(stacks, 'count', Date.parse(String(run.started)) || 0, Number(run.seconds) || 0),
	],
};
const formats = [...Object.keys(ofRows), ...Object.keys(ofStacks), 'openmetrics', 'asciicast'];

export const sessionConvertCommand: Command = {
	summary: 'rows, stacks or readings of a session in the format of another program',
	usage: `bpftools session convert NAME [RUN] --to FORMAT [--output FILE] [--session-dir DIR]`,
	help: `Prints what a session recorded in a format that other programs read:

  csv, ndjson                              the rows of a run
  folded, speedscope, pprof, perf-script   the stacks of a run that collected some
  openmetrics                              all readings, with their times
  asciicast                                what a run's tool printed, when it printed it

RUN is a run's name or number, such as 01-profile or 1; it may be left out where the
session has one run only. Exit code: 0, or 1 when something could not be read.`,
	async run(args) {
		const { values, positionals } = readArguments(args, {
			to: { type: 'string' },
			output: { type: 'string' },
			'session-dir': { type: 'string' },
		});
		const [name, run, ...rest] = positionals;
		if (name === undefined || rest.length > 0) throw new UsageError('It takes a session, and perhaps one of its runs.');
		const format = values.to;
		if (format === undefined || !formats.includes(format)) {
			const given = format === undefined ? '' : `, not "${printable(format)}"`;
			throw new UsageError(`--to is one of ${formats.join(', ')}${given}.`);
		}
		if (values.output !== undefined && existsSync(values.output)) {
			throw new UsageError(`${values.output} is there already; name another file.`);
		}
		const session = readStory(sessionAt(name, values['session-dir']));
		const notices: string[] = [...session.warnings];
		const pieces = format === 'openmetrics' ? readingsOf(session, run) : await piecesOf(session, run, format, notices);
		endOnSignals();
		await writeTo(values.output, pieces);
		for (const notice of notices) process.stderr.write(`${printable(notice)}.\n`);
		return notices.length > 0 ? exitCodes.warn : exitCodes.ok;
	},
};

function readingsOf(story: Story, run: string | undefined): Iterable<string> {
	if (run !== undefined) throw new UsageError('Readings are of the whole session, not of one run.');
	return openMetrics(story);
}

type Pieces = Iterable<string | Buffer> | AsyncIterable<string>;

async function piecesOf(
	session: Story,
	wanted: string | undefined,
	format: string,
	notices: string[],
): Promise<Pieces> {
	const run = runNamed(session, wanted);
	if (Number(run.run.bytesDropped) > 0) notices.push(`the output of ${run.name} was dropped to save room`);
	if (Number(run.run.bytesNotKept) > 0) notices.push(`of the output of ${run.name} only the beginning was kept`);
	if (format === 'asciicast') return asciicast(run);
	const { tool, provider } = readerOf(run, await installedCatalog());
	const isStacks = tool.output.class === 'stacks';
	if (!isStacks && !isOfRows(format)) throw new UsageError(`${run.name} has rows and no stacks; take csv or ndjson.`);
	let unread = 0;
	const read = async function* (to: Pick<RowSink, 'begin' | 'row'>) {
		yield* readOutput(run, tool, provider, {
			begin: () => to.begin(),
			row: (row) => to.row(row),
			remark() {},
			unread: () => {
				unread++;
			},
		});
		if (unread > 0) notices.push(`${unread} lines could not be read as rows of ${tool.name}`);
	};
	const columns = columnsOf(tool);
	if (!isStacks) return rowsOf(format as keyof typeof ofRows, tool, read);
	const summed = new Table(columns, 'stacks');
	for await (const _ of read({ begin() {}, row: (row) => summed.add(row) }));
	if (summed.dropped > 0) notices.push(`${summed.dropped} stacks had no room and were left out`);
	if (!isOfRows(format)) return ofStacks[format as keyof typeof ofStacks](stacksOf(summed.rows()), run);
	return rowsOf(format, tool, async function* ({ row }) {
		for (const one of summed.rows()) row(one);
		yield;
	});
}

function isOfRows(format: string): format is keyof typeof ofRows {
	return Object.hasOwn(ofRows, format);
}

/** As the rows are read, so that none of them has to be held. */
async function* rowsOf(
	format: keyof typeof ofRows,
	tool: Tool,
	read: (printer: Pick<RowSink, 'begin' | 'row'>) => AsyncIterable<void>,
): AsyncGenerator<string> {
	let text = '';
	const printer = ofRows[format](columnsOf(tool), tool.output.class, (more) => {
		text += more;
	});
	for await (const _ of read(printer)) {
		if (text !== '') yield text;
		text = '';
	}
	if (text !== '') yield text;
}

function runNamed({ runs }: Story, wanted: string | undefined): RecordedRun {
	const names = runs.map(({ name }) => name).join(', ');
	if (runs.length === 0) throw new UsageError('This session has no runs.');
	const [only] = runs;
	if (wanted === undefined && only && runs.length === 1) return only;
	if (wanted === undefined) throw new UsageError(`Which run? They are ${printable(names)}.`);
	const run = runs.find(
		({ name }) => name === wanted || (/^\d+$/.test(wanted) && Number.parseInt(name, 10) === Number(wanted)),
	);
	if (!run) throw new UsageError(`There is no run "${printable(wanted)}"; they are ${printable(names)}.`);
	return run;
}

async function writeTo(file: string | undefined, pieces: Pieces): Promise<void> {
	try {
		if (file === undefined) await pipeline(Readable.from(pieces), process.stdout, { end: false });
		else await writeWhole(file, (unfinished) => pipeline(Readable.from(pieces), unfinished));
	} catch (error) {
		// Whoever reads our output has had enough (| head).
		if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
		if (error instanceof UsageError) throw error;
		throw new UsageError(`It can't be written: ${(error as Error).message}.`);
	}
}
