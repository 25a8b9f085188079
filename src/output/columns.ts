import type { Column, Provider } from '../catalog/tool.ts';
import { isNumeric, readCell } from './cells.ts';
import { type Cell, type Reader, type Row, type RowSink, rowOf } from './reader.ts';

/** What parts the cells of a line: runs of blanks, or single tabs. */
type Separator = 'blanks' | 'tabs';

/** A number as tools print them; a dash stands for one that is not there. */
const number = '-?\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?%?|--?';

const shapes = {
	blanks: {
		lead: '[ \\t]*',
		word: '[^ \\t]+',
		// What sysstat sums up in the end stands under "Average:".
		time: '\\d[^ \\t]*',
		number: `(?:${number})`,
		gap: '[ \\t]+',
		tail: '[ \\t]*',
	},
	tabs: { lead: '', word: '[^\\t]*', time: '[^\\t]*', number: `(?:${number})?`, gap: '\\t', tail: '' },
};

/**
 * What stands where in a line. Its pattern runs once for every line a tool
 * prints: V8 does that faster than any loop over the line.
 */
class Layout {
	/** A line with as many words as there are columns, and what may be a number wherever one belongs. */
	readonly fit: RegExp;
	readonly words: (Column | undefined)[];
	/** For each column the word that fills it, or -1. */
	readonly wordOf: number[];
	private readonly separator: Separator;

	constructor(names: (string | undefined)[], columns: Column[], separator: Separator) {
		const { lead, gap, tail, ...cell } = shapes[separator];
		this.words = names.map((name) => columns.find((column) => column.name === name));
		this.wordOf = columns.map((column) => this.words.indexOf(column));
		this.fit = new RegExp(`^${lead}${this.words.map((column) => cell[kindOf(column)]).join(gap)}${tail}$`);
		this.separator = separator;
	}

	/** A column's word in a line that fits. */
	word(line: string, column: number): string | undefined {
		const position = this.wordOf[column] ?? -1;
		if (position < 0) return undefined;
		if (this.separator === 'tabs' || line.includes('\t')) return splitLine(line, this.separator)[position];
		let start = afterBlanks(line, 0);
		for (let word = 0; word < position; word++) start = afterBlanks(line, line.indexOf(' ', start));
		const end = line.indexOf(' ', start);
		return end < 0 ? line.slice(start) : line.slice(start, end);
	}
}

function afterBlanks(line: string, from: number): number {
	let at = from;
	while (line.charCodeAt(at) === blank) at++;
	return at;
}

const blank = 32;

function kindOf(column: Column | undefined): 'number' | 'time' | 'word' {
	if (column?.type === 'time') return 'time';
	return takesNumber(column) ? 'number' : 'word';
}

function takesNumber(column: Column | undefined): boolean {
	return column !== undefined && isNumeric(column.type);
}

/** A line that was found to fit its layout; its cells are cut out of it on demand. */
class LineRow implements Row {
	private readonly line: string;
	private readonly layout: Layout;

	constructor(line: string, layout: Layout) {
		this.line = line;
		this.layout = layout;
	}

	cell(index: number): Cell {
		const word = this.layout.word(this.line, index);
		if (word === undefined) return null;
		return readCell(word, this.layout.words[this.layout.wordOf[index] as number] as Column) ?? null;
	}
}

/** Tables of words under a header: vmstat, pidstat, the snoop tools. */
export class ColumnsReader implements Reader {
	private layout: Layout | undefined;
	private pattern: RegExp | undefined;
	private readonly columns: Column[];
	private readonly header: Record<string, string> | undefined;
	private readonly noise: RegExp[];
	private readonly separator: Separator;
	private readonly sink: RowSink;

	constructor(columns: Column[], provider: Provider, separator: Separator, sink: RowSink) {
		this.columns = columns;
		this.separator = separator;
		this.sink = sink;
		this.noise = provider.noise.map((pattern) => new RegExp(pattern));
		const places = provider.columns ?? columns.map((column) => column.name);
		if (Array.isArray(places)) this.layout = new Layout(places, columns, separator);
		else this.header = places;
	}

	line(text: string): void {
		if (this.layout?.fit.test(text)) {
			this.sink.row(new LineRow(text, this.layout));
			return;
		}
		const words = splitLine(text, this.separator);
		if (words.length === 0) return;
		if (this.isHeader(words)) {
			this.readHeader(words);
			this.sink.begin();
			return;
		}
		if (this.noise.some((pattern) => pattern.test(text))) return;
		const cells = this.layout && this.cellsByPattern(text, this.layout);
		if (cells) this.sink.row(rowOf(cells));
		else this.sink.unread(text);
	}

	end(): void {}

	/** Some tools add columns between versions. */
	private isHeader(words: string[]): boolean {
		const [first, second] = headerWords(words);
		return this.knows(first) && (second === undefined || this.knows(second));
	}

	private knows(word: string | undefined): boolean {
		return word !== undefined && this.header !== undefined && Object.hasOwn(this.header, word);
	}

	private readHeader(words: string[]): void {
		const names = headerWords(words).map((word) => this.header?.[word]);
		this.layout = new Layout(names, this.columns, this.separator);
		this.pattern = undefined;
	}

	/**
	 * A name with spaces makes more words than columns. The numbers around it are
	 * what holds it: texts take as little as the numbers allow, the last one the rest.
	 */
	private cellsByPattern(text: string, layout: Layout): Cell[] | undefined {
		if (this.separator === 'tabs') return undefined;
		this.pattern ??= patternOf(layout);
		const words = this.pattern.exec(text)?.slice(1);
		if (!words) return undefined;
		const cells: Cell[] = [];
		for (const [index, column] of this.columns.entries()) {
			const position = layout.wordOf[index] ?? -1;
			const cell = position < 0 ? null : readCell(words[position] ?? '', column);
			if (cell === undefined) return undefined;
			cells.push(cell);
		}
		return cells;
	}
}

/** Some tools mark their header with a '#', and sysstat's begin it with the time in place of a name for it. */
function headerWords(words: string[]): string[] {
	if (words[0] === '#') return words.slice(1);
	return /^\d\d:\d\d:\d\d$/.test(words[0] ?? '') ? ['Time', ...words.slice(1)] : words;
}

function patternOf(layout: Layout): RegExp {
	const last = layout.words.length - 1;
	const parts = layout.words.map((column, index) => {
		// The last text may be missing altogether: some arguments and paths are empty.
		const space = index === 0 ? '\\s*' : index === last ? '(?:\\s+' : '\\s+';
		if (takesNumber(column)) return `${index === last ? '\\s+' : space}(${number})`;
		if (index === last) return `${space}(.*?))?`;
		if (column?.type === 'time') return `${space}(\\d\\S*)`;
		return `${space}${column ? '(\\S.*?)' : '(\\S+)'}`;
	});
	return new RegExp(`^${parts.join('')}\\s*$`);
}

function splitLine(line: string, separator: Separator): string[] {
	if (separator === 'tabs') return line === '' ? [] : line.split('\t');
	return splitWords(line);
}

export function splitWords(line: string): string[] {
	return line.split(/[ \t]+/).filter(Boolean);
}
