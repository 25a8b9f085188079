import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../src/catalog/load-catalog.ts';
import { probesOf } from '../src/catalog/probes.ts';
import { scriptOf } from '../src/catalog/script.ts';
import type { Provider, Tool } from '../src/catalog/tool.ts';
import { isNumeric } from '../src/output/cells.ts';
import { LineSplitter } from '../src/output/lines.ts';
import type { Row } from '../src/output/reader.ts';
import { columnsOf, readerFor } from '../src/output/reader-for.ts';
import { Table } from '../src/table/table.ts';

const { tools, bad } = loadCatalog(import.meta.dirname);
const providers = tools.flatMap((tool) =>
	tool.providers.map((provider) => ({ tool, provider, file: join(tool.folder, 'samples', `${provider.via}.txt`) })),
);
const samples = providers.filter(({ tool }) => tool.output.class !== 'terminal');
const onTerminal = providers.filter(({ tool }) => tool.output.class === 'terminal');

test('every file of the catalog is a tool', () => {
	expect(bad).toEqual([]);
});

test('every tool that is named as the next one is there', () => {
	const names = new Set(tools.map(({ name }) => name));
	expect(tools.flatMap(({ next }) => next.map(({ tool }) => tool)).filter((name) => !names.has(name))).toEqual([]);
});

test('every class of output and every family of providers has a tool', () => {
	const classes = new Set(tools.map(({ output }) => output.class));
	const families = new Set(samples.map(({ provider }) => provider.via));
	expect([...classes].sort()).toEqual(
		['event-stream', 'histogram', 'interval-table', 'keyvalue', 'oneshot-table', 'stacks', 'terminal', 'text'].sort(),
	);
	expect([...families].sort()).toEqual(['bcc', 'bpftrace', 'classic', 'libbpf', 'perf']);
});

describe.each(samples)('$tool.name by $provider.via', ({ tool, provider, file }) => {
	test('has a sample of real output that says where it came from', () => {
		expect(existsSync(file), `${file} is missing`).toBe(true);
		const [command, version, kernel] = readFileSync(file, 'utf8').split('\n');
		expect(command).toMatch(/^# command: \S/);
		expect(version).toMatch(/^# version: \S+ \S/);
		expect(kernel).toMatch(/^# kernel: \d/);
	});

	test('its sample becomes typed rows, and no line is left over', async () => {
		const { rows, unread } = readSample(tool, provider, file);
		const columns = columnsOf(tool);
		expect(unread).toEqual([]);
		expect(rows.length).toBeGreaterThan(0);
		for (const row of rows) {
			for (const [index, { type }] of columns.entries()) {
				const cell = row.cell(index);
				if (cell !== null) expect(typeof cell).toBe(isNumeric(type) ? 'number' : 'string');
			}
		}
		const objects = rows
			.slice(0, 15)
			.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row.cell(i)])));
		const lines = objects.map((object) => JSON.stringify(object)).join('\n');
		await expect(`${lines}\n`).toMatchFileSnapshot(file.replace(/txt$/, 'rows.ndjson'));
	});
});

// test/pty shows that the console lends such a tool its terminal.
describe.each(onTerminal)('$tool.name by $provider.via, which draws the screen itself', ({ tool, provider }) => {
	test('has nothing that would be read: no sample, no columns, no dialect', () => {
		expect(existsSync(join(tool.folder, 'samples'))).toBe(false);
		expect(tool.output).toEqual({ class: 'terminal', columns: [] });
		const { reads, columns, patterns, through, noise } = provider;
		expect({ reads, columns, patterns, through, noise }).toEqual({ noise: [] });
	});
});

const scripts = samples.filter(({ provider }) => provider.script);

describe.each(scripts)('the script of $tool.name', ({ tool, provider }) => {
	const probes = probesOf(scriptOf(tool, provider));

	test('probes what its needs name in the kernel, and nothing else there', () => {
		const { tracepoints = [], kprobes = [], optional = [] } = provider.needs;
		const needed = [
			...tracepoints.map((entry) => `tracepoint ${entry}`),
			...kprobes.map((entry) => `function ${entry}`),
			...optional.map((entry) => `${entry.includes('/') ? 'tracepoint' : 'function'} ${entry}`),
		];
		const inTheKernel = ['tracepoint', 'kprobe', 'kretprobe'];
		const probed = probes
			.filter(({ kind }) => inTheKernel.includes(kind))
			.map(({ kind, entry }) => `${kind === 'tracepoint' ? kind : 'function'} ${entry}`);
		expect([...new Set(probed)].sort()).toEqual(needed.sort());
	});

	test('has no probes whose needs nobody could tell', () => {
		const told = /^(tracepoint|k(ret)?probe|u(ret)?probe|usdt|profile|interval|software|hardware)$/;
		expect(probes.filter(({ kind }) => !told.test(kind))).toEqual([]);
	});
});

function readSample(tool: Tool, provider: Provider, file: string) {
	const text = readFileSync(file, 'utf8').replace(/^(?:# (?:command|version|kernel|excerpt): .*\n)+/, '');
	const rows: Row[] = [];
	const unread: string[] = [];
	const stacks = tool.output.class === 'stacks' ? new Table(columnsOf(tool), 'stacks') : undefined;
	const reader = readerFor(tool, provider, {
		begin() {},
		row: (row) => (stacks ? stacks.add(row) : rows.push(row)),
		remark() {},
		unread: (line) => unread.push(line),
	});
	const lines = new LineSplitter((line) => reader.line(line), reader.longestLine);
	lines.push(Buffer.from(text));
	lines.end();
	reader.end();
	return { rows: stacks?.rows() ?? rows, unread };
}
