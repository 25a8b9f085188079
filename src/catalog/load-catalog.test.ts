import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findTool } from './installed-catalog.ts';
import { loadCatalog, mergeCatalogs } from './load-catalog.ts';

const good = `title: Fine
question: Does it work?
resource: cpu
answers: [utilization]
reading: Anything is normal.
overhead: None.
params:
  pid: { type: pid, optional: true, help: only this process }
output:
  class: oneshot-table
  columns: [{ name: pid, type: int }, { name: command, type: text }]
  sort: pid
providers:
  - via: classic
    run: [ps, "{pid:-p}"]
    noise: ["^PID"]
    package: procps
`;

/** A catalog on disk: path of each file, and its text. */
function folderOf(files: Record<string, string>): string {
	const root = mkdtempSync(join(tmpdir(), 'catalog-'));
	onTestFinished(() => rmSync(root, { recursive: true, force: true }));
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	}
	return root;
}

/** What is wrong with the good file once a part of it is changed. */
function faultsOf(part: string, other: string) {
	expect(good, 'the test changes something').toContain(part);
	const root = folderOf({ 'cpu/broken/tool.yaml': good.replace(part, other), 'cpu/fine/tool.yaml': good });
	const { tools, bad } = loadCatalog(root);
	return { names: tools.map(({ name }) => name), bad, file: join(root, 'cpu/broken/tool.yaml') };
}

