/**
 * What a playbook is: the schema of tools-catalog/playbooks/NAME.yaml. The types below are made from it, and so is
 * playbook.schema.json, which editors use.
 */
import { z } from 'zod';
import { columnName, resource, name as toolName } from './tool.ts';

const value = z.strictObject({
	by: z
		.array(columnName)
		.default([])
		.describe('Rows are grouped by these columns, as in a pane; without any, all rows are one group'),
	where: z.string().min(1).optional().describe("Only rows that this lets through; a pane's filter"),
	most: columnName
		.optional()
		.describe('Of several groups, the one with the largest value of this column is meant; count, unless given'),
	least: columnName.optional().describe('Of several groups, the one with the smallest value of this column is meant'),
	newest: z.literal(true).optional().describe('The last row itself is meant, and no group'),
	percentile: z
		.number()
		.gt(0)
		.max(100)
		.optional()
		.describe('Of a histogram: the value that so many percent of all values do not exceed'),
	after: z
		.number()
		.int()
		.min(0)
		.default(0)
		.describe('So many intervals (of a tool without intervals: rows) at the beginning are left out'),
});

const sentence = z.strictObject({
	when: z
		.union([z.string(), z.array(z.string()).min(1)])
		.optional()
		.describe(
			'VALUE.COLUMN > 10ms, or >= < <= =; also > cpus, > 2*cpus, > 0.1*VALUE.COLUMN. Of several, all must hold',
		),
	notable: z.boolean().default(false).describe('It is worth a look; other sentences tell that nothing stands out'),
	text: z.string().min(1).describe('One sentence; {VALUE.COLUMN}, {seconds} and {cpus} are filled in'),
});

const step = z.strictObject({
	tool: toolName.optional(),
	with: z
		.record(toolName, z.union([z.string(), z.number(), z.boolean()]))
		.default({})
		.describe("The tool's parameters; FILESYSTEM stands for the kind of the host's root file system"),
	checks: z.array(resource).min(1).optional().describe('In place of a tool: the checks of these resources'),
	seconds: z.number().positive().max(3600).default(10).describe('How long it may take'),
	look: z.string().describe('What to look for'),
	values: z
		.record(z.string().regex(/^[a-z][a-z0-9]*$/, 'use lower-case letters and digits'), value)
		.default({})
		.describe('Numbers and names made of the rows, for the sentences'),
	say: z.array(sentence).default([]).describe('The first sentence whose condition holds is the reading of the result'),
	nothing: z.string().optional().describe('The sentence when there was no row'),
});

export const playbookSchema = z.strictObject({
	title: z.string().max(60),
	about: z.string().describe('What it is for, in a sentence or two'),
	steps: z.array(step).min(1).describe('In the order in which they start'),
});

export type PlaybookFile = z.output<typeof playbookSchema>;
export type Playbook = PlaybookFile & { name: string };
export type Step = z.output<typeof step>;
export type Value = z.output<typeof value>;
export type Sentence = z.output<typeof sentence>;
