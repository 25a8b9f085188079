import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ParamValues, paramValues, UsageError } from '../catalog/argv.ts';
import { findTool, installedCatalog } from '../catalog/installed-catalog.ts';
import type { Catalog } from '../catalog/load-catalog.ts';
import type { Tool } from '../catalog/tool.ts';
import { kernelFeatures } from '../host/kernel-features.ts';
import { printable } from '../host/printable.ts';
import { columnsOf } from '../output/reader-for.ts';
import type { Badge } from '../runs/evidence.ts';
import type { Stream } from '../runs/intake.ts';
import type { Run } from '../runs/run.ts';
import { defaultLimitSeconds, LiveSession, needsTheTerminal } from '../session/live-session.ts';
import { sessionsFolder } from '../session/recorder.ts';
import { formatSeconds } from '../table/format-cell.ts';
import type { Table } from '../table/table.ts';
import { viewOf } from '../table/view.ts';
import { type Command, exitCodes, nearest, readChoice, readSeconds } from './arguments.ts';
import { type Format, formats, ndjsonPrinter, type RowPrinter, tablePrinter } from './print-rows.ts';
import { recordedText, recordInto } from './record.ts';
import { readTarget, targetUsage } from './target.ts';
import { thisHost } from './this-host.ts';

export const runCommand: Command = {
	summary: 'run one tool without a screen',
	usage: `bpftools run TOOL [--PARAM VALUE…] [--duration S] [--format table|ndjson|raw] [--record] [--session-dir DIR] ${targetUsage}`,
	help: `Runs a tool of the catalog and prints its rows on stdout. It ends by itself, at
--duration (${defaultLimitSeconds} s unless given), or with Ctrl-C. --target narrows the tool to one
container or process. How far the result can be trusted and what it cost the host
go to stderr. A provider that fails here by itself is passed over from then on,
and the next one takes its place at once. --record keeps the run as a session, in
--session-dir (${sessionsFolder()} unless given). Exit code: 0 complete, 1 partial or
lossy, 3 blind (nothing was attached or the tool failed).

"bpftools run TOOL --help" lists the tool's parameters; "bpftools list" the tools.`,
	async run(args) {
		const [name, ...rest] = args;
		if (name === undefined || name.startsWith('-')) throw new UsageError('Which tool? "bpftools list" names them.');
		const tool = toolNamed(await installedCatalog(), name);
		if (rest.includes('--help')) {
			process.stdout.write(toolHelp(tool));
			return exitCodes.ok;
		}
		if (tool.output.class === 'terminal') throw new UsageError(needsTheTerminal(tool));
		const { format, limit, target, sessions, given } = readToolArguments(tool, rest);
		const host = thisHost();
		const named = await readTarget(host, target);
		const recorder = sessions === undefined ? undefined : await recordInto(sessions, host, named);
		const session = new LiveSession(host, kernelFeatures(host), named, recorder);
		try {
			return await stream(session, tool, paramValues(tool, given), limit, format);
		} catch (error) {
			await session.close();
			throw error;
		}
	},
};

export function toolNamed(catalog: Catalog, name: string): Tool {
	const tool = findTool(catalog, name);
	if (tool) return tool;
	const near = nearest(
		name,
		catalog.tools.map((known) => known.name),
	);
	throw new UsageError(
		`There is no tool "${printable(name)}"${near ? `; did you mean ${near}?` : ', "bpftools list" names them.'}`,
	);
}

/** A tool's parameters are flags of this command, so they are read by the tool's own list. */
function readToolArguments(tool: Tool, args: string[]) {
	const { tokens } = parseArgs({ args, strict: false, tokens: true, allowPositionals: true });
	const given: Record<string, string | boolean> = {};
	const isFlag = (name: string) => name === 'record' || tool.params[name]?.type === 'flag';
	const taken = new Set<number>();
	for (const token of tokens) {
		if (token.kind !== 'option') continue;
		if (!token.rawName.startsWith('--')) throw new UsageError(`Parameters are written --name, not ${token.rawName}.`);
		const next = args[token.index + 1];
		const separate = token.value === undefined && !isFlag(token.name) && next !== undefined && !next.startsWith('--');
		if (separate) taken.add(token.index + 1);
		given[token.name] = token.value ?? (separate ? next : isFlag(token.name));
	}
	const loose = tokens.find((token) => token.kind === 'positional' && !taken.has(token.index));
	if (loose?.kind === 'positional')
		throw new UsageError(`What is "${loose.value}" for? Parameters are written --name VALUE.`);
	const { format, duration, target, record, 'session-dir': folder = sessionsFolder(), ...params } = given;
	return {
		format: readChoice(format === undefined ? undefined : String(format), '--format', formats),
		limit: readSeconds(duration === undefined ? undefined : String(duration), '--duration', defaultLimitSeconds),
		target: target === undefined ? undefined : String(target),
		sessions: record ? String(folder) : undefined,
		given: params,
	};
}

