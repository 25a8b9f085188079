/** Reads opensnoop's lines from stdin the way a grouped pane does, and prints how many rows its groups hold. */
import { join } from 'node:path';
import { loadCatalog } from '../../src/catalog/load-catalog.ts';
import type { Provider, Tool } from '../../src/catalog/tool.ts';
import { LineSplitter } from '../../src/output/lines.ts';
import { columnsOf, readerFor } from '../../src/output/reader-for.ts';
import { Groups } from '../../src/table/groups.ts';
import { Table } from '../../src/table/table.ts';

const { tools } = loadCatalog(join(import.meta.dirname, '../../tools-catalog'));
const tool = tools.find(({ name }) => name === 'opensnoop') as Tool;
const table = new Table(columnsOf(tool), tool.output.class);
const groups = new Groups(table.columns, [tool.output.columns.findIndex(({ name }) => name === 'command')]);
table.group(groups);
const reader = readerFor(tool, tool.providers[0] as Provider, {
	begin: () => table.begin(),
	row: (row) => table.add(row),
	remark() {},
	unread(line) {
		throw new Error(`unread: ${line}`);
	},
});
const lines = new LineSplitter((line) => reader.line(line));
for await (const bytes of process.stdin) lines.push(bytes);
lines.end();
const held = groups.rows().reduce((sum, row) => sum + Number(row.cell(1)), groups.forgotten);
process.stdout.write(`${held}\n`);
