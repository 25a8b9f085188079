import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Tool } from '../catalog/tool.ts';
import { stateFolder } from '../host/state-folder.ts';

/** What was given to a tool, as it was typed: by parameter, and the limit as "duration". */
export type Given = Record<string, string>;

const mostTools = 200;
const mostBytes = 256 * 1024;
const longestValue = 500;

/**
 * The values that each tool was last started with, for this console and later ones. Processes and containers come
 * and go, and their numbers are used again, so later consoles are not told them.
 */
export class LastValues {
	/** What is wrong with the file, if something is; it is then as good as empty. */
	readonly problem: string | undefined;
	private readonly file: string;
	private readonly now = new Map<string, Given>();
	private kept: Record<string, Given> = {};

	constructor(file = join(stateFolder(), 'last-values.json')) {
		this.file = file;
		const { kept, problem } = readFile(file);
		this.kept = kept;
		this.problem = problem;
	}

	of(tool: Tool): Given {
		const known = this.now.get(tool.name) ?? this.kept[tool.name] ?? {};
		return Object.fromEntries(
			Object.entries(known).filter(([name]) => name === 'duration' || Object.hasOwn(tool.params, name)),
		);
	}

	/** Written to disk only where something may be. */
	remember(tool: Tool, given: Given, mayWrite: boolean): void {
		this.now.set(tool.name, given);
		if (!mayWrite) return;
		const lasting = Object.entries(given).filter(([name, value]) => {
			const type = tool.params[name]?.type;
			return type !== 'pid' && type !== 'container' && value.length <= longestValue;
		});
		// Another console may have written since. What was used last stands last, and what was used first goes first.
		const { [tool.name]: _, ...others } = readFile(this.file).kept;
		const all = [...Object.entries(others), [tool.name, Object.fromEntries(lasting)] as const];
		this.kept = Object.fromEntries(all.slice(-mostTools));
		this.write();
	}

	private write(): void {
		const unfinished = `${this.file}.${process.pid}`;
		try {
			mkdirSync(dirname(this.file), { recursive: true });
			writeFileSync(unfinished, `${JSON.stringify(this.kept, null, '\t')}\n`);
			renameSync(unfinished, this.file);
		} catch {
			// They are an aid: where none can be kept, a later console begins with the defaults.
		}
	}
}

function readFile(file: string): { kept: Record<string, Given>; problem: string | undefined } {
	const broken = (why: string) => ({ kept: {}, problem: `The values used last are not known: ${file} ${why}.` });
	try {
		if (!existsSync(file)) return { kept: {}, problem: undefined };
		if (statSync(file).size > mostBytes) return broken('is too large');
		const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
		return isKept(content) ? { kept: content, problem: undefined } : broken('holds something else');
	} catch (error) {
		return broken(error instanceof SyntaxError ? 'is not JSON' : "can't be read");
	}
}

function isKept(content: unknown): content is Record<string, Given> {
	return (
		isObject(content) && Object.values(content).every((given) => isObject(given) && Object.values(given).every(isText))
	);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown) => typeof value === 'string' && value.length <= longestValue;
