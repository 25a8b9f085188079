import { accessSync, constants, createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageError } from '../catalog/argv.ts';
import { installedCatalog } from '../catalog/installed-catalog.ts';
import type { Provider, Tool } from '../catalog/tool.ts';
import { LineSplitter } from '../output/lines.ts';
import type { RowSink } from '../output/reader.ts';
import { columnsOf, readerFor } from '../output/reader-for.ts';
import { Table } from '../table/table.ts';
import { viewOf } from '../table/view.ts';
import { type Command, exitCodes, readArguments, readChoice } from './arguments.ts';
import { formats, type RowPrinter } from './print-rows.ts';
import { printerFor, toolNamed } from './run.ts';

export const readCommand: Command = {
	summary: "rows from a tool's output that somebody saved",
	usage: 'bpftools read TOOL FILE|- [--format table|ndjson|raw]',
	help: `Reads what TOOL printed earlier ("tool > output.log") and prints its rows as "run"
does. Which provider wrote it is found by trying them on the file's beginning.
Exit code: 0, or 1 when some lines could not be read as rows.`,
	async run(args) {
		const { values, positionals } = readArguments(args, { format: { type: 'string' } });
		const [name, file, ...rest] = positionals;
		if (name === undefined || file === undefined || rest.length > 0) {
			throw new UsageError('It takes a tool and a file, or - for standard input.');
		}
		const tool = toolNamed(await installedCatalog(), name);
		const format = readChoice(values.format, '--format', formats);
		if (file !== '-') checkReadable(file);
		const printer = printerFor(tool, format, (text) => process.stdout.write(text));
		const input: Readable = file === '-' ? process.stdin : createReadStream(file);
		if (format === 'raw') {
			for await (const bytes of input) process.stdout.write(bytes);
			return exitCodes.ok;
		}
		const unread = await printRows(tool, input, printer);
		if (unread > 0) process.stderr.write(`${unread} lines could not be read as rows of ${tool.name}.\n`);
		return unread > 0 ? exitCodes.warn : exitCodes.ok;
	},
};

function checkReadable(file: string): void {
	const found = statSync(file, { throwIfNoEntry: false });
	if (!found) throw new UsageError(`There is no file ${file}.`);
	if (found.isDirectory()) throw new UsageError(`${file} is a folder; name the file in it.`);
	try {
		accessSync(file, constants.R_OK);
	} catch {
		throw new UsageError(`${file} may not be read by this user.`);
	}
}

/** Enough to see a header and some rows of any dialect. */
const beginning = 256 * 1024;

async function printRows(tool: Tool, input: Readable, printer: RowPrinter): Promise<number> {
	const chunks: Buffer[] = [];
	let held = 0;
	let lines: LineSplitter | undefined;
	let unread = 0;
	const summed = tool.output.class === 'stacks' ? new Table(columnsOf(tool), 'stacks') : undefined;
	const sink: RowSink = {
		begin: () => printer.begin(),
		row: (row) => (summed ? summed.add(row) : printer.row(row)),
		remark() {},
		unread: () => {
			unread++;
		},
	};
	let reader: ReturnType<typeof readerFor> | undefined;
	const choose = () => {
		const text = Buffer.concat(chunks);
		reader = readerFor(tool, likeliest(tool, text), sink);
		lines = new LineSplitter((line) => reader?.line(line), reader.longestLine);
		lines.push(text);
	};
	for await (const chunk of input) {
		if (lines) lines.push(chunk);
		else {
			chunks.push(chunk);
			held += chunk.length;
			if (held >= beginning) choose();
		}
	}
	if (!lines) choose();
	lines?.end();
	reader?.end();
	if (summed)
		for (const row of viewOf({ columns: summed.columns, rows: summed.rows() }, { sort: 'count' }).rows)
			printer.row(row);
	printer.end();
	return unread;
}

/** The provider whose dialect makes the most of the text. */
function likeliest(tool: Tool, text: Buffer): Provider {
	const columns = columnsOf(tool);
	const scores = tool.providers.map((provider) => {
		let score = 0;
		const reader = readerFor(tool, provider, {
			begin() {},
			row: (row) => {
				score += columns.filter((_, index) => row.cell(index) !== null).length;
			},
			remark: () => {
				score++;
			},
			unread: () => {
				score -= 2;
			},
		});
		const lines = new LineSplitter((line) => reader.line(line), reader.longestLine);
		lines.push(text);
		lines.end();
		reader.end();
		return { provider, score };
	});
	return scores.reduce((best, next) => (next.score > best.score ? next : best)).provider;
}