async function stream(session: LiveSession, tool: Tool, values: ParamValues, limit: number, format: Format) {
	const write = (text: string) => process.stdout.write(text);
	const printer = printerFor(tool, format, write);
	// Stacks are summed first and printed once, at the end.
	const onRows = tool.output.class === 'stacks' ? silent : printer;
	let wrote = false;
	const begin = () => {
		const run = session.start(tool, values, limit, onRows);
		const passOn = (stream: Stream, bytes: Buffer) => {
			if (stream !== run.request.provider.writes) return;
			wrote = true;
			writeRaw(bytes);
		};
		if (format === 'raw') run.onBytes(passOn);
		process.stderr.write(prologue(run));
		keepUp(run);
		return run;
	};
	let run = begin();
	const stop = () => run.stop('user');
	for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
	process.on('SIGTERM', () => run.stop('user', true));
	// Whoever read our output has had enough (| head).
	process.stdout.on('error', stop);
	process.stderr.on('error', stop);
	await run.ended;
	while (run.successor && endedByItself(run) && !wrote) {
		const { via } = run.request.provider;
		process.stderr.write(`${epilogue(run)}${via} does not work here; ${run.successor} takes its place.\n`);
		run = begin();
		await run.ended;
	}
	if (tool.output.class === 'stacks') for (const row of byCount(run.table)) printer.row(row);
	printer.end();
	await session.close();
	process.stderr.write(epilogue(run));
	if (session.recorder) process.stderr.write(recordedText(session.recorder));
	return exitCodeOf[run.judgement.badge];
}

const endedByItself = ({ state }: Run) => state.state === 'ended' && state.ending === 'exit';

/**
 * Node waits for a pipe's reader, and while it waits no limit and no signal is
 * seen. So the pipe is not waited for, and the tool is paused instead.
 */
function keepUp(run: Run): void {
	(process.stdout as { _handle?: { setBlocking?(wait: boolean): void } })._handle?.setBlocking?.(false);
	run.onBytes(() => {
		if (process.stdout.writableNeedDrain) run.pause();
	});
	process.stdout.on('drain', () => run.resume());
}

const byCount = (table: Table) => viewOf({ columns: table.columns, rows: table.rows() }, { sort: 'count' }).rows;

const silent: RowPrinter = { begin() {}, row() {}, end() {} };

const exitCodeOf: Record<Badge, number> = {
	complete: exitCodes.ok,
	lossy: exitCodes.warn,
	partial: exitCodes.warn,
	starting: exitCodes.bad,
	blind: exitCodes.bad,
};

export function printerFor(tool: Tool, format: Format, write: (text: string) => void): RowPrinter {
	if (format === 'raw') return silent;
	return (format === 'ndjson' ? ndjsonPrinter : tablePrinter)(columnsOf(tool), tool.output.class, write);
}

/** Bytes as they are into a pipe or file; on a terminal, nothing that could command it. */
function writeRaw(bytes: Buffer): void {
	if (!process.stdout.isTTY) process.stdout.write(bytes);
	else process.stdout.write(bytes.toString('utf8').split('\n').map(printable).join('\n'));
}

function prologue({ argv, request: { tool, provider, scope, narrowing } }: Run): string {
	const script = provider.script ? ` < ${join(tool.folder, provider.script)}` : '';
	const wide = narrowing === 'not' ? `It can't be narrowed to ${scope.target.name}: this is the whole host.\n` : '';
	return `${provider.via}: ${printable(argv.join(' '))}${script}\n${wide}`;
}

function epilogue(run: Run): string {
	const { badge, why } = run.judgement;
	const { processSeconds, bpfSeconds } = run.cost;
	const lines = [
		...run.stderr.map((line) => `  ${line}`),
		`evidence: ${badge}, ${why}`,
		`cost: ${formatSeconds(processSeconds)} of CPU in the tool, ${formatSeconds(bpfSeconds)} in its BPF programs, over ${formatSeconds(run.seconds)}; ${run.table.total} rows`,
	];
	return `${lines.join('\n')}\n`;
}

function toolHelp(tool: Tool): string {
	const params = Object.entries(tool.params).map(([name, { type, help, optional, default: usual }]) => {
		const tail = usual !== undefined ? ` (${usual} unless given)` : optional ? '' : ' (needed)';
		return `  --${name.padEnd(10)} ${type.padEnd(8)} ${help}${tail}`;
	});
	return [
		`${tool.name}: ${tool.title}`,
		tool.question,
		'',
		`reading: ${tool.reading}`,
		`overhead: ${tool.overhead}`,
		'',
		'parameters:',
		...(params.length ? params : ['  none']),
		'',
	].join('\n');
}
