import type { Sentence, Step } from '../catalog/playbook.ts';
import type { Column, Tool } from '../catalog/tool.ts';
import { counted } from '../checks/sentence.ts';
import { printable } from '../host/printable.ts';
import type { Cell, Row, RowSink } from '../output/reader.ts';
import type { Judgement } from '../runs/evidence.ts';
import { comparisons, readAmount } from '../table/filter.ts';
import { formatCell, formatSeconds } from '../table/format-cell.ts';
import { type Found, ValueOf } from './values.ts';

/** Worth a look, nothing that stands out, or nothing that could be said. */
export const marks = ['ok', 'look', 'unknown'] as const;
export type Mark = (typeof marks)[number];

/** What a step's result means, in one sentence. */
export interface Conclusion {
	mark: Mark;
	text: string;
}

/** What sentences may speak of besides the rows. */
export interface Circumstances {
	seconds: number;
	cpus: number;
}

const mostCharacters = 100;

/** Reads a tool's rows as they come, for the one sentence that the step has for them. */
export class ResultReader implements Pick<RowSink, 'begin' | 'row'> {
	rows = 0;
	private readonly step: Step;
	private readonly values: Map<string, ValueOf>;

	constructor(tool: Tool, step: Step) {
		this.step = step;
		this.values = new Map(Object.entries(step.values).map(([name, value]) => [name, new ValueOf(tool, value)]));
	}

	begin(): void {
		for (const value of this.values.values()) value.begin();
	}

	row(row: Row): void {
		this.rows++;
		for (const value of this.values.values()) value.row(row);
	}

	/** What was not seen, or seen in part, is never called ok. */
	conclude(judgement: Judgement, circumstances: Circumstances): Conclusion {
		const { badge, why } = judgement;
		if (badge === 'blind' || badge === 'starting') return { mark: 'unknown', text: `It saw nothing: ${why}.` };
		const { mark, text } = this.sentence(circumstances);
		if (badge === 'complete') return { mark, text };
		return { mark: mark === 'look' ? mark : 'unknown', text: `${text} Not all was seen: ${why}.` };
	}

	private sentence(circumstances: Circumstances): Conclusion {
		if (this.rows === 0) {
			const text = this.step.nothing ?? 'Nothing was seen in {seconds}.';
			return { mark: 'ok', text: filled(text, new Map(), circumstances) };
		}
		const found = new Map([...this.values].map(([name, value]) => [name, value.found()]));
		const chosen = this.step.say.find((sentence) => holds(sentence, found, circumstances));
		if (!chosen) return { mark: 'unknown', text: `None of its sentences fits ${this.rows} rows.` };
		return { mark: chosen.notable ? 'look' : 'ok', text: filled(chosen.text, found, circumstances) };
	}
}

function holds({ when = [] }: Sentence, found: Map<string, Found>, circumstances: Circumstances): boolean {
	return [when].flat().every((text) => {
		const condition = conditionOf(text);
		if (!condition) return false;
		const { cell, column } = cellOf(found, condition);
		const limit = amountOf(limitOf(condition.limit), column, found, circumstances);
		return typeof cell === 'number' && limit !== undefined && comparisons[condition.operator]?.(cell, limit) === true;
	});
}

function amountOf(
	limit: Limit,
	column: Column | undefined,
	found: Map<string, Found>,
	{ cpus }: Circumstances,
): number | undefined {
	if (limit.kind === 'amount') return column && readAmount(limit.text, column.type);
	if (limit.kind === 'cpus') return limit.factor * cpus;
	const { cell } = cellOf(found, limit);
	return typeof cell === 'number' ? limit.factor * cell : undefined;
}

export interface Condition {
	value: string;
	column: string;
	operator: string;
	limit: string;
}

const condition = /^(?<value>[a-z][a-z0-9]*)\.(?<column>[a-z][a-z0-9_]*) *(?<operator>>=|<=|>|<|=) *(?<limit>\S+)$/;

export function conditionOf(text: string): Condition | undefined {
	return condition.exec(text)?.groups as Condition | undefined;
}

/** What a condition measures against: an amount, so many to a CPU, or a share of another value. */
export type Limit =
	| { kind: 'amount'; text: string }
	| { kind: 'cpus'; factor: number }
	| { kind: 'value'; factor: number; value: string; column: string };

const relative = /^(?:(?<factor>\d+(?:\.\d+)?)\*)?(?:cpus|(?<value>[a-z][a-z0-9]*)\.(?<column>[a-z][a-z0-9_]*))$/;

export function limitOf(text: string): Limit {
	const { factor: times = '1', value, column } = relative.exec(text)?.groups ?? {};
	const factor = Number(times);
	if (value !== undefined && column !== undefined) return { kind: 'value', factor, value, column };
	return relative.test(text) ? { kind: 'cpus', factor } : { kind: 'amount', text };
}

/** Where nothing came, there is nothing, which is none of what is counted. */
function cellOf(found: Map<string, Found>, { value, column: name }: Pick<Condition, 'value' | 'column'>) {
	const { columns = [], row } = found.get(value) ?? {};
	const index = columns.findIndex((column) => column.name === name);
	const cell: Cell = row ? row.cell(index) : name === 'count' || name === 'groups' ? 0 : null;
	return { cell, column: columns[index] };
}

const placeholder = /\{([a-z][a-z0-9]*)(?:\.([a-z][a-z0-9_]*))?\}/g;

/** What the braces of a text name: seconds, cpus, or a value and its column. */
export function placeholdersOf(text: string): { value: string; column: string | undefined }[] {
	return [...text.matchAll(placeholder)].map(([, value = '', column]) => ({ value, column }));
}

function filled(text: string, found: Map<string, Found>, { seconds, cpus }: Circumstances): string {
	return printable(
		text.replace(placeholder, (whole, value: string, name: string | undefined) => {
			if (name === undefined)
				return value === 'seconds' ? formatSeconds(seconds) : value === 'cpus' ? counted(cpus, 'CPU') : whole;
			const { cell, column } = cellOf(found, { value, column: name });
			return textOf(cell, column);
		}),
	);
}

function textOf(cell: Cell, column: Column | undefined): string {
	const text = formatCell(cell, column?.type ?? 'int').trim();
	if (text.length > mostCharacters) return `${text.slice(0, mostCharacters)}…`;
	if (typeof cell !== 'number') return text;
	if (column?.type === 'percent') return `${text} %`;
	const isSize = column?.type === 'bytes' || column?.type === 'kilobytes';
	return isSize && cell !== 0 && isBare(text) ? `${Math.round(Number(text))} bytes` : text;
}

/** A number without a unit. */
const isBare = (text: string) => /^[\d.]+$/.test(text);
