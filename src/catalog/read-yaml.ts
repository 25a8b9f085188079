import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

export interface BadFile {
	file: string;
	line: number;
	reason: string;
}

type Path = readonly PropertyKey[];

/** What a file holds, and a way to find fault with a place in it. */
export interface ReadFile<T> {
	content: T;
	blame(path: Path, reason: string): void;
}

/** A YAML file of this schema; undefined where it is none, and `bad` then tells in which line and why. */
export function readYaml<T>(file: string, schema: z.ZodType<T>, bad: BadFile[]): ReadFile<T> | undefined {
	const lines = new LineCounter();
	const report = (offset: number | undefined, reason: string) => {
		bad.push({ file, line: offset === undefined ? 1 : lines.linePos(offset).line, reason });
	};
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		report(undefined, `cannot be read: ${(error as Error).message}`);
		return;
	}
	const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
	const [broken] = document.errors;
	if (broken) {
		report(broken.pos[0], broken.message);
		return;
	}
	let content: unknown;
	try {
		content = document.toJS();
	} catch (error) {
		report(undefined, (error as Error).message);
		return;
	}
	const parsed = schema.safeParse(content);
	if (!parsed.success) {
		for (const issue of parsed.error.issues) {
			report(offsetOf(document, issue.path), `${issue.path.join('.') || 'the file'}: ${issue.message}`);
		}
		return;
	}
	return { content: parsed.data, blame: (path, reason) => report(offsetOf(document, path), reason) };
}

/** Where in the file a path is; for a missing key, where its nearest parent is. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: Path): number | undefined {
	for (let length = path.length; length > 0; length--) {
		const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
		if (node?.range) return node.range[0];
	}
	return undefined;
}
