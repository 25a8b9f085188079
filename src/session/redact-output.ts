import type { Column, Provider, Tool } from '../catalog/tool.ts';
import { printable } from '../host/printable.ts';
import { columnsOf, readerFor } from '../output/reader-for.ts';
import type { Redactor } from './redactor.ts';

/** How a column's cells are replaced, whatever stands in them. */
type Kind = 'commandLine' | 'user' | 'host';

export function sensitiveKind({ name, type }: Pick<Column, 'name' | 'type'>): Kind | undefined {
	if (type !== 'text') return undefined;
	if (/^(args|arguments|cmdline|command_line)$/.test(name)) return 'commandLine';
	if (/^(user|owner)$/.test(name)) return 'user';
	return /^(host|hostname)$/.test(name) ? 'host' : undefined;
}

const leftOut = '[a line was left out: it could not be read, so not redacted]';

/**
 * One stream of a tool, line by line. Names and addresses are found in any text;
 * where the tool's columns say that a cell is somebody's, its whole cell goes.
 */
export function outputRedactor(redactor: Redactor, tool?: Tool, provider?: Provider): (line: string) => string {
	const columns = tool ? columnsOf(tool) : [];
	const sensitive = columns.flatMap((column, index) => {
		const kind = sensitiveKind(column);
		return kind ? [{ index, kind }] : [];
	});
	if (!tool || !provider || sensitive.length === 0) return (line) => redactor.text(line);
	let cells: { text: string; kind: Kind }[] = [];
	let unread = false;
	const reader = readerFor(tool, provider, {
		begin() {},
		row: (row) => {
			for (const { index, kind } of sensitive) cells.push({ text: String(row.cell(index) ?? ''), kind });
		},
		remark() {},
		unread: () => {
			unread = true;
		},
	});
	return (line) => {
		cells = [];
		unread = false;
		reader.line(line);
		if (unread) return leftOut;
		let text = line;
		for (const cell of cells) {
			const replaced = replaceCell(text, cell.text, redactor[cell.kind](cell.text));
			if (replaced === undefined) return leftOut;
			text = replaced;
		}
		return redactor.text(text);
	};
}

/** A cell stands in its line as it is, or as JSON writes it, or with what does not print. The last is the likeliest place. */
function replaceCell(line: string, cell: string, replacement: string): string | undefined {
	if (cell === replacement || cell === '') return line;
	for (const [text, original] of [
		[line, cell],
		[line, JSON.stringify(cell).slice(1, -1)],
		[printable(line), cell],
	] as const) {
		const at = text.lastIndexOf(original);
		if (at >= 0) return text.slice(0, at) + replacement + text.slice(at + original.length);
	}
	return undefined;
}
