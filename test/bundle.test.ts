/** What the console loads before its first screen: libraries that only some of its work needs cost everybody else time and memory. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const chunks = join(import.meta.dirname, '../dist/chunks');

/** A chunk and all that it imports at once. */
function loadedWith(chunk: string, seen = new Set<string>()): Set<string> {
	if (seen.has(chunk)) return seen;
	seen.add(chunk);
	const text = readFileSync(join(chunks, chunk), 'utf8');
	for (const [, imported = ''] of text.matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g)) loadedWith(imported, seen);
	return seen;
}

const holding = (names: Iterable<string>, mark: string) =>
	[...names].filter((name) => readFileSync(join(chunks, name), 'utf8').includes(mark));

test.each([
	['the catalog’s schema', 'ZodError'],
	['the reader of YAML', 'YAMLParseError'],
])('the console starts without %s', (_, mark) => {
	const all = readdirSync(chunks);
	expect(holding(all, mark), 'the mark is one that the bundle has').not.toEqual([]);
	const console = all.find((name) => name.startsWith('console-')) ?? 'the console has no chunk of its own';
	expect(holding(loadedWith(console), mark)).toEqual([]);
});
