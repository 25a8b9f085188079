/**
 * What a tool is: the schema of tools-catalog/RESOURCE/TOOL/tool.yaml. The types
 * below are made from it, and so is tool.schema.json, which editors use.
 */
import { z } from 'zod';
import { columnTypes } from './column-types.ts';

export const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes');
export const columnName = z.string().regex(/^[a-z][a-z0-9_]*$/, 'use lower-case letters, digits and underscores');

export const resource = z.enum(['cpu', 'memory', 'disk', 'network', 'virt', 'software', 'interconnect']);

const column = z.strictObject({
	name: columnName,
	type: z.enum(columnTypes),
	help: z.string().optional().describe('What the number means, shown when a user asks about the column'),
});

/**
 * What a parameter takes. A pid, the name of a network interface or of a block device, and
 * the id of a container can be picked from lists of those that there are.
 */
export const paramTypes = ['int', 'seconds', 'pid', 'text', 'flag', 'interface', 'device', 'container'] as const;

const param = z.strictObject({
	type: z.enum(paramTypes),
	help: z.string(),
	optional: z.boolean().default(false),
	default: z.union([z.string(), z.number(), z.boolean()]).optional(),
	min: z.number().optional(),
	max: z.number().optional(),
});

/** A kernel function, or subsystem/event; "a|b" is met by either, since names change between kernels. */
const anyOf = z.string().min(1);

const needs = z.strictObject({
	btf: z.boolean().optional().describe("The kernel's own type information, /sys/kernel/btf/vmlinux"),
	headers: z.boolean().optional().describe('Kernel headers of the running kernel (BCC compiles against them)'),
	tracepoints: z.array(anyOf).optional().describe('subsystem/event; "a|b" is met by either, and b may be a function'),
	kprobes: z.array(anyOf).optional().describe('Kernel functions; "a|b" is met by either'),
	optional: z
		.array(anyOf)
		.optional()
		.describe('Tracepoints and kernel functions that a script leaves out where the kernel lacks them'),
	without: z
		.array(z.string())
		.optional()
		.describe('Kernel functions in whose presence this provider attaches and counts nothing'),
	module: z
		.string()
		.optional()
		.describe('The kernel module that brings these; a host that never loaded it has nothing for the tool to see'),
	root: z.boolean().optional().describe('Needs root even though it loads no BPF program'),
});

/** Names in a tool's header line, in their order, and the column that each one fills. */
const headerMap = z.record(z.string(), columnName);

const provider = z.strictObject({
	via: z.enum(['libbpf', 'bpftrace', 'bcc', 'perf', 'classic']),
	run: z.array(z.string()).min(1).optional().describe('argv; {param}, {param:-p} or {param|default} stand for values'),
	script: z.string().optional().describe('A bpftrace script in this folder'),
	args: z.array(z.string()).optional().describe("The script's positional parameters"),
	through: z.array(z.string()).optional().describe("A second program's argv, which reads what run writes"),
	kept: z
		.strictObject({ as: z.string().regex(/^[a-z][a-z0-9.-]*$/, 'a file name'), shownBy: z.array(z.string()).min(1) })
		.optional()
		.describe(
			'What run writes for through: the name under which a session keeps it, and the argv of what shows {kept} on the whole terminal',
		),
	enters: z
		.literal('net')
		.optional()
		.describe("It shows the network namespace that it runs in, so it runs in the target's"),
	environment: z
		.record(z.string(), z.string())
		.optional()
		.describe("Variables that its environment has besides ours; HOST stands for the folder of the host's files"),
	needs: needs.default({}),
	reads: z
		.enum([
			'columns',
			'tabs',
			'bpftrace-map',
			'bpftrace-hist',
			'log2-text',
			'folded',
			'stack-blocks',
			'perf-script',
			'name-value',
			'json',
			'lines',
		])
		.optional()
		.describe('The dialect of its output, where the output class alone does not tell'),
	columns: z
		.union([headerMap, z.array(columnName)])
		.optional()
		.describe(
			'Header word to column, in order; a plain list when the output has no header. For JSON, path in an object to column',
		),
	patterns: z
		.array(z.string())
		.min(1)
		.optional()
		.describe(
			'Regular expressions whose groups are named as columns: the last makes a row, the others add to the rows after',
		),
	noise: z.array(z.string()).default([]).describe('Regular expressions of lines that carry no row'),
	writes: z.enum(['stdout', 'stderr']).default('stdout').describe('Where the answer goes'),
	package: z.string().describe('The Debian package that has it'),
});

export const toolSchema = z.strictObject({
	title: z.string().max(60),
	question: z.string().regex(/\?$/, 'a question ends in ?'),
	resource,
	also: z.array(resource).default([]).describe('Other resources whose questions it helps to answer'),
	answers: z.array(z.enum(['utilization', 'saturation', 'errors'])).min(1),
	aliases: z.array(name).default([]),
	reading: z.string().describe('One sentence: what is normal, what is not'),
	overhead: z.string().describe('One honest sentence on what it costs the host'),
	params: z.record(name, param).default({}),
	output: z.strictObject({
		class: z
			.enum(['event-stream', 'interval-table', 'oneshot-table', 'histogram', 'keyvalue', 'stacks', 'text', 'terminal'])
			.describe('What its output is; terminal is for a program that takes the whole terminal and keys, as htop does'),
		unit: z.string().optional().describe('What a histogram counts in'),
		columns: z.array(column).default([]),
		sort: columnName.optional().describe('The column a pane is sorted by at first, largest on top'),
	}),
	providers: z.array(provider).min(1).describe('In the order in which they are tried: cheapest first'),
	next: z.array(z.strictObject({ tool: name, why: z.string() })).default([]),
});

export type Column = z.output<typeof column>;
export type Param = z.output<typeof param>;
export type ParamType = Param['type'];
export type Needs = z.output<typeof needs>;
export type Provider = z.output<typeof provider>;
export type OutputClass = ToolFile['output']['class'];
export type ToolFile = z.output<typeof toolSchema>;

/** A tool as the rest of the program knows it: its file, its name and where its scripts are. */
export type Tool = ToolFile & { name: string; folder: string };
