import type { Param, Provider, Tool } from './tool.ts';

export type ParamValues = Record<string, string | number | boolean>;

/** Bad input from a user: one clear sentence, shown as it is. */
export class UsageError extends Error {}

/** Text from a command line or a form as the values of a tool's parameters, defaults filled in. */
export function paramValues(tool: Tool, given: Record<string, string | boolean>): ParamValues {
	for (const name of Object.keys(given)) {
		if (!Object.hasOwn(tool.params, name)) {
			const known = Object.keys(tool.params);
			throw new UsageError(
				`${tool.name} has no parameter --${name}; ${known.length ? `it has --${known.join(', --')}` : 'it has none'}.`,
			);
		}
	}
	const values: ParamValues = {};
	for (const [name, param] of Object.entries(tool.params)) {
		const value = given[name] === undefined ? param.default : readParam(tool, name, param, given[name]);
		if (value !== undefined) values[name] = value;
		else if (!param.optional) throw new UsageError(`${tool.name} needs --${name}: ${param.help}.`);
	}
	return values;
}

/** One value; where it can't be one, a sentence that says why. */
export function readParam(tool: Tool, name: string, param: Param, text: string | boolean): string | number | boolean {
	if (param.type === 'flag') return text === true || text === 'true';
	if (typeof text === 'boolean' || text === '') throw new UsageError(`--${name} of ${tool.name} needs a value.`);
	if (isText(param)) {
		// A value that looks like an option would be read as one by the tool.
		if (text.startsWith('-')) throw new UsageError(`--${name} of ${tool.name} can't start with a dash.`);
		return text;
	}
	const value = text.trim() === '' ? Number.NaN : Number(text);
	const least = param.min ?? (param.type === 'int' ? 0 : 1);
	const most = param.max ?? 2 ** 31 - 1;
	if (!Number.isInteger(value) || value < least || value > most) {
		throw new UsageError(`--${name} of ${tool.name} is a whole number from ${least} to ${most}, not "${text}".`);
	}
	return value;
}

function isText({ type }: Param): boolean {
	return type === 'text' || type === 'interface' || type === 'device' || type === 'container';
}

/** The parameters that this provider's command line has a place for. */
export function paramsOf(provider: Provider): Set<string> {
	const words = [...(provider.run ?? []), ...(provider.args ?? []), ...(provider.through ?? [])];
	return new Set(words.map((word) => placeholder.exec(word)?.[1]).filter((name) => name !== undefined));
}

const placeholder = /^\{([a-z0-9-]+?)(?:(:|\|)(.*))?\}$/;

/** Placeholders become whole argv entries; nothing here ever passes through a shell. */
export function fill(template: string[], values: ParamValues): string[] {
	return template.flatMap((word) => {
		const [, name, mark, rest = ''] = placeholder.exec(word) ?? [];
		if (!name) return [word];
		const value = values[name];
		if (value === undefined || value === false) return mark === '|' ? [rest] : [];
		if (value === true) return [rest];
		return mark === ':' ? [rest, String(value)] : [String(value)];
	});
}
