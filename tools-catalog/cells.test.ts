import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toolsOfCell } from '../src/catalog/cells.ts';
import { loadCatalog } from '../src/catalog/load-catalog.ts';
import type { Tool, ToolFile } from '../src/catalog/tool.ts';

const tools = new Map(loadCatalog(import.meta.dirname).tools.map((tool) => [tool.name, tool]));
const cells = Object.entries(toolsOfCell).flatMap(([resource, kinds]) =>
	Object.entries(kinds).map(([kind, names]) => ({
		resource: resource as ToolFile['resource'],
		kind: kind as ToolFile['answers'][number],
		names,
	})),
);

describe.each(cells)('$kind of $resource', ({ resource, kind, names }) => {
	test('leads to tools that say they answer it, each once', () => {
		const answering = names.filter((name) => {
			const tool = tools.get(name);
			return tool?.answers.includes(kind) && [tool.resource, ...tool.also].includes(resource);
		});
		expect(names).toEqual([...new Set(answering)]);
		expect(names).not.toEqual([]);
	});

	test('leads to a tool that has run on this kernel, or on the one of the lab', () => {
		const debian13 = /^\d+\.\d+\.\d+\+deb13-/;
		const kernels = names.flatMap((name) => kernelsOf(tools.get(name)));
		expect(kernels.filter((kernel) => kernel === release() || debian13.test(kernel))).not.toEqual([]);
	});
});

test('every tool is led to by a cell of its own resource', () => {
	const led = (tool: Tool) => Object.values(toolsOfCell[tool.resource]).flat().includes(tool.name);
	const forgotten = [...tools.values()].filter((tool) => !led(tool)).map(({ name }) => name);
	expect(forgotten).toEqual([]);
});

test('the image has the package of every provider', () => {
	const dockerfile = readFileSync(join(import.meta.dirname, '../images/Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
	const installed = [...dockerfile.matchAll(/install-packages ([^&\n]+)/g)].flatMap(([, words = '']) =>
		words.trim().split(/\s+/),
	);
	// Debian's essential packages are in every image.
	const present = new Set([...installed, 'findutils', 'grep', 'util-linux']);
	const wanted = new Set([...tools.values()].flatMap(({ providers }) => providers.map((provider) => provider.package)));
	expect([...wanted].filter((name) => !present.has(name))).toEqual([]);
});

/** The kernels that a tool's samples come from. */
/** None for a tool that draws the screen itself: it has no samples. */
function kernelsOf(tool: Tool | undefined): string[] {
	if (tool?.output.class === 'terminal') return [];
	return (tool?.providers ?? []).flatMap(({ via }) => {
		const sample = readFileSync(join(tool?.folder ?? '', 'samples', `${via}.txt`), 'utf8');
		return /^# kernel: (\S+)/m.exec(sample)?.[1] ?? [];
	});
}
