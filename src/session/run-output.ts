import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../catalog/argv.ts';
import { findTool } from '../catalog/installed-catalog.ts';
import type { Catalog } from '../catalog/load-catalog.ts';
import type { Provider, Tool } from '../catalog/tool.ts';
import { printable } from '../host/printable.ts';
import { LineSplitter } from '../output/lines.ts';
import type { RowSink } from '../output/reader.ts';
import { readerFor } from '../output/reader-for.ts';
import type { RecordedRun } from './read-session.ts';

/** What can read a recorded run's output again: the catalog's entry of the tool, and the provider that ran. */
export function readerOf({ name, run }: RecordedRun, catalog: Catalog): { tool: Tool; provider: Provider } {
	const tool = findTool(catalog, String(run.tool));
	const provider = tool?.providers.find(({ via }) => via === run.provider);
	if (tool && provider) return { tool, provider };
	const missing = printable(`${run.tool}${tool ? ` by ${run.provider}` : ''}`);
	throw new UsageError(`${name} can't be read: this catalog has no ${missing}.`);
}

/** Hands all rows of a run to the sink, as its tool printed them; yields now and then, for what came so far to be taken away. */
export async function* readOutput(
	{ folder }: RecordedRun,
	tool: Tool,
	provider: Provider,
	sink: RowSink,
): AsyncGenerator<void> {
	const file = join(folder, provider.writes === 'stderr' ? 'stderr.log' : 'output.log');
	const reader = readerFor(tool, provider, sink);
	const lines = new LineSplitter((line) => reader.line(line), reader.longestLine);
	if (existsSync(file)) {
		for await (const chunk of createReadStream(file)) {
			lines.push(chunk);
			yield;
		}
	}
	lines.end();
	reader.end();
	yield;
}
