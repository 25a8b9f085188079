import { cut, padTo, widthOf, wrap } from '../table/fit.ts';
import { plain } from './markdown.ts';

/** A page in pieces, for a terminal or as Markdown. */
export type Block =
	| { kind: 'heading'; text: string }
	| { kind: 'text'; text: string }
	| { kind: 'items'; items: Item[] }
	| { kind: 'table'; columns: BlockColumn[]; rows: string[][] }
	| { kind: 'picture'; file: string; title: string };

export interface Item {
	text: string;
	/** What belongs to it, each with a word before it. */
	under: { label: string; text: string }[];
}

export interface BlockColumn {
	name: string;
	align: 'left' | 'right';
}

/** Lines of at most this width. */
export function terminalText(blocks: readonly Block[], width: number): string {
	const lines = blocks.flatMap((block, index) => {
		const isApart = index > 0 && blocks[index - 1]?.kind !== 'heading';
		return [...(isApart ? [''] : []), ...linesOf(block, width)];
	});
	return `${lines.join('\n')}\n`;
}

function linesOf(block: Block, width: number): string[] {
	switch (block.kind) {
		case 'heading':
			return [block.text, '─'.repeat(Math.min(width, widthOf(block.text)))];
		case 'text':
			return wrap(block.text, width);
		case 'items':
			return block.items.flatMap(({ text, under }) => [
				...hanging('', text, width, '  '),
				...under.flatMap((one) => hanging(`  ${one.label}  `, one.text, width)),
			]);
		case 'table':
			return tableLines(block.columns, block.rows, width);
		case 'picture':
			return [];
	}
}

function hanging(label: string, text: string, width: number, space = ' '.repeat(widthOf(label))): string[] {
	return wrap(text, Math.max(20, width - space.length)).map((line, index) => (index === 0 ? label : space) + line);
}

const gap = 2;
/** A column of words is cut no further. */
const narrowest = 12;

function tableLines(columns: readonly BlockColumn[], rows: readonly string[][], width: number): string[] {
	const texts = [columns.map(({ name }) => name), ...rows];
	const widths = columns.map((_, index) => Math.max(...texts.map((row) => widthOf(row[index] ?? ''))));
	let over = widths.reduce((sum, each) => sum + each, 0) + gap * (columns.length - 1) - width;
	while (over > 0) {
		const words = widths.map((each, index) => (columns[index]?.align === 'left' ? each : 0));
		const widest = words.indexOf(Math.max(...words));
		if ((words[widest] ?? 0) <= narrowest) break;
		widths[widest] = (widths[widest] ?? 0) - 1;
		over--;
	}
	return texts.map((row) => {
		const cells = columns.map(({ align }, index) => cell(row[index] ?? '', widths[index] ?? 0, align));
		return cells.join(' '.repeat(gap)).trimEnd();
	});
}

function cell(text: string, width: number, align: 'left' | 'right'): string {
	const isWhole = widthOf(text) <= width;
	return padTo(isWhole ? text : `${cut(text, width - 1)}…`, width, align);
}

export function markdownText(blocks: readonly Block[]): string {
	return `${blocks.map(markdownOf).join('\n\n')}\n`;
}

function markdownOf(block: Block, index: number): string {
	switch (block.kind) {
		case 'heading':
			return `${index === 0 ? '#' : '##'} ${escaped(block.text)}`;
		case 'text':
			return escaped(block.text);
		case 'items':
			return block.items.map(markdownItem).join('\n');
		case 'table':
			return [
				tableRow(block.columns.map(({ name }) => name)),
				`| ${block.columns.map(({ align }) => (align === 'right' ? '---:' : '---')).join(' | ')} |`,
				...block.rows.map(tableRow),
			].join('\n');
		case 'picture':
			return `[![${escaped(block.title)}](${block.file})](${block.file})`;
	}
}

function markdownItem({ text, under }: Item): string {
	return [`- ${escaped(text)}`, ...under.map((one) => `    - ${escaped(one.label)}: ${escaped(one.text)}`)].join('\n');
}

function tableRow(cells: readonly string[]): string {
	return `| ${cells.map(escaped).join(' | ')} |`;
}

/** Names from a host must not become markup, nor end a line of a table. */
function escaped(text: string): string {
	return plain(text.replace(/\s+/g, ' '));
}
