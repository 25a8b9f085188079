import { paramValues, UsageError } from '../catalog/argv.ts';
import type { Playbook, Step } from '../catalog/playbook.ts';
import type { Column, Tool } from '../catalog/tool.ts';
import { isNumeric } from '../output/cells.ts';
import { readAmount } from '../table/filter.ts';
import { conditionOf, limitOf, placeholdersOf } from './conclusion.ts';
import { ValueOf } from './values.ts';

export interface Problem {
	/** Where in the file. */
	path: PropertyKey[];
	reason: string;
}

/** What the schema alone can't see: tools, parameters, columns and values that are named and are not there. */
export function problemsOf(playbook: Playbook, tools: readonly Tool[]): Problem[] {
	return playbook.steps.flatMap((step, index) =>
		problemsOfStep(step, tools).map(({ path, reason }) => ({ path: ['steps', index, ...path], reason })),
	);
}

function problemsOfStep(step: Step, tools: readonly Tool[]): Problem[] {
	if ((step.tool === undefined) === (step.checks === undefined))
		return [{ path: [], reason: 'a step has either tool or checks' }];
	if (step.checks) {
		const unused = (['with', 'values', 'say'] as const).filter((key) => Object.keys(step[key]).length > 0);
		return unused.map((key) => ({ path: [key], reason: `${key} belongs to a tool; checks speak for themselves` }));
	}
	const tool = tools.find(({ name }) => name === step.tool);
	if (!tool) return [{ path: ['tool'], reason: `there is no tool ${step.tool}` }];
	if (tool.output.class === 'terminal') return [{ path: ['tool'], reason: `${tool.name} takes the whole terminal` }];
	return [...wrongParams(tool, step), ...wrongValues(tool, step), ...wrongSentences(tool, step)];
}

function wrongParams(tool: Tool, { with: given }: Step): Problem[] {
	try {
		paramValues(tool, textsOf(given));
		return [];
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		return [{ path: ['with'], reason: error.message }];
	}
}

/** As they would be typed. */
export function textsOf(given: Step['with']): Record<string, string | boolean> {
	return Object.fromEntries(
		Object.entries(given).map(([name, value]) => [name, typeof value === 'boolean' ? value : String(value)]),
	);
}

function wrongValues(tool: Tool, { values }: Step): Problem[] {
	return Object.entries(values).flatMap(([name, value]) => {
		const path = ['values', name];
		const kinds = [value.newest, value.percentile, value.most, value.least].filter((kind) => kind !== undefined);
		if (kinds.length > 1) return [{ path, reason: 'a value has one of most, least, newest and percentile' }];
		if (value.percentile !== undefined && tool.output.class !== 'histogram')
			return [{ path, reason: `${tool.name} prints no histograms` }];
		const { error, columns } = new ValueOf(tool, value);
		if (error) return [{ path: [...path, 'where'], reason: error }];
		const known = new ValueOf(tool, { ...value, by: [], newest: true, percentile: undefined }).columns;
		const absent = value.by.filter((column) => !has(known, column));
		if (absent.length > 0)
			return [{ path: [...path, 'by'], reason: `${tool.name} has no column ${absent.join(', ')}` }];
		const sort = value.most ?? value.least;
		if (sort === undefined || (has(columns, sort) && !['share', 'groups'].includes(sort))) return [];
		return [{ path, reason: `there is no ${sort} of its groups; they have ${namesOf(columns)}` }];
	});
}

function wrongSentences(tool: Tool, { values, say, nothing }: Step): Problem[] {
	if (say.length === 0) return [{ path: ['say'], reason: 'a tool needs a sentence for its result' }];
	const known = new Map(Object.entries(values).map(([name, value]) => [name, new ValueOf(tool, value).columns]));
	const problems = say.flatMap(({ when = [], text }, index) =>
		[
			...[when].flat().map((condition) => wrongCondition(condition, known)),
			...wrongText(text, known),
			...(index === say.length - 1 && [when].flat().length > 0 ? ['the last sentence has no condition'] : []),
			...(index < say.length - 1 && [when].flat().length === 0
				? ['what follows a sentence without condition is never said']
				: []),
		].flatMap((reason) => (reason === undefined ? [] : [{ path: ['say', index], reason }])),
	);
	const silent = wrongText(nothing ?? '', new Map()).map((reason) => ({ path: ['nothing'], reason }));
	return [...problems, ...silent];
}

type Known = Map<string, readonly Column[]>;

function wrongCondition(text: string, known: Known): string | undefined {
	const condition = conditionOf(text);
	if (!condition) return `"${text}" is no condition, as in top.count > 10`;
	const { value, column, limit } = condition;
	const absent = absence(value, column, known);
	if (absent) return absent;
	const about = known.get(value)?.find(({ name }) => name === column);
	if (!about || !isNumeric(about.type)) return `${value}.${column} is no number`;
	const against = limitOf(limit);
	if (against.kind === 'value') return absence(against.value, against.column, known);
	if (against.kind === 'cpus' || readAmount(against.text, about.type) !== undefined) return undefined;
	return `${value}.${column} can't be compared with ${limit}`;
}

function wrongText(text: string, known: Known): string[] {
	return placeholdersOf(text).flatMap(({ value, column }) => {
		if (column === undefined)
			return ['seconds', 'cpus'].includes(value) ? [] : [`{${value}} is neither seconds nor cpus`];
		return absence(value, column, known) ?? [];
	});
}

function absence(value: string, column: string, known: Known): string | undefined {
	const columns = known.get(value);
	if (!columns) return `there is no value ${value}`;
	return has(columns, column) ? undefined : `${value} has no ${column}; it has ${namesOf(columns)}`;
}

const has = (columns: readonly Column[], name: string) => columns.some((column) => column.name === name);
const namesOf = (columns: readonly Column[]) => columns.map(({ name }) => name).join(', ');