describe('a bad file is named with its line and reason, and the others still load', () => {
	test.each([
		['YAML that has no end', 'answers: [utilization]', 'answers: [utilization', /flow|comma|,/i, 5],
		['a key written twice', 'title: Fine', 'title: Fine\ntitle: Finer', /unique/i, 2],
		['an alias of nothing', 'title: Fine', 'title: *nothing', /alias/i, 1],
		['a number where text belongs', 'title: Fine', 'title: 12', /^title: .*string/, 1],
		['a resource that does not exist', 'resource: cpu', 'resource: gpu', /^resource: .*"cpu"/, 3],
		['a key that nobody knows', 'overhead: None.', 'overhead: None.\nspeed: fast', /speed/, 1],
		['a key that nobody knows, deeper', 'package: procps', 'package: procps\n    packages: x', /packages/, 14],
		['a question without its mark', 'Does it work?', 'It works.', /^question: .*\?/, 2],
		['no questions answered', 'answers: [utilization]', 'answers: []', /^answers: /, 4],
		['a missing reading', 'reading: Anything is normal.\n', '', /^reading: /, 1],
		['a column that is no name', 'name: command', 'name: Command', /^output\.columns\.1\.name: .*lower-case/, 11],
		['a sort by a missing column', 'sort: pid', 'sort: size', /sort names the column size/, 12],
		['a script that is not there', 'run: [ps, "{pid:-p}"]', 'script: ps.bt', /script ps\.bt is not in this folder/, 15],
		['neither run nor script', '    run: [ps, "{pid:-p}"]\n', '', /either run or script/, 14],
		['both run and script', 'noise: ["^PID"]', 'script: tool.yaml', /either run or script/, 14],
		[
			'a placeholder without its parameter',
			'{pid:-p}',
			'{tid:-t}',
			/\{tid:-t\} names a parameter that params lacks/,
			14,
		],
		['noise that is no pattern', '"^PID"', '"(PID"', /\(PID is not a regular expression/, 16],
		[
			'a pattern that is none',
			'package: procps',
			'patterns: ["(pid"]\n    package: procps',
			/\(pid is not a regular expression/,
			17,
		],
		[
			'a pattern that fills a missing column',
			'package: procps',
			'patterns: ["(?<size>.*)"]\n    package: procps',
			/patterns names size, which output\.columns lacks/,
			17,
		],
		[
			'a header that fills a missing column',
			'package: procps',
			'columns: { PID: pid, SIZE: size }\n    package: procps',
			/columns names size, which output\.columns lacks/,
			17,
		],
	])('%s', (_, part, other, reason, line) => {
		const { names, bad, file } = faultsOf(part, other);
		expect(names).toEqual(['fine']);
		expect(bad).toHaveLength(1);
		expect(bad[0]?.file).toBe(file);
		expect(bad[0]?.reason).toMatch(reason);
		expect(bad[0]?.line).toBe(line);
	});

	test('an empty file', () => {
		const { tools, bad } = loadCatalog(folderOf({ 'cpu/empty/tool.yaml': '', 'cpu/fine/tool.yaml': good }));
		expect(tools.map(({ name }) => name)).toEqual(['fine']);
		expect(bad).toEqual([expect.objectContaining({ line: 1, reason: expect.stringMatching(/^the file: \S/) })]);
	});

	test('a folder in place of a file', () => {
		const root = folderOf({ 'cpu/odd/tool.yaml/x': '', 'cpu/fine/tool.yaml': good });
		const { tools, bad } = loadCatalog(root);
		expect(tools.map(({ name }) => name)).toEqual(['fine']);
		expect(bad[0]?.reason).toMatch(/^cannot be read: /);
	});

	test('every fault of one file is told at once', () => {
		const text = good.replace('title: Fine', 'title: 1').replace('resource: cpu', 'resource: gpu');
		const { bad } = loadCatalog(folderOf({ 'cpu/broken/tool.yaml': text }));
		expect(bad.map(({ line }) => line)).toEqual([1, 3]);
	});
});

describe('where tools come from', () => {
	test('a tool stands in a folder of its own, below its resource or not', () => {
		const { tools, bad } = loadCatalog(folderOf({ 'ps/tool.yaml': good, 'memory/top/tool.yaml': good, 'cpu/x': '' }));
		expect(bad).toEqual([]);
		expect(tools.map(({ name }) => name).sort()).toEqual(['ps', 'top']);
	});

	test('a folder that does not exist has no tools', () => {
		expect(loadCatalog('/nonexistent/tools')).toEqual({ tools: [], bad: [] });
	});

	test("a tool's folder may be a link to where its author keeps it", () => {
		const elsewhere = folderOf({ 'mine/tool.yaml': good });
		const root = folderOf({ 'other/tool.yaml': good });
		symlinkSync(join(elsewhere, 'mine'), join(root, 'mine'));
		expect(
			loadCatalog(root)
				.tools.map(({ name }) => name)
				.sort(),
		).toEqual(['mine', 'other']);
	});

	test("a user's tool stands in the place of the shipped one of the same name", () => {
		const shipped = loadCatalog(folderOf({ 'cpu/ps/tool.yaml': good, 'cpu/top/tool.yaml': good }));
		const own = loadCatalog(folderOf({ 'ps/tool.yaml': good.replace('Fine', 'Mine') }));
		const merged = mergeCatalogs(shipped, own);
		expect(merged.tools.map(({ name, title }) => `${name} ${title}`).sort()).toEqual(['ps Mine', 'top Fine']);
	});

	test("a user's tool that is broken leaves the shipped one working, and is named", () => {
		const shipped = loadCatalog(folderOf({ 'cpu/ps/tool.yaml': good }));
		const own = loadCatalog(folderOf({ 'ps/tool.yaml': good.replace('resource: cpu', 'resource: gpu') }));
		const merged = mergeCatalogs(shipped, own);
		expect(merged.tools.map(({ title }) => title)).toEqual(['Fine']);
		expect(merged.bad).toHaveLength(1);
	});

	test('a tool is found by its name, and by an alias where no tool has that name', () => {
		const aliased = good.replace('overhead', 'aliases: [processes, top]\noverhead');
		const catalog = loadCatalog(folderOf({ 'cpu/ps/tool.yaml': aliased, 'cpu/top/tool.yaml': good }));
		expect(findTool(catalog, 'processes')?.name).toBe('ps');
		expect(findTool(catalog, 'top')?.name).toBe('top');
		expect(findTool(catalog, 'nothing')).toBeUndefined();
	});
});
